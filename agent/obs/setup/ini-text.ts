/**
 * Changes single values in OBS's ini files and leaves every other byte as it is: line ends, byte order mark, order, comments, what
 * is no text. Read as libobs reads them (util/config-file.c), of which there are two: up to 29 the first section of a name counts,
 * in any case; later ones keep sections in a hash table, where the last one of exactly that name counts (seen with 29.0.2 and
 * 32.2.2). A value goes into both where a file has both, so that no version decides.
 */

interface Item {
  readonly name: string;
  /** From the line's first character to behind its last, without its end. */
  readonly start: number;
  readonly end: number;
  /** As OBS has it in memory. */
  readonly value: string;
}
interface Section {
  readonly name: string;
  /** Behind the title, and behind the last line that says something; without the line's end. */
  contentEnd: number;
  readonly items: Item[];
}

/** @returns the new value, or null for none. `current` is null where there is none */
export type IniUpdate = (current: string | null) => string | null;

/** Whether OBS reads anything out of it. A file of zeros is what a lost power supply leaves; UTF-16 OBS does not read. */
export const isIni = (bytes: Buffer): boolean => !bytes.includes(0);

/**
 * The file with a value changed.
 * @param update asked for each of the places that count; once with null where there is no such section yet
 */
export function updateIni(bytes: Buffer, section: string, name: string, update: IniUpdate): Buffer {
  let text = bytes.toString('latin1');
  const places = placesOf(sectionsOf(text), section, name);
  // From the back, so that the places before stay where they are.
  for (const place of places.toSorted((a, b) => b.section.contentEnd - a.section.contentEnd)) {
    text = updated(text, place, name, update(place.item?.value ?? null));
  }
  if (places.length === 0) {
    const value = update(null);
    if (value !== null) text = withSection(text, section, lineOf(name, value));
  }
  return Buffer.from(text, 'latin1');
}

/** The values that count, one for each of the places that do: null where one has none. */
export function iniValues(bytes: Buffer, section: string, name: string): (string | null)[] {
  return placesOf(sectionsOf(bytes.toString('latin1')), section, name).map(({ item }) => item?.value ?? null);
}

interface Place {
  readonly section: Section;
  readonly item: Item | undefined;
}

function placesOf(sections: readonly Section[], wanted: string, name: string): Place[] {
  const same = sections.filter((section) => section.name.toLowerCase() === wanted.toLowerCase());
  const older = same.find((section) => firstItem(section, name)) ?? same[0];
  const newer = same.findLast((section) => section.name === wanted);
  const places: Place[] = [];
  if (older) places.push({ section: older, item: firstItem(older, name) });
  if (newer && newer !== older)
    places.push({ section: newer, item: newer.items.findLast((item) => item.name === name) });
  return places;
}

const firstItem = (section: Section, name: string): Item | undefined =>
  section.items.find((item) => item.name.toLowerCase() === name.toLowerCase());

function sectionsOf(text: string): Section[] {
  const sections: Section[] = [];
  const from = text.startsWith('\u00ef\u00bb\u00bf') ? 3 : 0;
  for (let start = from; start < text.length; ) {
    const end = lineEnd(text, start);
    const line = text.slice(start, end);
    const title = /^[ \t]*\[([^\]]*)/.exec(line)?.[1]?.trim();
    // libobs reads nothing behind a title without a name.
    if (title === '') break;
    const section = sections.at(-1);
    if (title !== undefined) sections.push({ name: title, contentEnd: end, items: [] });
    else if (section && line.trim() !== '') {
      section.contentEnd = end;
      const item = itemOf(line, start, end);
      if (item) section.items.push(item);
    }
    start = end + 1;
  }
  return sections;
}

function itemOf(line: string, start: number, end: number): Item | null {
  const equals = line.indexOf('=');
  if (equals < 1 || line.trimStart().startsWith('#')) return null;
  const raw = Buffer.from(line.slice(equals + 1), 'latin1').toString('utf8');
  const value = raw.replace(/\\([\\rn])/g, (_, letter: string) => ({ r: '\r', n: '\n' })[letter] ?? letter);
  return { name: line.slice(0, equals).trim(), start, end, value };
}

function updated(text: string, { section, item }: Place, name: string, value: string | null): string {
  if (value === (item?.value ?? null)) return text;
  if (item && value !== null) return text.slice(0, item.start) + lineOf(item.name, value) + text.slice(item.end);
  if (item) return text.slice(0, item.start) + text.slice(behindEnd(text, item.end));
  const line = value === null ? '' : lineOf(name, value);
  return text.slice(0, section.contentEnd) + lineEndOf(text) + line + text.slice(section.contentEnd);
}

function withSection(text: string, section: string, line: string): string {
  const end = lineEndOf(text);
  const isEmpty = text === '' || text === '\u00ef\u00bb\u00bf';
  const gap = isEmpty ? '' : /[\r\n]$/.test(text) ? end : end + end;
  return `${text}${gap}[${section}]${end}${line}${end}`;
}

/** As config_save writes it; in latin1, in which the whole file is held. */
function lineOf(name: string, value: string): string {
  const escaped = value.replaceAll('\\', '\\\\').replaceAll('\r', '\\r').replaceAll('\n', '\\n');
  return Buffer.from(`${name}=${escaped}`, 'utf8').toString('latin1');
}

function lineEnd(text: string, from: number): number {
  lineBreak.lastIndex = from;
  return lineBreak.exec(text)?.index ?? text.length;
}
const lineBreak = /[\r\n]/g;
const behindEnd = (text: string, end: number): number => (text.startsWith('\r\n', end) ? end + 2 : end + 1);
const lineEndOf = (text: string): string => /\r\n|\r|\n/.exec(text)?.[0] ?? '\n';
