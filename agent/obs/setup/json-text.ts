/** Changes single members of a JSON object or array in its text, and leaves every other byte of it as it is. */

interface Part {
  readonly start: number;
  readonly end: number;
}
interface Container {
  readonly open: number;
  readonly close: number;
  readonly parts: readonly Part[];
}

/** @param text an object's, which has been parsed before. The last member of a name counts, as for JSON.parse and OBS */
export function setMember(text: string, key: string, value: string | number | boolean): string {
  const container = containerOf(text);
  const part = memberOf(text, container, key);
  if (!part) return insertPart(text, `${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  let at = stringEnd(text, part.start);
  while (/[\s:]/.test(text.charAt(at))) at++;
  return text.slice(0, at) + JSON.stringify(value) + text.slice(part.end);
}

/** Adds an array's element, or an object's member, behind the others and in their manner. */
export function insertPart(text: string, part: string): string {
  const { open, parts } = containerOf(text);
  const last = parts.at(-1);
  if (!last) return text.slice(0, open + 1) + part + text.slice(open + 1);
  const head = text.slice(0, last.start);
  const before = head.slice(head.trimEnd().length) || (parts.length === 1 ? ' ' : '');
  return `${text.slice(0, last.end)},${before}${part}${text.slice(last.end)}`;
}

/** @param index of an array's element */
export function replacePart(text: string, index: number, replacement: string): string {
  const part = containerOf(text).parts[index];
  return part ? text.slice(0, part.start) + replacement + text.slice(part.end) : text;
}

/** @param index of an array's element */
export function removePart(text: string, index: number): string {
  const { open, close, parts } = containerOf(text);
  const part = parts[index];
  if (!part) return text;
  const previous = parts[index - 1];
  const next = parts[index + 1];
  if (previous) return text.slice(0, previous.end) + text.slice(part.end);
  return next ? text.slice(0, part.start) + text.slice(next.start) : text.slice(0, open + 1) + text.slice(close);
}

function memberOf(text: string, { parts }: Container, key: string): Part | undefined {
  return parts.findLast(({ start }) => JSON.parse(text.slice(start, stringEnd(text, start))) === key);
}

function containerOf(text: string): Container {
  const open = text.search(/[[{]/);
  const parts: Part[] = [];
  let depth = 0;
  let from = open + 1;
  const add = (to: number): void => {
    const inner = text.slice(from, to);
    const start = from + (inner.length - inner.trimStart().length);
    const end = from + inner.trimEnd().length;
    if (end > start) parts.push({ start, end });
    from = to + 1;
  };
  for (let at = open; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = stringEnd(text, at) - 1;
    else if (char === '[' || char === '{') depth++;
    else if (char === ']' || char === '}') {
      depth--;
      if (depth === 0) {
        add(at);
        return { open, close: at, parts };
      }
    } else if (char === ',' && depth === 1) add(at);
  }
  throw new Error('not a JSON object or array');
}

/** @returns behind the string's closing quote */
function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}
