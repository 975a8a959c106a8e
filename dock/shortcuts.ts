/** Keyboard shortcuts of the page. */

export type Shortcut = 'record' | 'pause' | 'split' | 'chapter' | 'name' | 'search' | 'help';

/** Each with its key, as the help shows them. */
export const shortcuts: readonly (readonly [Shortcut, string])[] = [
  ['record', 'R'],
  ['pause', 'P'],
  ['split', 'S'],
  ['chapter', 'C'],
  ['name', 'N'],
  ['search', '/'],
  ['help', '?'],
];
const typing = new Set(['INPUT', 'TEXTAREA', 'SELECT']);
/** What has focus there is no text: letters mean nothing to it. */
const switches = new Set(['checkbox', 'radio', 'button']);

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
 * @param type of that element, where it is an input
 */
export function shortcutOf(press: KeyPress, tagName: string, type = 'text'): Shortcut | null {
  if (press.ctrlKey || press.metaKey || press.altKey || press.repeat || press.isComposing) return null;
  if (typing.has(tagName.toUpperCase()) && !switches.has(type)) return null;
  return shortcuts.find(([, key]) => key === press.key.toUpperCase())?.[0] ?? null;
}
