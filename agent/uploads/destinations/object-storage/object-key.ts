/** Which key an object gets. */
import type { Session } from '../../../../shared/domain.ts';
import { nameStamps } from '../../../../shared/naming.ts';
import { fillTemplate, keyTemplateWords, templateFields } from '../../../../shared/template.ts';

/** S3's limit, in bytes of UTF-8. */
const longestKeyBytes = 1024;
/** Of what we add behind a key: a station's id and `-99` before its extension, `.json` for its metadata. */
const reservedBytes = 24;

export interface KeyFacts {
  readonly session: string;
  /** File name with its extension. */
  readonly file: string;
  readonly startedAt: Date;
  /** Further words by name: `scene`, `profile`, `counter` and own fields; what is empty goes with its separators. */
  readonly words?: Readonly<Record<string, string>>;
}

/**
 * Fills a key template: `{date}`, `{time}`, `{session}`, `{file}` and the words given. Any Unicode stays (as NFC: macOS writes
 * NFD names), but no part of a name makes a folder of its own, nor a step up, which URLs would swallow.
 * @param prefix stands before it, with one slash between
 */
export function objectKey(
  prefix: string,
  template: string,
  { session, file, startedAt, words = {} }: KeyFacts,
): string {
  const values = new Map(Object.entries({ ...words, ...nameStamps(startedAt), session, file }));
  const value = (word: string): string | undefined => {
    const found = values.get(word);
    return found === undefined ? undefined : oneSegment(found);
  };
  const segments = template
    .split('/')
    .map((segment) => safeSegment(fillTemplate(segment, value)))
    .filter(Boolean);
  return shortened(keyPrefix(prefix) + (segments.join('/') || safeSegment(oneSegment(file))));
}

/** The words of a key template that a session gives: as it began, empty where it has none. */
export function keyWords(template: string, session?: Pick<Session, 'metadata'>): Record<string, string> {
  const { scenes = [], profile = '', number, fields = {} } = session?.metadata ?? {};
  // The number of a take stands in the session's name alone.
  const known = {
    scene: scenes[0]?.name ?? '',
    profile,
    counter: number === undefined ? '' : String(number),
    take: '',
  };
  const own = templateFields(template, keyTemplateWords).map((name) => [
    name,
    Object.hasOwn(fields, name) ? (fields[name] ?? '') : '',
  ]);
  return { ...Object.fromEntries(own), ...known };
}

/** What every key under a prefix begins with. */
export function keyPrefix(prefix: string): string {
  const segments = prefix.split('/').map(safeSegment).filter(Boolean);
  return segments.map((segment) => `${segment}/`).join('');
}

/** A key that no other station comes to by itself: its id stands before the extension. */
export function stationKey(key: string, station: string): string {
  const { stem, extension } = split(key);
  return `${stem}-${station}${extension}`;
}

/** The first of `key`, `key-2`, `key-3`… that is free; the number stands before the extension. */
export function freeKey(key: string, isTaken: (candidate: string) => boolean): string {
  const { stem, extension } = split(key);
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? key : `${stem}-${number}${extension}`;
    if (!isTaken(candidate)) return candidate;
  }
}

const oneSegment = (name: string): string => name.replace(/[/\\]/g, '-');

function safeSegment(segment: string): string {
  const clean = segment
    .toWellFormed()
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cs}]/gu, '_')
    .trim();
  return /^\.{1,2}$/.test(clean) ? clean.replaceAll('.', '_') : clean;
}

/** Cuts the end of the name, never its extension. */
function shortened(key: string): string {
  const most = longestKeyBytes - reservedBytes;
  if (Buffer.byteLength(key) <= most) return key;
  const { stem, extension } = split(key);
  const characters = [...stem];
  let bytes = Buffer.byteLength(stem) + Buffer.byteLength(extension);
  while (bytes > most && characters.length > 0) bytes -= Buffer.byteLength(characters.pop() ?? '');
  return characters.join('') + extension;
}

function split(key: string): { stem: string; extension: string } {
  const extension = /[^/](\.[^./\s]{1,10})$/.exec(key)?.[1] ?? '';
  return { stem: key.slice(0, key.length - extension.length), extension };
}
