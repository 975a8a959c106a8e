import type { Chapter, Container, Rewrite } from './container.ts';
import { box, fragment, mfra, moov, u32, u64 } from './mp4-boxes.ts';

/**
 * mp4: FFmpeg's, useless until it is finalised. fragmented_mp4: FFmpeg's, never rewritten.
 * hybrid_mp4, hybrid_mov: OBS's own, fragmented while recording and plain afterwards.
 */
export type Mp4Kind = 'mp4' | 'fragmented_mp4' | 'hybrid_mp4' | 'hybrid_mov';

/** MP4 as OBS writes it; the layouts were read off OBS 29.0.2's and 32.2.2's files. */
export class Mp4 implements Container {
  readonly #kind: Mp4Kind;
  readonly #sizes: number[] = [];
  readonly #chunks: { at: number; samples: number }[] = [];
  readonly #fragments: { at: number; firstFrame: number }[] = [];
  #length = 0;

  constructor(kind: Mp4Kind) {
    this.#kind = kind;
  }

  header(): Buffer {
    const start = ftyp(this.#kind, true);
    const free = (bytes: number, type = 'free') => box(type, Buffer.alloc(bytes - 8));
    switch (this.#kind) {
      case 'mp4':
        return this.#wrote(Buffer.concat([start, free(8), u32(0), Buffer.from('mdat', 'latin1')]));
      case 'fragmented_mp4':
        return this.#wrote(Buffer.concat([start, moov()]));
      case 'hybrid_mp4':
        return this.#wrote(Buffer.concat([start, free(16), moov()]));
      case 'hybrid_mov':
        return this.#wrote(Buffer.concat([start, free(16, 'wide'), moov()]));
    }
  }

  group(frames: readonly Buffer[]): Buffer {
    const firstFrame = this.#sizes.length;
    this.#fragments.push({ at: this.#length, firstFrame });
    const samples = Buffer.concat(frames);
    const bytes = this.#kind === 'mp4' ? samples : fragment(this.#fragments.length, firstFrame, frames);
    this.#chunks.push({ at: this.#length + bytes.length - samples.length, samples: frames.length });
    for (const { length } of frames) this.#sizes.push(length);
    return this.#wrote(bytes);
  }

  finalise(chapters: readonly Chapter[]) {
    if (this.#kind === 'fragmented_mp4') return { append: mfra(this.#fragments), rewrites: [] };
    const start = ftyp(this.#kind, false);
    // Past 4 GiB mdat's header takes the free box's room, too: 16 bytes with a 64-bit size. FFmpeg keeps mdat's header
    // behind the free box, OBS has it in the free box's place.
    const mdatAt = this.#kind === 'mp4' ? start.length + 8 : start.length;
    const rewrites: Rewrite[] = [
      { at: 0, bytes: start },
      mdatHeader(mdatAt, this.#length - mdatAt, this.#kind === 'mp4' ? start.length : mdatAt),
    ];
    return { append: this.#wrote(moov({ sizes: this.#sizes, chunks: this.#chunks }, chapters)), rewrites };
  }

  #wrote(bytes: Buffer): Buffer {
    this.#length += bytes.length;
    return bytes;
  }
}

function mdatHeader(at: number, size: number, largeAt: number): Rewrite {
  const mdat = Buffer.from('mdat', 'latin1');
  if (size <= 0xffff_ffff) return { at, bytes: Buffer.concat([u32(size), mdat]) };
  return { at: largeAt, bytes: Buffer.concat([u32(1), mdat, u64(size + at - largeAt)]) };
}

/** The brands: OBS swaps iso6 for iso4 once a hybrid file is no longer fragmented. */
function ftyp(kind: Mp4Kind, recording: boolean): Buffer {
  const hybrid = recording ? 'iso6' : 'iso4';
  const brands = {
    mp4: ['isom', 'isom', 'iso2', 'avc1', 'mp41'],
    fragmented_mp4: ['isom', 'isom', 'iso6', 'iso2', 'avc1', 'mp41'],
    hybrid_mp4: [hybrid, hybrid, 'isom', 'obs1', 'iso2', 'avc1', 'mp41'],
    hybrid_mov: ['qt  ', 'qt  '],
  }[kind];
  const [major = '', ...others] = brands;
  return box('ftyp', Buffer.from(major, 'latin1'), u32(512), Buffer.from(others.join(''), 'latin1'));
}
