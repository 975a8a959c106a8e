import { defaultVideo } from '../obs-config.ts';
import { avcConfig, type Chapter, framesMs } from './container.ts';

const unityMatrix = Buffer.concat([u32(0x10000, 0, 0, 0), u32(0x10000, 0, 0, 0), u32(0x4000_0000)]);
/** Seconds from MP4's epoch, 1904, to 1970. */
const epochOffset = 2_082_844_800;

/** Where the samples of a finished file lie: one chunk per group of pictures. */
export interface SampleTable {
  readonly sizes: readonly number[];
  readonly chunks: readonly { readonly at: number; readonly samples: number }[];
}

/** An ISO base media box: ISO/IEC 14496-12, 4.2. */
export function box(type: string, ...content: readonly Buffer[]): Buffer {
  const size = content.reduce((sum, part) => sum + part.length, 8);
  return Buffer.concat([u32(size), Buffer.from(type, 'latin1'), ...content]);
}

export function fullBox(type: string, version: number, flags: number, ...content: readonly Buffer[]): Buffer {
  return box(type, u32(version * 2 ** 24 + flags), ...content);
}

export function u32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => {
    bytes.writeUInt32BE(value, index * 4);
  });
  return bytes;
}

export function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

/** moov with one video track; without samples it announces fragments. */
export function moov(table?: SampleTable, chapters: readonly Chapter[] = []): Buffer {
  const frames = table?.sizes.length ?? 0;
  const created = Math.floor(Date.now() / 1000) + epochOffset;
  const mvhd = fullBox(
    'mvhd',
    0,
    0,
    u32(created, created, 1000, framesMs(frames), 0x10000, 0x0100_0000, 0, 0),
    unityMatrix,
    u32(0, 0, 0, 0, 0, 0, 2),
  );
  const trex = fullBox('trex', 0, 0, u32(1, 1, 0, 0, 0));
  const udta = chapters.length > 0 ? [box('udta', chpl(chapters))] : [];
  return box('moov', mvhd, trak(created, frames, table), ...(table ? [] : [box('mvex', trex)]), ...udta);
}

/** One fragment: moof and its mdat. */
export function fragment(sequence: number, firstFrame: number, frames: readonly Buffer[]): Buffer {
  const moof = (offset: number) => {
    const samples = frames.map((frame, index) => u32(frame.length, index === 0 ? 0x0200_0000 : 0x0101_0000));
    const traf = box(
      'traf',
      fullBox('tfhd', 0, 0x20008, u32(1, 1)), // offsets count from moof; every sample lasts one tick
      fullBox('tfdt', 1, 0, u64(firstFrame)),
      fullBox('trun', 0, 0x601, u32(frames.length, offset), ...samples), // with sizes and flags
    );
    return box('moof', fullBox('mfhd', 0, 0, u32(sequence)), traf);
  };
  return Buffer.concat([moof(moof(0).length + 8), box('mdat', ...frames)]);
}

/** mfra, which closes FFmpeg's fragmented files. */
export function mfra(fragments: readonly { readonly at: number; readonly firstFrame: number }[]): Buffer {
  const entries = fragments.flatMap(({ at, firstFrame }) => [u64(firstFrame), u64(at), Buffer.from([1, 1, 1])]);
  const tfra = fullBox('tfra', 1, 0, u32(1, 0, fragments.length), ...entries);
  return box('mfra', tfra, fullBox('mfro', 0, 0, u32(8 + tfra.length + 16)));
}

function trak(created: number, frames: number, table: SampleTable | undefined): Buffer {
  const size = u32(defaultVideo.width * 0x10000, defaultVideo.height * 0x10000);
  const tkhd = fullBox('tkhd', 0, 3, u32(created, created, 1, 0, framesMs(frames), 0, 0, 0, 0), unityMatrix, size);
  const mdhd = fullBox('mdhd', 0, 0, u32(created, created, defaultVideo.fps, frames, 0x55c4_0000)); // language: und
  const handler = Buffer.from('OBS Video Handler\0', 'latin1');
  const hdlr = fullBox('hdlr', 0, 0, u32(0), Buffer.from('vide', 'latin1'), u32(0, 0, 0), handler);
  const dinf = box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1)));
  const minf = box('minf', fullBox('vmhd', 0, 1, u32(0, 0)), dinf, stbl(table));
  return box('trak', tkhd, box('mdia', mdhd, hdlr, minf));
}

function stbl(table: SampleTable | undefined): Buffer {
  const { sizes, chunks } = table ?? { sizes: [], chunks: [] };
  let next = 1;
  const keyFrames = chunks.map(({ samples }) => {
    const first = next;
    next += samples;
    return first;
  });
  const large = chunks.some(({ at }) => at > 0xffff_ffff);
  const offsets = large
    ? fullBox('co64', 0, 0, u32(chunks.length), ...chunks.map(({ at }) => u64(at)))
    : fullBox('stco', 0, 0, u32(chunks.length, ...chunks.map(({ at }) => at)));
  return box(
    'stbl',
    fullBox('stsd', 0, 0, u32(1), avc1()),
    fullBox('stts', 0, 0, sizes.length > 0 ? u32(1, sizes.length, 1) : u32(0)),
    ...(sizes.length > 0 ? [fullBox('stss', 0, 0, u32(keyFrames.length, ...keyFrames))] : []),
    fullBox('stsc', 0, 0, u32(chunks.length, ...chunks.flatMap(({ samples }, index) => [index + 1, samples, 1]))),
    fullBox('stsz', 0, 0, u32(0, sizes.length, ...sizes)),
    offsets,
  );
}

/** VisualSampleEntry: ISO/IEC 14496-12, 12.1.3. */
function avc1(): Buffer {
  const entry = Buffer.alloc(78);
  entry.writeUInt16BE(1, 6); // data reference
  entry.writeUInt16BE(defaultVideo.width, 24);
  entry.writeUInt16BE(defaultVideo.height, 26);
  entry.writeUInt32BE(0x0048_0000, 28); // 72 dpi
  entry.writeUInt32BE(0x0048_0000, 32);
  entry.writeUInt16BE(1, 40); // frames per sample
  entry.writeUInt16BE(0x18, 74); // depth
  entry.writeInt16BE(-1, 76);
  return box('avc1', entry, box('avcC', avcConfig));
}

/** Nero's chapter list, in units of 100 ns: what FFmpeg and players read. */
function chpl(chapters: readonly Chapter[]): Buffer {
  const entries = chapters.flatMap(({ atMs, name }) => {
    const title = Buffer.from(name, 'utf8').subarray(0, 255);
    return [u64(atMs * 10_000), Buffer.from([title.length]), title];
  });
  return fullBox('chpl', 1, 0, Buffer.from([0, 0, 0, 0, chapters.length]), ...entries);
}
