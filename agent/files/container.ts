/**
 * What kind of file this is and whether OBS has closed it, read from its bytes. Names lie: OBS can write MP4 into a file called .mkv.
 * Marks of a closed file, as OBS 29 and 32 were seen to write them:
 * - Matroska: the Segment's size, unknown (01 FF FF FF FF FF FF FF) while recording
 * - MP4, MOV: `mdat` has its size and `moov` reaches to the end of the file; hybrid files are fragments behind a 16-byte
 *   placeholder (`free`, `wide`) until then; fragmented ones end in `mfra`
 * - FLV: a duration other than 0 in onMetaData
 * - MPEG-TS and playlists (HLS, DASH) have none
 */
import type { Container } from '../../shared/domain.ts';
import { withoutMark } from '../decode-text.ts';
import { fromRoot } from '../markup-root.ts';
import type { OpenFile } from './open-recording.ts';

export interface Probe {
  readonly container: Container;
  /** `unmarked`: this container does not tell. */
  readonly closed: 'closed' | 'open' | 'unmarked';
  /** Whether it begins as a recording does, also one of a container that is none of ours; or has not begun yet. */
  readonly recognised: boolean;
}

/** Enough for the EBML header and the start of the Segment, and for FLV's metadata. */
const headBytes = 4096;

/**
 * Reads the file's first 4 KiB, and of MP4 and MOV 16 bytes each at the boxes and at the end.
 * @param size the file's size at the same moment, bytes
 * @throws the file system's error
 */
export async function probeContainer(file: Pick<OpenFile, 'read'>, size: number): Promise<Probe> {
  const head = await readAt(file, 0, Math.min(headBytes, size));
  const probe = await probeHead(file, head, size);
  return { ...probe, recognised: size === 0 || probe.container !== 'unknown' || isOtherMedia(head) };
}

/** What OBS's FFmpeg output writes besides: AVI and others in RIFF, Ogg, MXF, NUT, ASF, MPEG-PS; by their first bytes. */
function isOtherMedia(head: Buffer): boolean {
  const text = head.toString('latin1', 0, 14);
  if (/^RIFF[\s\S]{4}(?:AVI |WAVE)|^OggS|^nut\/multimedia/.test(text)) return true;
  return ['060e2b34', '3026b275', '000001ba'].includes(head.toString('hex', 0, 4));
}

async function probeHead(file: Pick<OpenFile, 'read'>, head: Buffer, size: number): Promise<Omit<Probe, 'recognised'>> {
  if (head.length < 12) return { container: 'unknown', closed: size === 0 ? 'open' : 'unmarked' };
  if (head.readUInt32BE(0) === 0x1a45dfa3)
    return { container: 'mkv', closed: matroskaClosed(head, size) ? 'closed' : 'open' };
  if (head.toString('latin1', 4, 8) === 'ftyp') {
    const container = head.toString('latin1', 8, 12) === 'qt  ' ? 'mov' : 'mp4';
    return { container, closed: (await isoClosed(file, size)) ? 'closed' : 'open' };
  }
  if (head.toString('latin1', 0, 3) === 'FLV') return { container: 'flv', closed: flvClosed(head) ? 'closed' : 'open' };
  if (isPlaylist(head)) return { container: 'playlist', closed: 'unmarked' };
  // MPEG-TS: 188-byte packets, each begins with 0x47
  if (head[0] === 0x47 && (head.length <= 188 || head[188] === 0x47)) return { container: 'ts', closed: 'unmarked' };
  return { container: 'unknown', closed: 'unmarked' };
}

/** RFC 8216, 4.3.1.1: the first line is #EXTM3U. ISO/IEC 23009-1: the root element is MPD. */
function isPlaylist(head: Buffer): boolean {
  const text = withoutMark(head.toString('utf8'));
  return text.startsWith('#EXTM3U') || /^<MPD[\s>]/.test(fromRoot(text));
}

export async function readAt(file: Pick<OpenFile, 'read'>, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** RFC 8794 (EBML): an element is ID, size, data; a size of all ones is unknown. */
function matroskaClosed(head: Buffer, size: number): boolean {
  const header = ebmlSize(head, 4);
  if (header === null) return false;
  const segment = header.end + header.value;
  if (segment + 12 > head.length || head.readUInt32BE(segment) !== 0x18538067) return false;
  const length = ebmlSize(head, segment + 4);
  return length !== null && length.value > 0 && length.end + length.value <= size;
}

export function ebmlSize(data: Buffer, offset: number): { value: number; end: number } | null {
  const first = data[offset];
  if (first === undefined || first === 0) return null;
  const length = Math.clz32(first) - 23;
  if (offset + length > data.length) return null;
  let value = BigInt(first) & ((1n << BigInt(8 - length)) - 1n);
  for (let index = 1; index < length; index++) value = (value << 8n) | BigInt(data[offset + index] ?? 0);
  return value === (1n << BigInt(7 * length)) - 1n ? null : { value: Number(value), end: offset + length };
}

/** ISO/IEC 14496-12 boxes: 4 bytes size (1: a 64-bit size stands behind the type, 0: to the end), 4 bytes type. */
async function isoClosed(file: Pick<OpenFile, 'read'>, size: number): Promise<boolean> {
  let position = 0;
  // A closed file has four or five boxes. One with fragments has more, and its end tells.
  for (let boxes = 0; boxes < 16 && position + 8 <= size; boxes++) {
    const box = await readAt(file, position, Math.min(16, size - position));
    if (box.length < 8) return false;
    const type = box.toString('latin1', 4, 8);
    if (type === 'moof') return endsInMfra(file, size);
    let length = box.readUInt32BE(0);
    if (length === 1 && box.length >= 16) length = Number(box.readBigUInt64BE(8));
    if (length < 8) return false;
    position += length;
    if (type === 'moov' && position === size) return true;
  }
  return false;
}

/** The Movie Fragment Random Access box is the last one, and its last 16 bytes are an `mfro` box with its length (14496-12, 8.8.11). */
async function endsInMfra(file: Pick<OpenFile, 'read'>, size: number): Promise<boolean> {
  const end = await readAt(file, size - 16, 16);
  return end.length === 16 && end.toString('latin1', 4, 8) === 'mfro';
}

function flvClosed(head: Buffer): boolean {
  const key = head.indexOf('duration', 0, 'latin1');
  // AMF0: key, marker 0 (number), 8 bytes double
  return key >= 0 && key + 17 <= head.length && head[key + 8] === 0 && head.readDoubleBE(key + 9) > 0;
}
