import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cpuMs, longestTurnMs } from '../cpu-fixture.ts';
import { type Probe, probeContainer } from './container.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'streamai-container-'));
});
afterAll(() => rm(folder, { recursive: true }));

const bytes = (...parts: (string | number[] | Buffer)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))));
const box = (type: string, body: Buffer | number = 8): Buffer => {
  const content = typeof body === 'number' ? Buffer.alloc(body, 7) : body;
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + content.length);
  head.write(type, 4, 'latin1');
  return bytes(head, content);
};
const bigBox = (type: string, length: number): Buffer => {
  const head = Buffer.alloc(16);
  head.writeUInt32BE(1);
  head.write(type, 4, 'latin1');
  head.writeBigUInt64BE(BigInt(16 + length), 8);
  return bytes(head, Buffer.alloc(length, 7));
};
const ftyp = box('ftyp', bytes('isom', [0, 0, 2, 0], 'isomavc1'));
const quicktime = box('ftyp', bytes('qt  ', [0, 0, 2, 0], 'qt  '));
const fragment = bytes(box('moof', 40), box('mdat', 500));
const mfra = box('mfra', bytes(Buffer.alloc(20), box('mfro', bytes([0, 0, 0, 0, 0, 0, 0, 44]))));

// As OBS 29 and 32 write it: EBML header of 40 bytes, then the Segment with an 8-byte size.
const ebml = bytes([0x1a, 0x45, 0xdf, 0xa3, 0xa3], Buffer.alloc(35, 1));
const segment = (size: number[], data = 600): Buffer =>
  bytes(ebml, [0x18, 0x53, 0x80, 0x67], size, Buffer.alloc(data, 5));
const flv = (duration: number): Buffer => {
  const value = Buffer.alloc(8);
  value.writeDoubleBE(duration);
  return bytes(
    'FLV',
    [1, 5, 0, 0, 0, 9],
    Buffer.alloc(20),
    'onMetaData',
    [8, 0, 0, 0, 13, 0, 8],
    'duration',
    [0],
    value,
    Buffer.alloc(400),
  );
};
const packets = bytes(...Array.from({ length: 4 }, () => bytes([0x47], Buffer.alloc(187, 3))));

