/** Keyboard shortcuts of the page. */

export type Shortcut = 'record' | 'pause' | 'split' | 'name';

const keys = new Map<string, Shortcut>([
  ['r', 'record'],
  ['p', 'pause'],
  ['s', 'split'],
  ['n', 'name'],
]);
const typing = new Set(['INPUT', 'TEXTAREA', 'SELECT']);

/** What of a keydown decides. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly repeat: boolean;
  readonly isComposing: boolean;
}

/**
 * The shortcut that a key press means, or null. None while typing, with a modifier, or for a key that is held down.
 * @param tagName of the element that has focus
 */
export function shortcutOf(press: KeyPress, tagName: string): Shortcut | null {
  if (press.ctrlKey || press.metaKey || press.altKey || press.repeat || press.isComposing) return null;
  if (typing.has(tagName.toUpperCase())) return null;
  return keys.get(press.key.toLowerCase()) ?? null;
}
