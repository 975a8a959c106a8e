/** JSON that others wrote. */
import { withoutMark } from '../../../../decode-text.ts';

/** An object's values by its names in small letters, without what stands between words: `taskId`, `task_id` and `Task-ID` are one. */
export type Fields = ReadonlyMap<string, unknown>;

/** Longer texts are not looked at value by value, in UTF-16 units. Answers of servers have some kilobytes. */
const mostExactly = 64 * 1024;

/**
 * A whole number that a double cannot hold, such as a task's id, comes as the text that it was.
 * @returns undefined where the text is not JSON, or has such a number and is far too long for an answer
 */
export function parseJson(text: string): unknown {
  // Only where there can be one: looked at value by value, a text takes some twenty times as long.
  const long = /\d{16}/.test(text);
  if (long && text.length > mostExactly) return undefined;
  try {
    return JSON.parse(withoutMark(text), long ? exactly : undefined);
  } catch {
    return undefined;
  }
}

function exactly(_name: string, value: unknown, { source }: { source?: string } = {}): unknown {
  const rounded = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
  return rounded && /^-?\d+$/.test(source ?? '') ? source : value;
}

/** More names than any answer that we understand has. */
const mostNames = 200;

/** @returns null for what is no object; a list of one object is that object */
export function fieldsOf(value: unknown): Fields | null {
  if (Array.isArray(value)) return value.length === 1 && !Array.isArray(value[0]) ? fieldsOf(value[0]) : null;
  if (typeof value !== 'object' || value === null) return null;
  const fields = new Map<string, unknown>();
  for (const [name, each] of Object.entries(value).slice(0, mostNames)) {
    const plain = name.toLowerCase().replace(/[-_\s]/g, '');
    if (!fields.has(plain)) fields.set(plain, each);
  }
  return fields;
}
