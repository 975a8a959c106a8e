/** Templates of names and keys: `{date} {client} take {take}`. What is empty goes, together with the separators on one of its sides. */
import { nameStamps, toSessionName } from './naming.ts';

/**
 * Words that StreamAI fills by itself: the start's local date and time, OBS's program scene and profile, the running number
 * over all sessions, and the take: how often the rest of the name has been used, from 1.
 */
export const templateWords = ['date', 'time', 'scene', 'profile', 'counter', 'take'] as const;
/** The same for the keys of Object Storage: also the session's name and the file's. */
export const keyTemplateWords = [...templateWords, 'session', 'file'] as const;
export type TemplateWord = (typeof templateWords)[number];

/** The longest name of an own field, in characters. */
export const templateFieldLimit = 40;
const word = new RegExp(`\\{([\\p{L}\\p{N}_-]{1,${templateFieldLimit}})\\}`, 'gu');

/** The name of a session of whose template nothing is left. */
const plainTemplate = '{date} {time}';

/** The words of a template that are not in `known`: the fields that a person fills, each once, in their order. */
export function templateFields(template: string, known: readonly string[] = templateWords): string[] {
  const found = [...template.normalize('NFC').matchAll(word)].map(([, name = '']) => name);
  return [...new Set(found)].filter((name) => !known.includes(name));
}

/** Stands for an empty value until what is around it is tidied up: a private character, taken out of all texts before. */
const gap = '\uE000';
const separators = String.raw`[\s\-–—_.,;:·|+/]*`;
const emptyBrackets = new RegExp(`[([]\\s*${gap}\\s*[)\\]]`, 'gu');
const gapWithSeparators = new RegExp(`(${separators})${gap}(?:${separators}${gap})*(${separators})`, 'gu');

/**
 * Replaces each `{word}` by its value; a word without a value (undefined) stays as it is. An empty value goes together with the
 * brackets around it and the separators on one of its sides, at an end of the text on both.
 */
export function fillTemplate(template: string, value: (word: string) => string | undefined): string {
  const clean = (text: string): string => text.replaceAll(gap, '');
  return clean(template)
    .normalize('NFC')
    .replace(word, (whole, name: string) => {
      const found = value(name);
      return found === undefined ? whole : clean(found.trim()) || gap;
    })
    .replace(emptyBrackets, gap)
    .replace(gapWithSeparators, (all, before: string, after: string, at: number, whole: string) => {
      if (at === 0 || at + all.length === whole.length) return '';
      return after.length > before.length ? after : before;
    });
}

export type TemplateValues = Readonly<Partial<Record<Exclude<TemplateWord, 'date' | 'time'>, string>>> & {
  readonly at: Date;
  /** Own fields by name; a missing one is empty. */
  readonly fields?: Readonly<Record<string, string>>;
};

/** A session's name from its template, made acceptable where it is not. */
export function nameFromTemplate(template: string, values: TemplateValues): string {
  const { at, fields = {}, ...given } = values;
  const known: Readonly<Record<string, string | undefined>> = { ...given, ...nameStamps(at) };
  const value = (name: string): string =>
    ((templateWords as readonly string[]).includes(name) ? known[name] : own(fields, name)) ?? '';
  return toSessionName(fillTemplate(template, value) || fillTemplate(plainTemplate, value));
}

/** A field's own value: the template may ask for `constructor`. */
function own(fields: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}
