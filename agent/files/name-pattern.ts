/**
 * What OBS can make of a FilenameFormatting, as patterns to recognise its files by: the names that one recording's files can have.
 * Source: obs-studio, libobs/util/platform.c, os_generate_formatted_filename; plugins/obs-ffmpeg/obs-ffmpeg-mux.c, generate_filename.
 */

/** Something that a name is compared with. */
export interface NamePattern {
  test(name: string): boolean;
}

/**
 * One character of a kind, or any number of them. Not a regular expression: a format comes from OBS and can have any number of words
 * of any length, which those would try in every combination.
 */
interface Piece {
  readonly fits: (character: string) => boolean;
  readonly any: boolean;
}

const one = (fits: Piece['fits']): Piece => ({ fits, any: false });
const any = (fits: Piece['fits']): Piece => ({ fits, any: true });
const oneOf = (characters: string): Piece => one((character) => characters.includes(character));
const isDigit = (character: string): boolean => character >= '0' && character <= '9';
const digits = (count: number): Piece[] => Array.from({ length: count }, () => one(isDigit));
const number: readonly Piece[] = [one(isDigit), any(isDigit)];
const isOfRate = (character: string): boolean => isDigit(character) || character === '.';
const size: readonly Piece[] = [...number, oneOf('x'), ...number];
/** Names of days, months and time zones are in the system's language. */
const word: readonly Piece[] = [any(() => true)];

/** In the order in which OBS tries them. */
const specifiers: readonly (readonly [token: string, pieces: readonly Piece[]])[] = [
  ['%CCYY', digits(4)],
  ['%YY', digits(2)],
  ['%MM', digits(2)],
  ['%DD', digits(2)],
  ['%hh', digits(2)],
  ['%mm', digits(2)],
  ['%ss', digits(2)],
  ['%%', [oneOf('%')]],
  ['%FPS', [one(isOfRate), any(isOfRate)]],
  ['%CRES', size],
  ['%ORES', size],
  ['%VF', word],
  ...[...'aAbBpzZ'].map((letter) => [`%${letter}`, word] as const),
  ...[...'dHImMSy'].map((letter) => [`%${letter}`, digits(2)] as const),
  ['%s', number],
  ['%Y', digits(4)],
];

/** Behind a name that another file has already: “ (2)”, or “_2” where spaces are not wanted. */
const endings: readonly (readonly Piece[])[] = [
  [],
  [oneOf(' '), oneOf('('), ...number, oneOf(')')],
  [oneOf('_'), ...number],
];

/**
 * The folders and the file, one pattern each, that OBS makes of a format below the folder where it records. Windows' reserved
 * characters become `_` in a name, and spaces do where OBS is set so. Small and capital letters are the same.
 * @param extension without its dot
 */
export function namePatterns(format: string, extension: string): NamePattern[] {
  const folders = levelsOf(format.normalize('NFC'));
  const last = folders.pop() ?? [];
  const suffix = [oneOf('.'), ...literal(extension)];
  const file = endings.map((ending) => [...last, ...ending, ...suffix]);
  return [...folders.filter((pieces) => pieces.length > 0).map((pieces) => [pieces]), file].map((ways) => ({
    test: (name) => ways.some((pieces) => matches(pieces, name.toLowerCase())),
  }));
}

function levelsOf(format: string): Piece[][] {
  let level: Piece[] = [];
  const levels = [level];
  for (let at = 0; at < format.length; ) {
    const found = specifiers.find(([token]) => format.startsWith(token, at));
    const letter = found?.[0] ?? String.fromCodePoint(format.codePointAt(at) ?? 0);
    if (letter === '/' || letter === '\\') {
      level = [];
      levels.push(level);
      // A lone % is dropped.
    } else if (letter !== '%') level.push(...(found?.[1] ?? literal(letter)));
    at += letter.length;
  }
  return levels;
}

function literal(text: string): Piece[] {
  return [...text].flatMap((letter) => {
    if (letter === ' ') return oneOf(' _');
    if ('*?"|:<>'.includes(letter)) return oneOf(`_${letter}`);
    return [...letter.toLowerCase()].map(oneOf);
  });
}

/** Takes as long as name and pattern are long, multiplied. @param name in small letters */
function matches(pieces: readonly Piece[], name: string): boolean {
  const characters = [...name];
  /** Before which characters what was looked at can end. */
  let ends: boolean[] = [true, ...characters.map(() => false)];
  for (const { fits, any: anyNumber } of pieces) {
    const next: boolean[] = [anyNumber && ends[0] === true];
    for (const [index, character] of characters.entries()) {
      const from = anyNumber ? next[index] === true : ends[index] === true;
      next.push((anyNumber && ends[index + 1] === true) || (from && fits(character)));
    }
    if (!next.includes(true)) return false;
    ends = next;
  }
  return ends.at(-1) === true;
}
