import { createHash, randomBytes, randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { type Digest, Md5x4, type Stream } from './md5x4.ts';

const hasher = new Md5x4();
const streamOf = (content: Buffer): Stream => ({
  bytes: content.length,
  read: (room, position) => void room.set(content.subarray(position, position + room.length)),
});
const right = (content: Buffer): Digest => ({ md5: createHash('md5').update(content).digest('hex') });
const MiB = 1024 * 1024;

test('of every length up to three blocks, alone and beside others', () => {
  const contents = Array.from({ length: 193 }, (_, bytes) => randomBytes(bytes));
  for (const content of contents) expect(hasher.digests([streamOf(content)])).toEqual([right(content)]);
  for (let from = 0; from + 4 <= contents.length; from += 1) {
    const four = contents.slice(from, from + 4);
    expect(hasher.digests(four.map(streamOf))).toEqual(four.map(right));
  }
});

test('around the ends of what is read at once', () => {
  for (const around of [MiB, 2 * MiB]) {
    const contents = [-65, -64, -56, -1, 0, 1, 55, 56, 64].map((off) => randomBytes(around + off));
    for (let from = 0; from < contents.length; from += 3) {
      const some = contents.slice(from, from + 3);
      expect(hasher.digests(some.map(streamOf))).toEqual(some.map(right));
    }
  }
});

test('of lengths that have nothing to do with each other', () => {
  for (let round = 0; round < 30; round += 1) {
    const contents = Array.from({ length: randomInt(1, 5) }, () => randomBytes(randomInt(3 * MiB)));
    expect(hasher.digests(contents.map(streamOf))).toEqual(contents.map(right));
  }
});

test('nothing to hash is no work', () => {
  expect(hasher.digests([])).toEqual([]);
});

test('one that cannot be read ends alone, wherever it does', () => {
  const broken = new Error('EIO');
  const contents = [randomBytes(3 * MiB), randomBytes(2 * MiB), randomBytes(100)];
  for (const failsFrom of [0, MiB]) {
    const failing: Stream = {
      bytes: 2 * MiB,
      read(_, position) {
        if (position >= failsFrom) throw broken;
      },
    };
    const [first, ...rest] = contents.map(streamOf);
    if (first === undefined) throw new Error('no content');
    expect(hasher.digests([first, failing, ...rest])).toEqual([
      right(contents[0] ?? Buffer.alloc(0)),
      { error: broken },
      ...contents.slice(1).map(right),
    ]);
  }
});
