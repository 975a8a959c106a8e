import { randomBytes } from 'node:crypto';
import { defaultVideo } from '../obs-config.ts';
import { avcConfig, type Container, framesMs, type Rewrite } from './container.ts';

/** Where FFmpeg keeps room for the SeekHead, and how much, in bytes. */
const seekHeadRoom = { at: 52, bytes: 161 } as const;
/** Eight bytes of ones: a size that is not known yet (RFC 8794, 6.2). */
const unknownSize = Buffer.from('01ffffffffffffff', 'hex');
const ids = { segment: '18538067', info: '1549a966', tracks: '1654ae6b', tags: '1254c367', cues: '1c53bb6b' } as const;
const writer = 'Lavf59.27.100';

/**
 * Matroska as FFmpeg's muxer writes it for OBS: while recording the Segment's size is unknown and Void elements keep
 * room for SeekHead and durations; finalising appends Cues and fills the room, all within the first 700 bytes.
 * IDs: RFC 9559.
 */
export class Matroska implements Container {
  readonly #trackUid = randomBytes(8);
  readonly #cues: { timeMs: number; position: number }[] = [];
  #frames = 0;
  #length = 0;
  #infoAt = 0;
  #tracksAt = 0;
  #tagsAt = 0;
  #durationAt = 0;
  #tagDurationAt = 0;

  header(): Buffer {
    const start = Buffer.concat([ebmlHeader, Buffer.from(ids.segment, 'hex'), unknownSize, voidOf(seekHeadRoom.bytes)]);
    const info = this.#info();
    const tracks = this.#tracks();
    const tags = this.#tags();
    this.#infoAt = start.length;
    this.#tracksAt = this.#infoAt + info.length;
    this.#tagsAt = this.#tracksAt + tracks.length;
    this.#durationAt = this.#tracksAt - durationBytes;
    this.#tagDurationAt = this.#tagsAt + tags.length - tagDurationBytes;
    return this.#wrote(Buffer.concat([start, info, tracks, tags]));
  }

  group(frames: readonly Buffer[]): Buffer {
    const startMs = framesMs(this.#frames);
    this.#cues.push({ timeMs: startMs, position: this.#length - seekHeadRoom.at });
    const blocks = frames.map((frame, index) => {
      const head = Buffer.from([0x81, 0, 0, index === 0 ? 0x80 : 0]); // track 1, time within the cluster, key frame
      head.writeInt16BE(framesMs(this.#frames + index) - startMs, 1);
      return element('a3', head, frame);
    });
    this.#frames += frames.length;
    return this.#wrote(element('1f43b675', element('e7', uint(startMs)), ...blocks));
  }

  finalise() {
    const cuesAt = this.#length;
    const append = this.#wrote(
      element(
        ids.cues,
        ...this.#cues.map(({ timeMs, position }) =>
          element(
            'bb',
            element('b3', uint(timeMs)),
            element('b7', element('f7', uint(1)), element('f1', uint(position))),
          ),
        ),
      ),
    );
    const durationMs = framesMs(this.#frames);
    const size = Buffer.alloc(8);
    size.writeBigUInt64BE(BigInt(this.#length - seekHeadRoom.at) | (1n << 56n));
    const rewrites: Rewrite[] = [
      { at: seekHeadRoom.at - size.length, bytes: size },
      { at: seekHeadRoom.at, bytes: this.#seekHead(cuesAt) },
      { at: this.#durationAt, bytes: element('4489', float(durationMs)) },
      { at: this.#tagDurationAt, bytes: tagDuration(durationMs) },
    ];
    return { append, rewrites };
  }

  #wrote(bytes: Buffer): Buffer {
    this.#length += bytes.length;
    return bytes;
  }

  #info(): Buffer {
    return element(
      ids.info,
      element('2ad7b1', uint(1_000_000)), // times are in milliseconds
      element('4d80', text(writer)),
      element('5741', text(writer)),
      element('73a4', randomBytes(16)),
      voidOf(durationBytes),
    );
  }

  #tracks(): Buffer {
    const track = element(
      'ae',
      element('d7', uint(1)),
      element('73c5', this.#trackUid),
      element('9c', uint(0)), // no lacing
      element('22b59c', text('und')),
      element('86', text('V_MPEG4/ISO/AVC')),
      element('83', uint(1)), // video
      element('23e383', uint(Math.round(1e9 / defaultVideo.fps))),
      element('e0', element('b0', uint(defaultVideo.width)), element('ba', uint(defaultVideo.height))),
      element('63a2', avcConfig),
    );
    return element(ids.tracks, track);
  }

  #tags(): Buffer {
    const encoder = element('67c8', element('45a3', text('ENCODER')), element('4487', text(writer)));
    return element(
      ids.tags,
      element('7373', element('63c0'), encoder),
      element('7373', element('63c0', element('63c5', this.#trackUid)), voidOf(tagDurationBytes)),
    );
  }

  #seekHead(cuesAt: number): Buffer {
    const seek = (id: string, at: number) =>
      element('4dbb', element('53ab', Buffer.from(id, 'hex')), element('53ac', uint(at - seekHeadRoom.at)));
    const entries = [
      seek(ids.info, this.#infoAt),
      seek(ids.tracks, this.#tracksAt),
      seek(ids.tags, this.#tagsAt),
      seek(ids.cues, cuesAt),
    ];
    const head = element('114d9b74', ...entries);
    return Buffer.concat([head, voidOf(seekHeadRoom.bytes - head.length)]);
  }
}

const ebmlHeader = element(
  '1a45dfa3',
  element('4286', uint(1)),
  element('42f7', uint(1)),
  element('42f2', uint(4)),
  element('42f3', uint(8)),
  element('4282', text('matroska')),
  element('4287', uint(4)),
  element('4285', uint(2)),
);
const durationBytes = element('4489', float(0)).length;
const tagDurationBytes = tagDuration(0).length;

function tagDuration(ms: number): Buffer {
  const time = new Date(ms).toISOString().slice(11, -1);
  return element('67c8', element('45a3', text('DURATION')), element('4487', text(`${time}000000\0\0`)));
}

/** An EBML element: its ID, the size in as few bytes as it takes, its content. */
function element(id: string, ...content: readonly Buffer[]): Buffer {
  const size = content.reduce((sum, part) => sum + part.length, 0);
  let width = 1;
  while (size >= 2 ** (7 * width) - 1) width++;
  const head = Buffer.alloc(width);
  head.writeUIntBE(size, 0, width);
  head[0] = (head[0] ?? 0) | (0x80 >> (width - 1));
  return Buffer.concat([Buffer.from(id, 'hex'), head, ...content]);
}

/** A Void element of a given length in all, with its size in eight bytes as FFmpeg writes it. */
function voidOf(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  bytes[0] = 0xec;
  bytes.writeBigUInt64BE(BigInt(length - 9) | (1n << 56n), 1);
  return bytes;
}

function uint(value: number): Buffer {
  let width = 1;
  while (value >= 2 ** (8 * width)) width++;
  const bytes = Buffer.alloc(width);
  bytes.writeUIntBE(value, 0, width);
  return bytes;
}

function float(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.from(value, 'utf8');
}
