/** The page's keyboard shortcuts. */

export type Shortcut = 'record' | 'pause' | 'split' | 'chapter' | 'name' | 'search' | 'help';

/** Every shortcut with its key, in the order in which the help shows them. */
export const shortcuts: readonly (readonly [Shortcut, string])[] = [
  ['record', 'R'],
  ['pause', 'P'],
  ['split', 'S'],
  ['chapter', 'C'],
  ['name', 'N'],
  ['search', '/'],
  ['help', '?'],
];
const formTags = new Set(['INPUT', 'TEXTAREA', 'SELECT']);
/** Types of inputs that take no letters, so that shortcuts work while they have focus. */
const typesWithoutText = new Set(['checkbox', 'radio', 'button']);

/** The part of a KeyboardEvent that decides. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly repeat: boolean;
  readonly isComposing: boolean;
}

/**
 * The shortcut that a key press means. Null for other keys, while typing, with a modifier (but Shift), and for a key that is
 * held down.
 * @param tagName of the element that has focus
 * @param type of that element, where it is an input
 */
export function shortcutOf(press: KeyPress, tagName: string, type = 'text'): Shortcut | null {
  if (press.ctrlKey || press.metaKey || press.altKey || press.repeat || press.isComposing) return null;
  if (formTags.has(tagName.toUpperCase()) && !typesWithoutText.has(type)) return null;
  return shortcuts.find(([, key]) => key === press.key.toUpperCase())?.[0] ?? null;
}
