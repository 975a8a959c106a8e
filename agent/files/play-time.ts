/**
 * How long a closed file plays, as its container says: the Duration of a Matroska segment, the movie header of an MP4 or MOV. A
 * file that was never closed does not say, and of other containers it is not read.
 */
import { ebmlSize, readAt } from './container.ts';
import { type OpenFile, openRecording } from './open-recording.ts';

/** OBS writes the segment's Info behind its SeekHead, well within the first 4 KiB. */
const headBytes = 4096;
/** RFC 9559 (Matroska): IDs of the elements that matter. */
const matroska = { segment: 0x18538067, info: 0x1549a966, timestampScale: 0x2ad7b1, duration: 0x4489 } as const;

/** @returns whole ms; null: it does not say, or cannot be read */
export async function playTimeMs(path: string): Promise<number | null> {
  let file: OpenFile | undefined;
  try {
    file = await openRecording(path);
    const head = await readAt(file, 0, headBytes);
    if (head.length >= 12 && head.readUInt32BE(0) === 0x1a45dfa3) return matroskaMs(head);
    if (head.toString('latin1', 4, 8) === 'ftyp')
      return await isoMs(file, Number((await file.stat({ bigint: true })).size));
  } catch {
    // It may be gone, held by somebody, or damaged.
  } finally {
    await file?.close();
  }
  return null;
}

/** Ticks of `timestampScale` nanoseconds, 1,000,000 where it is left out. */
function matroskaMs(head: Buffer): number | null {
  const header = ebmlSize(head, 4);
  if (header === null) return null;
  const segment = children(head, header.end + header.value, head.length).find(({ id }) => id === matroska.segment);
  if (segment === undefined) return null;
  const info = children(head, segment.from, head.length).find(({ id }) => id === matroska.info);
  if (info === undefined) return null;
  const facts = children(head, info.from, info.to);
  const duration = facts.find(({ id }) => id === matroska.duration);
  const scale = facts.find(({ id }) => id === matroska.timestampScale);
  if (duration === undefined) return null;
  const ticks = duration.to - duration.from === 4 ? head.readFloatBE(duration.from) : head.readDoubleBE(duration.from);
  const nanoseconds = scale === undefined ? 1_000_000 : head.readUIntBE(scale.from, scale.to - scale.from);
  return said((ticks * nanoseconds) / 1_000_000);
}

interface Element {
  readonly id: number;
  readonly from: number;
  readonly to: number;
}

/** RFC 8794 (EBML): the elements one after the other; the last may reach beyond what was read. */
function children(data: Buffer, from: number, to: number): Element[] {
  const found: Element[] = [];
  for (let position = from; position < to && position < data.length; ) {
    const first = data[position] ?? 0;
    const idBytes = Math.clz32(first) - 23;
    if (first === 0 || idBytes > 4 || position + idBytes > data.length) break;
    const size = ebmlSize(data, position + idBytes);
    // An unknown size: the rest.
    const begin = size?.end ?? position + idBytes + 8;
    const end = size === null ? data.length : begin + size.value;
    found.push({ id: data.readUIntBE(position, idBytes), from: begin, to: end });
    position = end;
  }
  return found;
}

/** ISO/IEC 14496-12, 8.2.2: `mvhd` is the first box in `moov`; of fragments alone it says 0. */
async function isoMs(file: OpenFile, size: number): Promise<number | null> {
  let position = 0;
  for (let boxes = 0; boxes < 16 && position + 16 <= size; boxes++) {
    const box = await readAt(file, position, 16);
    const short = box.readUInt32BE(0);
    const length = short === 1 ? Number(box.readBigUInt64BE(8)) : short;
    if (box.toString('latin1', 4, 8) === 'moov') return movieHeaderMs(await readAt(file, position + 8, 48));
    if (length < 8) return null;
    position += length;
  }
  return null;
}

function movieHeaderMs(box: Buffer): number | null {
  if (box.toString('latin1', 4, 8) !== 'mvhd') return null;
  const isLong = box[8] === 1;
  const scale = box.readUInt32BE(isLong ? 28 : 20);
  const ticks = isLong ? Number(box.readBigUInt64BE(32)) : box.readUInt32BE(24);
  return scale === 0 ? null : said((ticks / scale) * 1000);
}

/** Longer than anything that anybody records; what says more is damaged. A year, ms. */
export const longestPlayMs = 366 * 24 * 3600 * 1000;

/** 0 is what stands there until the file is closed. */
function said(ms: number): number | null {
  const whole = Math.round(ms);
  return whole > 0 && whole <= longestPlayMs ? whole : null;
}
