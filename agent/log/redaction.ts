/** Takes secrets out of whatever is logged: by the names of fields, by the look of texts, and by known secret values. */
import { plainLines } from '../plain-text.ts';
import { jsonForms } from './json-forms.ts';

const hidden = '[secret]';
/** Names whose values are secrets, in any case and spelling. */
const secretName =
  /passw|token|authorization|authentication|api[-_]?key|access[-_]?key|secret|signature|credential|cookie|^salt$|^challenge$/i;
/** Query parameters that make an address a secret (presigned URLs, tokens), each up to the next one. */
const secretParameter =
  /([?&#](?:x-amz-(?:signature|credential|security-token)|signature|sig|token|access_token|api_?key|key|password)=)[^&#\s"'<>]+/gi;
const bearer = /\b(bearer|basic)\s+[a-z0-9._~+/=-]{6,}/gi;
const userInfo = /:\/\/[^\s/@:]*:[^\s/@]*@/g;

/** Shorter values would be found inside ordinary words; a field's name still hides them. */
const shortestSecret = 4;
/** One entry of the log never grows beyond what a person would read. `all`: its texts together. */
const limits = { depth: 6, entries: 100, text: 8000, all: 50_000 } as const;
/** So much more of a text is looked at, for what begins before its end. */
const longestSecret = 4096;

/** Characters that one entry may still have. */
interface Room {
  left: number;
}

export class Redactor {
  /** Longest first, so that a secret within another leaves no rest. */
  #values: readonly string[] = [];

  /** From now on this value is taken out, as it is, percent-encoded as in an address, and escaped as in JSON. */
  add(value: string): void {
    if (value.length < shortestSecret) return;
    const known = new Set([...this.#values, value, encodeURIComponent(value), ...jsonForms(value)]);
    this.#values = [...known].sort((a, b) => b.length - a.length);
  }

  /** A text without secrets, and without what would move in a terminal. Cut first: what nobody reads costs nothing. */
  text(text: string): string {
    let clean = text.slice(0, limits.text + longestSecret);
    for (const value of this.#values) clean = clean.replaceAll(value, hidden);
    clean = clean
      .replace(secretParameter, `$1${hidden}`)
      .replace(bearer, `$1 ${hidden}`)
      .replace(userInfo, `://${hidden}@`);
    return plainLines(clean.length > limits.text ? `${clean.slice(0, limits.text)}…` : clean);
  }

  /** A copy that can be logged: plain data, bounded, without secrets at any depth. Errors keep their stack and causes. */
  value(value: unknown): unknown {
    return this.#value(value, 0, { left: limits.all });
  }

  #value(value: unknown, depth: number, room: Room): unknown {
    if (typeof value === 'string') return this.#textWithin(value, room);
    if (typeof value === 'bigint') return value.toString();
    if (typeof value === 'function' || typeof value === 'symbol') return undefined;
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
    if (depth >= limits.depth) return '[deeper]';
    if (Array.isArray(value)) return value.slice(0, limits.entries).map((item) => this.#value(item, depth + 1, room));
    return this.#object(value, depth, room);
  }

  #textWithin(text: string, room: Room): string {
    if (room.left <= 0) return '…';
    const clean = this.text(text);
    room.left -= clean.length;
    return clean;
  }

  #object(object: object, depth: number, room: Room): Record<string, unknown> {
    const entries: [string, unknown][] =
      object instanceof URL
        ? [['href', object.href]]
        : object instanceof Map
          ? [...object].map(([key, item]) => [String(key), item])
          : object instanceof Set
            ? [['values', [...object]]]
            : Object.entries(object);
    if (object instanceof Error) {
      // These are not enumerable, and they are what the log is read for.
      entries.unshift(['type', object.name], ['message', object.message], ['stack', object.stack]);
      if (object.cause !== undefined) entries.push(['cause', object.cause]);
      if (object instanceof AggregateError) entries.push(['errors', object.errors]);
    }
    const copy: Record<string, unknown> = Object.create(null);
    for (const [key, item] of entries.slice(0, limits.entries)) {
      const secret = secretName.test(key) && item !== null && item !== undefined && typeof item !== 'boolean';
      copy[this.#textWithin(key, room)] = secret ? hidden : this.#value(item, depth + 1, room);
      if (room.left <= 0) break;
    }
    return copy;
  }
}
