/** Valid samples, broken: the faults of parsers lie near what is right. */
import type { Random } from '../follow-property/random.ts';

type Some<T> = readonly [T, ...T[]];

export interface Samples {
  readonly valid: Some<Buffer>;
  /** Pieces that mean something to the parser. */
  readonly words: Some<Buffer>;
  /** The longest input, bytes. */
  readonly most: number;
}

/** Ends of ranges, and what is just beyond: as many bytes wide as the number of their list. */
const edges: Readonly<Record<number, Some<bigint>>> = {
  1: [0n, 1n, 0x7fn, 0x80n, 0xffn],
  2: [0n, 1n, 0x7fffn, 0x8000n, 0xffffn],
  4: [0n, 1n, 7n, 8n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn],
  8: [
    0n,
    1n,
    15n,
    16n,
    2n ** 53n,
    2n ** 63n - 1n,
    2n ** 63n,
    2n ** 64n - 1n,
    0x7ff0_0000_0000_0000n,
    0x7fef_ffff_ffff_ffffn,
  ],
};

/** One of the samples after one to eight changes; now and then it stays as it is. */
export function broken(random: Random, { valid, words, most }: Samples): Buffer {
  let bytes: Buffer = Buffer.from(random.pick(valid));
  for (let left = random.chance(0.02) ? 0 : random.int(1, 8); left > 0; left -= 1) {
    bytes = changed(random, bytes, valid, words, most).subarray(0, most);
  }
  return bytes;
}

function changed(random: Random, bytes: Buffer, valid: Some<Buffer>, words: Some<Buffer>, most: number): Buffer {
  const at = random.int(0, bytes.length);
  const end = Math.min(bytes.length, at + length(random, bytes.length));
  const replaced = (piece: Buffer, until: number): Buffer =>
    Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(until)]);
  switch (random.int(0, 9)) {
    case 0: {
      if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.int(0, 7));
      return bytes;
    }
    case 1: {
      if (at < bytes.length) bytes[at] = random.int(0, 255);
      return bytes;
    }
    case 2: {
      const piece = edge(random);
      return replaced(piece, Math.min(bytes.length, at + piece.length));
    }
    case 3:
      return replaced(Buffer.alloc(0), end);
    case 4:
      return bytes.subarray(0, at);
    case 5: {
      const from = random.int(0, bytes.length);
      return replaced(bytes.subarray(from, from + length(random, bytes.length)), at);
    }
    case 6: {
      const piece = random.chance(0.5) ? random.pick(words) : bytes.subarray(at, Math.min(end, at + 200));
      const times = random.chance(0.1) ? Math.ceil(most / Math.max(1, piece.length)) : random.int(2, 100);
      return replaced(repeated(piece, Math.min(times, Math.ceil(most / Math.max(1, piece.length)))), at);
    }
    case 7:
      return replaced(random.pick(words), at);
    case 8:
      return replaced(random.pick(words), end);
    default: {
      const other = random.pick(valid);
      return replaced(other.subarray(random.int(0, other.length)), end);
    }
  }
}

const repeated = (piece: Buffer, times: number): Buffer =>
  piece.length === 0 ? piece : Buffer.alloc(piece.length * times, piece);

/** Mostly short, now and then as long as there is. */
const length = (random: Random, longest: number): number =>
  random.chance(0.8) ? random.int(1, 16) : random.int(1, Math.max(1, longest));

function edge(random: Random): Buffer {
  const width = random.pick([1, 2, 4, 8]);
  const value = random.pick(edges[width] ?? [0n]);
  const piece = Buffer.alloc(8);
  piece.writeBigUInt64BE(value);
  return piece.subarray(8 - width);
}

/** Values of JSON that nobody means: of the wrong kind, beyond what a number or a column holds, too long, too deep, or somebody's code. */
const oddValues: Some<() => unknown> = [
  () => null,
  () => true,
  () => 0,
  () => -1,
  () => 1234.5,
  () => 9.1e15,
  () => 1e300,
  () => -1e300,
  () => Number.MIN_VALUE,
  () => Number.MAX_SAFE_INTEGER,
  () => '',
  () => '0',
  () => '\u0000',
  () => '\u001b]0;x\u0007\u001b[31m',
  () => 'a\u202eb\ud800',
  () => '<img src=x onerror=alert(1)>',
  () => '../'.repeat(300),
  () => '/'.repeat(4096),
  () => `/${'a/../'.repeat(800)}`,
  () => '\\\\host\\share\\x.mkv',
  () => '\\\\?\\GLOBALROOT\\Device\\x',
  () => `${'a.'.repeat(2000)}://`,
  () => `a://${'@'.repeat(4000)}`,
  () => 'x'.repeat(100_000),
  () => '🎬'.repeat(900),
  () => [],
  () => Array.from({ length: 10_000 }, (_, index) => index),
  () => ({}),
  () => JSON.parse('{"__proto__": {"admin": true}, "constructor": {"prototype": {"admin": true}}}'),
  () => Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`k${index}`, index])),
  () => deep(2000),
];

function deep(levels: number): unknown {
  let value: unknown = 'x';
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { outputPath: value };
  return value;
}

/** A value of JSON after one to four changes somewhere inside. */
export function brokenJson(random: Random, sample: unknown): unknown {
  let value: unknown = structuredClone(sample);
  for (let left = random.int(0, 4); left > 0; left -= 1) value = changedJson(random, value);
  return value;
}

function changedJson(random: Random, value: unknown): unknown {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const [first, ...others] = entries;
  if (first === undefined || random.chance(0.1)) return random.pick(oddValues)();
  const [name, inner] = random.pick([first, ...others]);
  const rest = entries.filter(([each]) => each !== name);
  const change = random.int(0, 9);
  const made =
    change === 0
      ? rest
      : change === 1
        ? [...entries, [random.chance(0.5) ? `${name}2` : '__proto__', random.pick(oddValues)()] as [string, unknown]]
        : [...rest, [name, change < 5 ? changedJson(random, inner) : random.pick(oddValues)()] as [string, unknown]];
  return Array.isArray(value) ? made.map(([, each]) => each) : Object.fromEntries(made);
}
