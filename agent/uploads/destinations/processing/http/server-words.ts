/** What a server says of a failure, in whatever form it has. */
import { jsonForms } from '../../../../log/json-forms.ts';
import { cleanText } from '../../clean-text.ts';
import { type Fields, fieldsOf, parseJson } from './json.ts';

/** Names under which servers put their words (`fieldsOf`), the most telling first. */
const wordNames = [
  ...['detail', 'details', 'message', 'messages', 'msg', 'errormessage', 'errordescription', 'description', 'reason'],
  ...['error', 'errors', 'title'],
];
/** What is left to say where there are no words. */
const codeNames = ['code', 'errorcode'];
/** Names of what may stand around them. */
const wrapperNames = ['data', 'response', 'result', 'body', 'fault'];
/** Names that say which field of the request it is about. */
const placeNames = ['loc', 'field', 'path', 'param', 'pointer'];

const mostWords = 10;
const deepest = 4;

/**
 * An error answer's words as one safe line; empty where it has none.
 * @param apiKey never appears in it, even when the server repeats it
 */
export function serverDetail(text: string, apiKey: string | null): string {
  const json = parseJson(text);
  return wordsLine(json === undefined ? plainWords(text) : wordsOf(json), apiKey);
}

/** As `serverDetail`, of what was parsed already. */
export function jsonDetail(json: unknown, apiKey: string | null): string {
  return wordsLine(wordsOf(json), apiKey);
}

/** A foreign text without the key, also where it repeats it as JSON has it. */
export function withoutKey(text: string, apiKey: string | null): string {
  if (apiKey === null || apiKey === '') return text;
  // Longest first, so that a form within another leaves no rest.
  const forms = [apiKey, ...jsonForms(apiKey)].sort((a, b) => b.length - a.length);
  return forms.reduce((clean, form) => clean.replaceAll(form, '…'), text);
}

function wordsLine(words: readonly string[], apiKey: string | null): string {
  const line = [...new Set(words.map((each) => each.trim()).filter((each) => each !== ''))]
    .slice(0, mostWords)
    .join('; ');
  return cleanText(withoutKey(line, apiKey));
}

/** Of a page only its title is for people; broken JSON, or what is no text, is for nobody. */
function plainWords(text: string): string[] {
  const start = text.trimStart();
  if (start.startsWith('<')) return [titleOf(start.slice(0, 10_000))];
  return /^[{[]|[\0\uFFFD]/.test(start) ? [] : [start];
}

function titleOf(page: string): string {
  const at = page.search(/<title\b/i);
  return /^<title[^>]*>([^<]*)</i.exec(page.slice(Math.max(at, 0)))?.[1] ?? '';
}

function wordsOf(json: unknown, depth = 0): string[] {
  if (typeof json === 'string') return [json];
  if (depth >= deepest) return [];
  if (Array.isArray(json)) return json.slice(0, mostWords).flatMap((item) => wordsOf(item, depth + 1));
  const fields = fieldsOf(json);
  if (fields === null) return [];
  const found = wordNames.flatMap((name) => wordsAt(name, fields.get(name), depth));
  if (found.length > 0) return withPlace(fields, found);
  const wrapped = wrapperNames.flatMap((name) =>
    typeof fields.get(name) === 'object' ? wordsOf(fields.get(name), depth + 1) : [],
  );
  return wrapped.length > 0 ? wrapped : codeNames.flatMap((name) => textsAt(fields, name));
}

/** `errors` may be lists by the names of what they are about: `{"file": ["is missing"]}`. */
function wordsAt(name: string, value: unknown, depth: number): string[] {
  const words = wordsOf(value, depth + 1);
  if (words.length > 0 || name !== 'errors' || Array.isArray(value) || typeof value !== 'object' || value === null)
    return words;
  return Object.entries(value)
    .slice(0, mostWords)
    .flatMap(([about, each]) => wordsOf(each, depth + 1).map((word) => `${about}: ${word}`));
}

function withPlace(fields: Fields, [first = '', ...rest]: string[]): string[] {
  const place = placeNames.map((name) => fields.get(name)).find((value) => value !== undefined);
  const parts = (Array.isArray(place) ? place : [place]).filter(
    (part) => typeof part === 'string' || typeof part === 'number',
  );
  return [parts.length === 0 ? first : `${parts.join('.')}: ${first}`, ...rest];
}

function textsAt(fields: Fields, name: string): string[] {
  const value = fields.get(name);
  return typeof value === 'string' ? [value] : [];
}
