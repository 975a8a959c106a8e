import { describe, expect, test } from 'vitest';
import { defaultDockState } from './default-dock-state.ts';
import { describeDockState, withDockPlace, withoutDockPlace } from './dock-state.ts';
import { qtStates } from './qt-states-fixture.ts';

const name = 'StreamAI_extraBrowser';
const obs29 = defaultDockState({ major: 29, minor: 0, patch: 2 });
const obs32 = defaultDockState({ major: 32, minor: 2, patch: 2 });

test.each([
  ['OBS 29.0.2', obs29],
  ['OBS 32.2.2', obs32],
])('the docks of %s get a right area of 340 px, and lose it again, byte for byte', (_, state) => {
  const changed = withDockPlace(state, name, 340) ?? '';
  expect(describeDockState(changed)).toMatchObject({ rightWidth: 340 });
  expect(describeDockState(changed)?.names.filter((one) => one !== name)).toEqual(describeDockState(state)?.names);
  expect(withoutDockPlace(changed, name)).toBe(state);
});

// What Qt makes of each was looked at once: the dock is visible, 340 px wide, and the others are where they were.
test.each(Object.entries(qtStates))('on the right, %s: ours comes below, and the area is 340 px wide', (_, state) => {
  const before = describeDockState(state);
  const changed = withDockPlace(state, name, 340) ?? '';
  expect(describeDockState(changed)?.rightWidth).toBe(340);
  expect(describeDockState(changed)?.names.filter((one) => one !== name)).toEqual(before?.names);
  expect(describeDockState(withoutDockPlace(changed, name) ?? '')?.names).toEqual(before?.names);
});

test('an area that is wider stays as wide', () => {
  expect(describeDockState(withDockPlace(qtStates['a dock of 300 px'], name, 200) ?? '')?.rightWidth).toBe(300);
});

test('a dock that has a place keeps it', () => {
  const placed = withDockPlace(obs32, name, 340) ?? '';
  expect(withDockPlace(placed, name, 340)).toBeNull();
});

describe('what is not understood is left alone', () => {
  const bytes = Buffer.from(obs32, 'base64');
  test('cut off anywhere', () => {
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length).toString('base64');
      // The toolbars at the end are not ours to read.
      if (withDockPlace(cut, name, 340) !== null) expect(length).toBeGreaterThan(bytes.length - 10);
    }
  });

  test('with any byte changed: an answer, and never an error', () => {
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0xff;
      const placed = withDockPlace(changed.toString('base64'), name, 340);
      if (placed !== null) expect(describeDockState(placed)?.names).toContain(name);
    }
  });

  test.each(['', 'not base64 at all', 'AAAA/wAAAAD9AAAAAw=='])('“%s”', (state) => {
    expect(withDockPlace(state, name, 340)).toBeNull();
    expect(withoutDockPlace(state, name)).toBeNull();
  });
});
