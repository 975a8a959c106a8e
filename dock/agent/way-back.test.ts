import { expect, test } from 'vitest';
import type { AgentLink } from './live.ts';
import { readToken } from './token.ts';
import { wayBack } from './way-back.ts';

test.each<[AgentLink, boolean, boolean]>([
  ['connecting', false, false],
  ['connected', false, false],
  ['waiting', false, true],
  ['waiting', true, false],
  ['refused', false, true],
  ['refused', true, true],
])('the agent %s, OBS reached %s: back %s', (link, reachesObs, expected) => {
  expect(wayBack('#waiting&token=t')(link, reachesObs)).toBe(expected);
});

test('who did not come from the waiting page stays', () => {
  for (const fragment of ['', '#token=t', '#token=waiting&', '#waiting']) {
    expect(wayBack(fragment)('refused', false)).toBe(false);
  }
});

test('the token is read there too', () => {
  const store = { getItem: () => null, setItem: () => {} };
  expect(readToken('#waiting&token=t', store, () => {})).toBe('t');
});
