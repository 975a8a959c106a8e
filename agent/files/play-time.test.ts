import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { containerFor, RecordingFile } from '../../scripts/rig/simulated-obs/recording-file.ts';
import { playTimeMs } from './play-time.ts';

async function folder(): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'streamai-play-'));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

/** A recording of so many frames, ten a second. */
async function recorded(format: string, frames: number, closed = true): Promise<string> {
  const file = path.join(await folder(), `a.${format}`);
  const recording = new RecordingFile(file, containerFor(format), 800, 0);
  recording.create();
  recording.encodeUpTo(frames);
  if (closed) recording.finish()();
  recording.abandon();
  return file;
}

test.each(['mkv', 'mp4', 'hybrid_mp4', 'hybrid_mov'])('a closed %s says how long it plays', async (format) => {
  expect(await playTimeMs(await recorded(format, 37))).toBe(3700);
});

test.each(['mkv', 'mp4', 'hybrid_mp4', 'fragmented_mp4'])('a %s that was never closed does not', async (format) => {
  expect(await playTimeMs(await recorded(format, 37, false))).toBeNull();
});

test('ffmpeg’s and other programs’ variants are read as well: short numbers, long sizes, a time scale of its own', async () => {
  const dir = await folder();
  const mkv = path.join(dir, 'short.mkv');
  // EBML header, Segment of unknown size, Void, Info: TimestampScale 100,000 ns, Duration as a float of 4 bytes.
  const info = Buffer.concat([Buffer.from('2ad7b1830186a0', 'hex'), Buffer.from('448984', 'hex'), float32(25_000)]);
  const segment = [
    Buffer.from('18538067', 'hex'),
    Buffer.from('01ffffffffffffff', 'hex'),
    Buffer.from('ec8100', 'hex'),
  ];
  await writeFile(
    mkv,
    Buffer.concat([
      Buffer.from('1a45dfa3854286810100', 'hex').subarray(0, 10),
      ...segment,
      Buffer.from('1549a966', 'hex'),
      Buffer.from([0x80 | info.length]),
      info,
    ]),
  );
  expect(await playTimeMs(mkv)).toBe(2500);
  const mp4 = path.join(dir, 'long.mp4');
  await writeFile(
    mp4,
    Buffer.concat([box('ftyp', Buffer.from('isom0000')), longBox('mdat', 100), box('moov', mvhd64(600, 1500))]),
  );
  expect(await playTimeMs(mp4)).toBe(2500);
});

test('nothing is said of what is damaged, cut off, of another kind or not there', async () => {
  const dir = await folder();
  const files: Record<string, Buffer> = {
    empty: Buffer.alloc(0),
    text: Buffer.from('not a film at all'),
    'ebml alone': Buffer.from('1a45dfa3', 'hex'),
    'ftyp alone': box('ftyp', Buffer.from('isom')),
    'a box of no size': Buffer.concat([box('ftyp', Buffer.from('isom0000')), Buffer.alloc(64)]),
    'a scale of 0': Buffer.concat([box('ftyp', Buffer.from('isom0000')), box('moov', mvhd64(0, 1500))]),
    'less than a millisecond': Buffer.concat([box('ftyp', Buffer.from('isom0000')), box('moov', mvhd64(3000, 1))]),
    'more than a year': Buffer.concat([box('ftyp', Buffer.from('isom0000')), box('moov', mvhd64(1, 32_000_000))]),
  };
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(dir, name);
    await writeFile(file, content);
    expect(await playTimeMs(file), name).toBeNull();
  }
  expect(await playTimeMs(path.join(dir, 'not there'))).toBeNull();
  const whole = await recorded('mkv', 37);
  for (const bytes of [3, 40, 60, 100]) {
    await truncate(whole, bytes);
    expect(await playTimeMs(whole), `${bytes} bytes`).toBeNull();
  }
});

test('random bytes behind a known beginning throw nothing', async () => {
  const file = path.join(await folder(), 'noise');
  for (let round = 0; round < 300; round++) {
    const noise = Buffer.from(
      Array.from({ length: 200 }, (_, at) => (round * 7919 + at * 104_729 + ((at * at) % 251)) & 0xff),
    );
    const head = round % 2 === 0 ? Buffer.from('1a45dfa380', 'hex') : box('ftyp', Buffer.from('isom0000'));
    const handle = await open(file, 'w');
    await handle.write(Buffer.concat([head, noise]));
    await handle.close();
    const ms = await playTimeMs(file);
    expect(ms === null || ms > 0).toBe(true);
  }
});

function box(type: string, content: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + content.length);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, content]);
}

function longBox(type: string, length: number): Buffer {
  const head = Buffer.alloc(16 + length);
  head.writeUInt32BE(1);
  head.write(type, 4, 'latin1');
  head.writeBigUInt64BE(BigInt(head.length), 8);
  return head;
}

/** Version 1: 64-bit times and duration. */
function mvhd64(scale: number, ticks: number): Buffer {
  const content = Buffer.alloc(112);
  content[0] = 1;
  content.writeUInt32BE(scale, 20);
  content.writeBigUInt64BE(BigInt(ticks), 24);
  return box('mvhd', content);
}

function float32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeFloatBE(value);
  return buffer;
}