const table: [string, Buffer, Probe['container'], Probe['closed']][] = [
  ['Matroska with an unknown segment size', segment([1, 255, 255, 255, 255, 255, 255, 255]), 'mkv', 'open'],
  ['Matroska with its size', segment([1, 0, 0, 0, 0, 0, 2, 88]), 'mkv', 'closed'],
  ['Matroska that is shorter than it says', segment([1, 0, 0, 0, 0, 0, 2, 88], 500), 'mkv', 'open'],
  ['Matroska with a one-byte unknown size', segment([255]), 'mkv', 'open'],
  [
    'MP4 whose mdat has no size yet',
    bytes(ftyp, box('free', 0), [0, 0, 0, 0], 'mdat', Buffer.alloc(400)),
    'mp4',
    'open',
  ],
  ['MP4 with its index at the end', bytes(ftyp, box('free', 0), box('mdat', 900), box('moov', 90)), 'mp4', 'closed'],
  ['MP4 with a 64-bit mdat', bytes(ftyp, bigBox('mdat', 900), box('moov', 90)), 'mp4', 'closed'],
  ['MP4 whose index is cut', bytes(ftyp, box('mdat', 900), box('moov', 90)).subarray(0, -5), 'mp4', 'open'],
  [
    'MP4 with something behind its index',
    bytes(ftyp, box('mdat', 900), box('moov', 90), Buffer.alloc(9)),
    'mp4',
    'open',
  ],
  ['hybrid MP4 while recording', bytes(ftyp, box('free', 8), box('moov', 90), fragment, fragment), 'mp4', 'open'],
  [
    'hybrid MP4 with its index but the old header',
    bytes(ftyp, box('free', 8), box('moov', 90), fragment, box('moov', 90)),
    'mp4',
    'open',
  ],
  ['hybrid MOV while recording', bytes(quicktime, box('wide', 8), box('moov', 90), fragment), 'mov', 'open'],
  ['hybrid MOV, closed', bytes(quicktime, bigBox('mdat', 900), box('moov', 90)), 'mov', 'closed'],
  ['fragmented MP4 while recording', bytes(ftyp, box('moov', 90), fragment, fragment), 'mp4', 'open'],
  ['fragmented MP4, closed', bytes(ftyp, box('moov', 90), fragment, fragment, mfra), 'mp4', 'closed'],
  ['FLV without a duration', flv(0), 'flv', 'open'],
  ['FLV with its duration', flv(3.25), 'flv', 'closed'],
  ['MPEG-TS, which cannot tell', packets, 'ts', 'unmarked'],
  ['a playlist of HLS', Buffer.from('#EXTM3U\n#EXT-X-VERSION:3\n'), 'playlist', 'unmarked'],
  ['one with a mark, under any name', Buffer.from('\uFEFF#EXTM3U\r\nx0.ts\r\n'), 'playlist', 'unmarked'],
  [
    'a manifest of DASH',
    Buffer.from('<?xml version="1.0"?>\n<!-- a\nb -->\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">'),
    'playlist',
    'unmarked',
  ],
  ['other XML', Buffer.from('<?xml version="1.0"?>\n<svg><MPD/></svg>'), 'unknown', 'unmarked'],
  ['an empty file', Buffer.alloc(0), 'unknown', 'open'],
  ['a few bytes', Buffer.from('hello'), 'unknown', 'unmarked'],
  ['another kind of file', Buffer.alloc(5000, 1), 'unknown', 'unmarked'],
];
test.each(table)('%s', async (name, content, container, closed) => {
  const file = path.join(folder, name.replaceAll(/\W/g, '-'));
  await writeFile(file, content);
  await using handle = await open(file, 'r');
  const recognised = container !== 'unknown' || content.length === 0;
  expect(await probeContainer(handle, content.length)).toEqual({ container, closed, recognised });
});

test.each<[string, Buffer, boolean]>([
  ['Matroska', segment([1, 255, 255, 255, 255, 255, 255, 255]), true],
  ['FLV', flv(0), true],
  ['AVI', bytes('RIFF', [0, 0, 0, 0], 'AVI LIST', Buffer.alloc(20)), true],
  ['Ogg', bytes('OggS', Buffer.alloc(20)), true],
  ['MXF', bytes([6, 0x0e, 0x2b, 0x34], Buffer.alloc(20)), true],
  ['NUT', bytes('nut/multimedia container\0'), true],
  ['nothing yet', Buffer.alloc(0), true],
  ['a WebP picture', bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8 ', Buffer.alloc(20)), false],
  ['a private key', bytes('-----BEGIN OPENSSH PRIVATE KEY-----'), false],
  ['zeros, as a power cut leaves them', Buffer.alloc(5000), false],
  ['text that names one', bytes('a file of the kind RIFF    AVI '), false],
])('whether %s begins as a recording: %#', async (_what, content, recognised) => {
  const file = path.join(folder, 'x');
  await writeFile(file, content);
  const handle = await open(file);
  expect((await probeContainer(handle, content.length)).recognised).toBe(recognised);
  await handle.close();
});

test.each(['<!---->', '<!-- -->', '<?x?>', ' ', '<!--', '<?'])(
  'a file that begins with nothing but %j is looked at in no time',
  async (piece) => {
    const file = path.join(folder, 'slow');
    await writeFile(file, piece.repeat(4096 / piece.length));
    await using handle = await open(file, 'r');
    const probed = async () => expect(await probeContainer(handle, 4096)).toMatchObject({ container: 'unknown' });
    expect(await cpuMs(probed)).toBeLessThan(longestTurnMs);
  },
);
