import { describe, expect, test } from 'vitest';
import { type KeyPress, type Shortcut, shortcutOf } from './shortcuts.ts';

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  isComposing: false,
  ...more,
});

describe('a key', () => {
  test.each<[string, KeyPress, string, Shortcut | null]>([
    ['R records', press('r'), 'BODY', 'record'],
    ['works with Caps Lock', press('R'), 'BODY', 'record'],
    ['P pauses', press('p'), 'BODY', 'pause'],
    ['S splits', press('s'), 'BUTTON', 'split'],
    ['N goes to the name', press('n'), 'BODY', 'name'],
    ['C sets a chapter', press('c'), 'BODY', 'chapter'],
    ['/ searches', press('/'), 'BODY', 'search'],
    ['? helps', press('?'), 'BODY', 'help'],
    ['does nothing while typing', press('r'), 'INPUT', null],
    ['does nothing while choosing', press('p'), 'select', null],
    ['with Ctrl belongs to the browser', press('r', { ctrlKey: true }), 'BODY', null],
    ['with Cmd belongs to the browser', press('r', { metaKey: true }), 'BODY', null],
    ['with Alt belongs to the browser', press('r', { altKey: true }), 'BODY', null],
    ['held down counts once', press('r', { repeat: true }), 'BODY', null],
    ['within a composition is text', press('r', { isComposing: true }), 'BODY', null],
    ['that means nothing', press('x'), 'BODY', null],
    ['that is named like a property of every object', press('constructor'), 'BODY', null],
  ])('%s', (_, key, tagName, shortcut) => {
    expect(shortcutOf(key, tagName)).toBe(shortcut);
  });
  test('works on a switch, which takes no text', () => {
    expect(shortcutOf(press('r'), 'INPUT', 'checkbox')).toBe('record');
    expect(shortcutOf(press('r'), 'INPUT', 'search')).toBeNull();
  });
});
