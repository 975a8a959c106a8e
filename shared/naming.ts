/**
 * Session names: what is acceptable, how a name becomes unique, how names are compared and searched. A name becomes a file name on
 * Windows, macOS and Linux and part of an S3 key, so the strictest of them decides. Unicode is kept (NFC).
 */
import { StreamAIError } from './errors.ts';

/** Characters (code points). With what OBS appends, a name in a script of three bytes a character stays below 255 bytes. */
export const sessionNameLimit = 80;
/** The same in UTF-8 bytes, for characters of four bytes. ext4 takes 255 bytes for one file name. */
const byteLimit = 220;

// Windows: https://learn.microsoft.com/windows/win32/fileio/naming-a-file
const forbidden = /[<>:"/\\|?*]/u;
// Control, surrogate, private, unassigned and format characters (such as bidi overrides), without the joiners that scripts and
// emoji need.
const invisible = /(?![\u200c\u200d])[\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Cf}\p{Zl}\p{Zp}]/u;
const reserved = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?$/iu;

/**
 * Checks a name that a person gave and returns it in NFC without outer blanks.
 * A name that is not acceptable is refused and not changed, so that nobody gets a name that they did not choose.
 * @throws StreamAIError session_name_empty | _too_long | _invalid | _reserved
 */
export function checkSessionName(input: string): string {
  const name = input.normalize('NFC').trim();
  if (name === '') throw new StreamAIError('session_name_empty');
  if ([...name].length > sessionNameLimit || new TextEncoder().encode(name).length > byteLimit) {
    throw new StreamAIError('session_name_too_long', { limit: sessionNameLimit });
  }
  const found = forbidden.exec(name)?.[0];
  if (found !== undefined) throw new StreamAIError('session_name_invalid', { found });
  const hidden = invisible.exec(name)?.[0];
  if (hidden !== undefined) {
    throw new StreamAIError('session_name_invalid', {
      found: `U+${hidden.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`,
    });
  }
  if (/^\.|\.$/.test(name)) throw new StreamAIError('session_name_invalid', { found: '.' });
  const device = reserved.exec(name)?.[1];
  if (device !== undefined) throw new StreamAIError('session_name_reserved', { found: device });
  // A name of symbols and emoji alone cannot be searched, said or typed.
  if (!/[\p{L}\p{N}]/u.test(name)) throw new StreamAIError('session_name_invalid', { found: name });
  return name;
}

/** Makes any text acceptable: for names from templates and from OBS's files, where there is nobody to ask. */
export function toSessionName(text: string): string {
  const plain = text
    .normalize('NFC')
    .replace(new RegExp(forbidden, 'gu'), '-')
    .replace(new RegExp(invisible, 'gu'), '');
  const cleaned = withoutEnd(plain.trim().replace(/^\.+/, ''));
  let name = '';
  for (const character of cleaned) {
    if ([...name].length >= sessionNameLimit || new TextEncoder().encode(name + character).length > byteLimit) break;
    name += character;
  }
  name = withoutEnd(name.trim());
  if (!/[\p{L}\p{N}]/u.test(name)) return `Session ${name}`.trim();
  return reserved.test(name) ? `_${name}` : name;
}

/** Windows takes no dot and no blank at a name's end. */
function withoutEnd(name: string): string {
  let end = name.length;
  while (name[end - 1] === '.' || name[end - 1] === ' ') end -= 1;
  return name.slice(0, end);
}

const two = (value: number): string => String(value).padStart(2, '0');

/** Local date and time as they stand in names: `2026-11-22` and `19-43-05` (no colon: Windows). */
export function nameStamps(at: Date): { date: string; time: string } {
  return {
    date: `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`,
    time: `${two(at.getHours())}-${two(at.getMinutes())}-${two(at.getSeconds())}`,
  };
}

/** The name itself; where it is taken, with ` (2)`, ` (3)` … after it, shortened to stay within the limit. */
export function uniqueName(name: string, isTaken: (candidate: string) => boolean): string {
  if (!isTaken(name)) return name;
  for (let number = 2; ; number++) {
    const suffix = ` (${number})`;
    const candidate =
      [...name]
        .slice(0, sessionNameLimit - suffix.length)
        .join('')
        .trimEnd() + suffix;
    if (!isTaken(candidate)) return candidate;
  }
}

/** Names with the same key are the same name: case does not tell them apart, as with files on Windows and macOS. */
export function nameKey(name: string): string {
  return name.normalize('NFC').toLocaleLowerCase('und');
}

/** A text as it is searched: without case, accents and other marks, widths and ligatures. */
export function searchKey(text: string): string {
  // By way of upper case, where ß is SS and ς is Σ.
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toUpperCase().toLowerCase().replaceAll('ς', 'σ');
  // SQLite's LIKE takes it for the end, of a pattern too: what stands behind it would count for nothing.
  return plain.replaceAll('\0', ' ');
}
