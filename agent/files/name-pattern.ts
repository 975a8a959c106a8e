/**
 * What OBS can make of a FilenameFormatting, as patterns to recognise its files by: the names that one recording's files can have.
 * Source: obs-studio, libobs/util/platform.c, os_generate_formatted_filename; plugins/obs-ffmpeg/obs-ffmpeg-mux.c, generate_filename.
 */

const digits = (count: number): string => `\\d{${count}}`;
/** Names of days, months and time zones are in the system's language. */
const word = '.*?';

/** In the order in which OBS tries them. */
const specifiers: readonly (readonly [token: string, pattern: string])[] = [
  ['%CCYY', digits(4)],
  ['%YY', digits(2)],
  ['%MM', digits(2)],
  ['%DD', digits(2)],
  ['%hh', digits(2)],
  ['%mm', digits(2)],
  ['%ss', digits(2)],
  ['%%', '%'],
  ['%FPS', '[\\d.]+'],
  ['%CRES', '\\d+x\\d+'],
  ['%ORES', '\\d+x\\d+'],
  ['%VF', word],
  ...[...'aAbBpzZ'].map((letter) => [`%${letter}`, word] as const),
  ...[...'dHImMSy'].map((letter) => [`%${letter}`, digits(2)] as const),
  ['%s', '\\d+'],
  ['%Y', digits(4)],
];

/** Behind a name that another file has already: “ (2)”, or “_2” where spaces are not wanted. */
const again = '(?: \\(\\d+\\)|_\\d+)?';

/**
 * The folders and the file, one pattern each, that OBS makes of a format below the folder where it records. Windows' reserved
 * characters become `_` in a name, and spaces do where OBS is set so.
 * @param extension without its dot
 */
export function namePatterns(format: string, extension: string): RegExp[] {
  const levels = `${pattern(format.normalize('NFC'))}${again}\\.${literal(extension)}`
    .split('/')
    .filter((level) => level !== '');
  return levels.map((level) => new RegExp(`^${level}$`, 'i'));
}

function pattern(format: string): string {
  let made = '';
  for (let at = 0; at < format.length; ) {
    const found = specifiers.find(([token]) => format.startsWith(token, at));
    // A lone % is dropped.
    if (found) made += found[1];
    else if (format[at] !== '%') made += literal(format[at] ?? '');
    at += found?.[0].length ?? 1;
  }
  return made;
}

function literal(text: string): string {
  return [...text]
    .map((letter) => {
      if (letter === '\\' || letter === '/') return '/';
      if (letter === ' ') return '[ _]';
      if ('*?"|:<>'.includes(letter)) return `[_${letter}]`;
      return letter.replace(/[.+^$()[\]{}]/, '\\$&');
    })
    .join('');
}
