/** Which key an object gets. */
import { nameStamps } from '../../../../shared/naming.ts';

/** S3's limit, in bytes of UTF-8. */
const longestKeyBytes = 1024;
/** Of what we add behind a key: `-99` before its extension, `.json` for its metadata. */
const reservedBytes = 16;

export interface KeyFacts {
  readonly session: string;
  /** File name with its extension. */
  readonly file: string;
  readonly startedAt: Date;
}

/**
 * Fills a key template: `{date}`, `{time}`, `{session}`, `{file}`. Any Unicode stays (as NFC: macOS writes NFD names), but
 * no part of a name makes a folder of its own, nor a step up, which URLs would swallow.
 * @param prefix stands before it, with one slash between
 */
export function objectKey(prefix: string, template: string, { session, file, startedAt }: KeyFacts): string {
  const { date, time } = nameStamps(startedAt);
  const values: Record<string, string> = { date, time, session: oneSegment(session), file: oneSegment(file) };
  const filled = template.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
  const segments = filled.split('/').map(safeSegment).filter(Boolean);
  return shortened(keyPrefix(prefix) + (segments.join('/') || safeSegment(oneSegment(file))));
}

/** What every key under a prefix begins with. */
export function keyPrefix(prefix: string): string {
  const segments = prefix.split('/').map(safeSegment).filter(Boolean);
  return segments.map((segment) => `${segment}/`).join('');
}

/** The first of `key`, `key-2`, `key-3`… that is free; the number stands before the extension. */
export function freeKey(key: string, isTaken: (candidate: string) => boolean): string {
  const { stem, extension } = split(key);
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? key : `${stem}-${number}${extension}`;
    if (!isTaken(candidate)) return candidate;
  }
}

/** A key as it stands in a URL's path: RFC 3986, its slashes stay. */
export function encodeKey(key: string): string {
  return key.split('/').map(encodeSegment).join('/');
}

/** encodeURIComponent leaves !'()* alone, and signatures are computed over them encoded. */
export function encodeSegment(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
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
