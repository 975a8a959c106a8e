/** Recordings' first bytes, as OBS, or whoever stands in its place, may have written them: what kind of file, whether closed, how long. */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { finalisedNow } from '../../../agent/files/finalise.ts';
import { longestPlayMs, playTimeMs } from '../../../agent/files/play-time.ts';
import { frame } from '../../rig/simulated-obs/container.ts';
import { containerFor } from '../../rig/simulated-obs/recording-file.ts';
import { fuzz, fuzzTimeoutMs } from './fuzz-fixture.ts';
import { broken } from './mutate-fixture.ts';

/** A small closed recording, and the same while OBS writes it. */
function recorded(format: string): Buffer[] {
  const container = containerFor(format);
  const growing = Buffer.concat([container.header(), container.group([frame(200, 0), frame(200, 1)])]);
  const { append, rewrites } = container.finalise([{ name: 'One', atMs: 0 }]);
  const closed = Buffer.concat([growing, append]);
  for (const { at, bytes } of rewrites) bytes.copy(closed, at);
  return [growing, closed];
}

const flv = Buffer.from(
  '464c5601050000000900000000120000260000000000000002000a6f6e4d65746144617461080000000100086475726174696f6e00400a000000000000000009',
  'hex',
);
const text = (words: string): Buffer => Buffer.from(words, 'latin1');
const samples = {
  valid: [
    flv,
    ...['mkv', 'mp4', 'fragmented_mp4', 'hybrid_mp4', 'hybrid_mov'].flatMap(recorded),
    Buffer.concat(Array.from({ length: 4 }, () => Buffer.alloc(188, 0x47))),
    text('#EXTM3U\n#EXT-X-VERSION:3\n'),
    text('<?xml version="1.0"?>\n<!-- a\nb -->\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">'),
  ],
  words: [
    text('duration'),
    ...['ftyp', 'qt  ', 'moov', 'mvhd', 'mdat', 'moof', 'mfra', 'mfro', 'free', 'wide', 'FLV', '#EXTM3U'].map(text),
    ...['<MPD ', '<!--', '-->', '<!---->', '<?', '?>', ' ', '\n'].map(text),
    // EBML header, Segment, Info, TimestampScale, Duration, and sizes that are not known.
    ...['1a45dfa3', '18538067', '1549a966', '2ad7b1', '4489', '01ffffffffffffff', 'ff', '00000001'].map((hex) =>
      Buffer.from(hex, 'hex'),
    ),
  ],
  most: 16 * 1024,
} as const;

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'streamai-fuzz-'));
  file = path.join(folder, 'recording.mkv');
});
afterAll(() => rm(folder, { recursive: true }));

test(
  'any bytes in a recording’s place are told apart',
  async (context) => {
    await fuzz(context, {
      name: 'containers',
      make: (random) => {
        const bytes = broken(random, samples);
        // The disk need not have what the file claims to be long.
        return { bytes, size: random.chance(0.1) ? random.int(0, 2 ** 33) : bytes.length };
      },
      async read({ bytes, size }) {
        const descriptor = openSync(file, 'w');
        writeSync(descriptor, bytes);
        ftruncateSync(descriptor, size);
        closeSync(descriptor);
        for (const stopped of [true, false]) {
          expect(await finalisedNow(file, stopped)).toMatchObject({ found: true, bytes: size });
        }
        const ms = await playTimeMs(file);
        if (ms !== null && !(Number.isInteger(ms) && ms > 0 && ms <= longestPlayMs))
          throw new Error(`it plays for ${ms} ms`);
      },
      show: ({ bytes, size }) => `${size} bytes, of which ${bytes.toString('hex')}`,
    });
  },
  fuzzTimeoutMs,
);
