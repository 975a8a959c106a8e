/**
 * MD5's inner loop (RFC 1321) for four streams at once, as WebAssembly. Each step of MD5 waits for the one before, so a processor
 * is mostly idle with one stream; four in the lanes of 128-bit registers take two thirds of what they take one after the other
 * in OpenSSL (measured: 0.9 instead of 1.35 s per GiB, reading included). It is assembled here because Node has no other source
 * of WebAssembly that it runs as it is.
 *
 * It exports `memory` and `blocks(p0, p1, p2, p3, count)`, which takes `count` blocks of 64 bytes from each address.
 */
// Tests: md5x4.test.ts

/** Where in the memory things lie, in bytes. */
export const layout = {
  /** A, B, C, D: of each the four streams' words, little-endian. */
  state: 0,
  constants: 64,
  /** Free for the caller from here on. */
  data: 320,
} as const;

const pageBytes = 64 * 1024;
const [i32, v128] = [0x7f, 0x7b];
/** https://webassembly.github.io/spec/core/binary/instructions.html */
const op = {
  loop: [0x03, 0x40],
  end: [0x0b],
  brIf: (depth: number) => [0x0d, depth],
  get: (local: number) => [0x20, local],
  set: (local: number) => [0x21, local],
  tee: (local: number) => [0x22, local],
  i32Const: (value: number) => [0x41, ...signed(value)],
  i32Add: [0x6a],
  i32Sub: [0x6b],
  load: (offset: number) => [0xfd, 0x00, 0, ...leb(offset)],
  loadSplat32: (offset: number) => [0xfd, 0x09, 0, ...leb(offset)],
  store: (offset: number) => [0xfd, 0x0b, 0, ...leb(offset)],
  /** Of two vectors' eight words, four. */
  shuffle: (words: readonly number[]) => [
    0xfd,
    0x0d,
    ...words.flatMap((word) => [0, 1, 2, 3].map((b) => 4 * word + b)),
  ],
  not: [0xfd, 0x4d],
  and: [0xfd, 0x4e],
  andNot: [0xfd, 0x4f],
  or: [0xfd, 0x50],
  xor: [0xfd, 0x51],
  shl: [0xfd, 0xab, 0x01],
  shrU: [0xfd, 0xad, 0x01],
  add: [0xfd, 0xae, 0x01],
} as const;

/** An unsigned number as WebAssembly writes it. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)];
}
/** The same where the highest bit is a sign; for numbers that have none. */
function signed(value: number): number[] {
  return value < 64 ? [value] : [(value & 127) | 128, ...signed(value >>> 7)];
}
const sized = (bytes: readonly number[]): number[] => [...leb(bytes.length), ...bytes];
const section = (id: number, ...entries: readonly (readonly number[])[]): number[] => [
  id,
  ...sized([...leb(entries.length), ...entries.flat()]),
];
const text = (value: string): number[] => sized([...Buffer.from(value)]);

// Locals: the five parameters, then vectors.
const [count, a, sum, row, word] = [4, 5, 9, 13, 17];
const vectors = 4 + 4 + 4 + 16;

/** RFC 1321 §3.4: by how much each step of a round rotates, in turn. */
const rotations = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
] as const;
/** Which word of the block a step of each round takes. */
const wordOf = [
  (step: number) => step,
  (step: number) => 5 * step + 1,
  (step: number) => 3 * step + 5,
  (step: number) => 7 * step,
] as const;
/**
 * F, G, H and I of three locals, added to what is there. The first of them is the last step's result, which everything waits for: it
 * comes in as late as can be. G's two halves have no bit in common, so they can be added one by one.
 */
const addMixed = [
  (x: number, y: number, z: number) => [op.get(y), op.get(z), op.xor, op.get(x), op.and, op.get(z), op.xor, op.add],
  (x: number, y: number, z: number) => [
    ...[op.get(y), op.get(z), op.andNot, op.add],
    ...[op.get(z), op.get(x), op.and, op.add],
  ],
  (x: number, y: number, z: number) => [op.get(y), op.get(z), op.xor, op.get(x), op.xor, op.add],
  (x: number, y: number, z: number) => [op.get(z), op.not, op.get(x), op.or, op.get(y), op.xor, op.add],
] as const;

