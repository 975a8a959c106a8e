/**
 * A `.env` file as people know it from dotenv (https://github.com/motdotla/dotenv): `NAME=value` or `NAME: value`, `export` before
 * it or not, quotes of three kinds over one line or several, the last of several values. One rule is not dotenv's but that of
 * shells and of most other readers: `#` begins a comment only after a blank, so a password may contain one.
 */

const blank = '[^\\S\\n]';
const pair = new RegExp(
  [
    `^${blank}*(?:export\\s+)?([\\w.-]+)`,
    `(?:${blank}*=|:(?=\\s))${blank}*`,
    // What follows a closing quote must be the line's end or a comment: else the quotes are part of the value.
    `(?:('(?:\\\\'|[^'])*'|"(?:\\\\"|[^"])*"|\`(?:\\\\\`|[^\`])*\`)|((?:[^#\\n]|(?<=\\S)#)*))`,
    `${blank}*(?:#.*)?$`,
  ].join(''),
  'gm',
);

/** The variables in a file's text, by name. What is no variable is passed over. */
export function parseDotEnv(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name = '', quoted, plain = ''] of text.replace(/\r\n?/g, '\n').matchAll(pair)) {
    found.set(name, quoted === undefined ? withoutQuotes(plain.trim()) : unquoted(quoted));
  }
  return found;
}

/** Within double quotes, `\n` and `\r` stand for ends of lines. */
function unquoted(value: string): string {
  const inner = value.slice(1, -1);
  return value.startsWith('"') ? inner.replaceAll('\\n', '\n').replaceAll('\\r', '\r') : inner;
}

/** Quotes around more quotes, such as `'it's'`. */
function withoutQuotes(value: string): string {
  return /^(['"`]).*\1$/s.test(value) && value.length > 1 ? unquoted(value) : value;
}
