/** One top-level piece of a recording: an MP4 box, or a child of Matroska's Segment. */
export interface Piece {
  readonly type: string;
  readonly at: number;
  /** Bytes in all; undefined while it is not known. */
  readonly size: number | undefined;
}

const matroskaNames: Readonly<Record<string, string>> = {
  '1a45dfa3': 'EBML',
  '18538067': 'Segment',
  '114d9b74': 'SeekHead',
  '1549a966': 'Info',
  '1654ae6b': 'Tracks',
  '1254c367': 'Tags',
  '1f43b675': 'Cluster',
  '1c53bb6b': 'Cues',
  ec: 'Void',
};

/** The top-level boxes of an MP4 file; the last one may reach past the end of a file that is still written. */
export function readBoxes(file: Buffer): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at + 8 <= file.length; ) {
    let size = file.readUInt32BE(at);
    if (size === 1) size = Number(file.readBigUInt64BE(at + 8));
    pieces.push({ type: file.toString('latin1', at + 4, at + 8), at, size: size === 0 ? undefined : size });
    if (size < 8) break;
    at += size;
  }
  return pieces;
}

/** EBML header, Segment and the Segment's children. */
export function readMatroska(file: Buffer): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at + 2 <= file.length; ) {
    const idBytes = vintWidth(file[at] ?? 0);
    const id = file.toString('hex', at, at + idBytes);
    const sizeBytes = vintWidth(file[at + idBytes] ?? 0);
    const size = vintValue(file.subarray(at + idBytes, at + idBytes + sizeBytes));
    const head = idBytes + sizeBytes;
    const type = matroskaNames[id] ?? id;
    pieces.push({ type, at, size: size === undefined ? undefined : head + size });
    at += type === 'Segment' ? head : head + (size ?? 0);
  }
  return pieces;
}

function vintWidth(first: number): number {
  return Math.clz32(first) - 23;
}

/** undefined: all ones, the reserved value for "unknown" (RFC 8794, 6.2). */
function vintValue(bytes: Buffer): number | undefined {
  const marker = 1n << BigInt(7 * bytes.length);
  const value = BigInt(`0x${bytes.toString('hex') || '0'}`) & (marker - 1n);
  return value === marker - 1n ? undefined : Number(value);
}
