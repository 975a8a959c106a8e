import { withoutMark } from '../decode-text.ts';

/**
 * Just enough of OBS's ini files (libobs `config-file.c`): sections, `name=value`, any line ends, no quoting, later names win.
 * Values are what OBS has in memory: blanks at both ends count, `\\` was a backslash, `\r` and `\n` were ends of lines.
 */
export function parseIni(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let section = new Map<string, string>();
  for (const raw of withoutMark(text).split(/\r\n|\r|\n/)) {
    const line = raw.trimStart();
    const title = /^\[([^\]]*)\]/.exec(line)?.[1]?.trim();
    if (title !== undefined) {
      section = sections.get(title) ?? new Map<string, string>();
      sections.set(title, section);
      continue;
    }
    const equals = line.indexOf('=');
    if (equals > 0 && !line.startsWith('#')) {
      section.set(line.slice(0, equals).trim(), unescaped(line.slice(equals + 1)));
    }
  }
  return sections;
}

/** As OBS reads a flag (`config_get_bool`): `true` in any case, or a number that is not 0. */
export function iniFlag(value: string): boolean {
  return /^\s*(true$|\+?0*[1-9])/i.test(value);
}

/** Any other backslash stands for itself. */
function unescaped(value: string): string {
  return value.replace(/\\([\\rn])/g, (_, letter: string) => escapes[letter] ?? letter);
}

const escapes: Readonly<Record<string, string>> = { r: '\r', n: '\n' };