/** The 16 words of each stream's block, so that a vector has the same word of all four. */
function transposed(): number[][] {
  return [0, 1, 2, 3].flatMap((quarter) => {
    const rows = [0, 1, 2, 3].map((stream) => [...op.get(stream), ...op.load(16 * quarter), ...op.set(row + stream)]);
    const pair = (from: number, words: readonly number[]): number[] => [
      ...op.get(row + from),
      ...op.get(row + from + 1),
      ...op.shuffle(words),
    ];
    const [low, high] = [
      [0, 4, 1, 5],
      [2, 6, 3, 7],
    ] as const;
    const columns = [low, low, high, high].map((half, column) => [
      ...pair(0, half),
      ...pair(2, half),
      ...op.shuffle(column % 2 === 0 ? [0, 1, 4, 5] : [2, 3, 6, 7]),
      ...op.set(word + 4 * quarter + column),
    ]);
    return [...rows, ...columns];
  });
}

/** Step `index` of 64: `a = b + ((a + F(b, c, d) + word + constant) <<< rotation)`, where the roles go round. */
function step(index: number): number[] {
  const round = index >> 4;
  const role = (place: number): number => a + ((place + 64 - index) & 3);
  const [first, second, third, fourth] = [role(0), role(1), role(2), role(3)];
  const rotation = rotations[round as 0 | 1 | 2 | 3][(index & 3) as 0 | 1 | 2 | 3];
  return [
    ...[op.get(first), op.get(word + (wordOf[round as 0 | 1 | 2 | 3](index) & 15)), op.add].flat(),
    ...[op.i32Const(0), op.loadSplat32(layout.constants + 4 * index), op.add].flat(),
    ...addMixed[round as 0 | 1 | 2 | 3](second, third, fourth).flat(),
    ...[op.tee(first), op.i32Const(rotation), op.shl].flat(),
    ...[op.get(first), op.i32Const(32 - rotation), op.shrU, op.or].flat(),
    ...[op.get(second), op.add, op.set(first)].flat(),
  ];
}

function body(): number[] {
  const places = [0, 1, 2, 3];
  return [
    ...places.flatMap((place) => [...op.i32Const(0), ...op.load(layout.state + 16 * place), ...op.set(a + place)]),
    ...op.loop,
    ...transposed().flat(),
    ...places.flatMap((place) => [...op.get(a + place), ...op.set(sum + place)]),
    ...Array.from({ length: 64 }, (_, index) => step(index)).flat(),
    ...places.flatMap((place) => [...op.get(a + place), ...op.get(sum + place), ...op.add, ...op.set(a + place)]),
    ...places.flatMap((stream) => [op.get(stream), op.i32Const(64), op.i32Add, op.set(stream)].flat()),
    ...[op.get(count), op.i32Const(1), op.i32Sub, op.tee(count), op.brIf(0), op.end].flat(),
    ...places.flatMap((place) => [...op.i32Const(0), ...op.get(a + place), ...op.store(layout.state + 16 * place)]),
    ...op.end,
  ];
}

/** The module's bytes. @param dataBytes room for the caller from `layout.data` on */
export function md5x4Module(dataBytes: number): Uint8Array<ArrayBuffer> {
  const pages = Math.ceil((layout.data + dataBytes) / pageBytes);
  const constants = new Uint32Array(Array.from({ length: 64 }, (_, index) => Math.abs(Math.sin(index + 1)) * 2 ** 32));
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [0x60, 5, i32, i32, i32, i32, i32, 0]),
    ...section(3, [0]),
    ...section(5, [0, ...leb(pages)]),
    ...section(7, [...text('memory'), 2, 0], [...text('blocks'), 0, 0]),
    ...section(10, sized([1, ...leb(vectors), v128, ...body()])),
    ...section(11, [0, ...op.i32Const(layout.constants), ...op.end, ...sized([...new Uint8Array(constants.buffer)])]),
  ]);
}
