import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { defaultVideo } from '../obs-config.ts';
import { type Chapter, type Container, frame, framesMs, type Rewrite } from './container.ts';
import { Matroska } from './matroska.ts';
import { Mp4 } from './mp4.ts';

/** OBS's format names that can be simulated, and the extensions that OBS gives them. */
const formats: Readonly<Record<string, { extension: string; create: () => Container }>> = {
  mkv: { extension: 'mkv', create: () => new Matroska() },
  mp4: { extension: 'mp4', create: () => new Mp4('mp4') },
  fragmented_mp4: { extension: 'mp4', create: () => new Mp4('fragmented_mp4') },
  hybrid_mp4: { extension: 'mp4', create: () => new Mp4('hybrid_mp4') },
  hybrid_mov: { extension: 'mov', create: () => new Mp4('hybrid_mov') },
};

/** @throws when the simulated OBS cannot record this format */
export function containerFor(format: string): Container {
  const known = formats[format];
  if (!known) throw new Error(`the simulated OBS records ${Object.keys(formats).join(', ')}; not ${format}`);
  return known.create();
}

export function extensionOf(format: string): string {
  return formats[format]?.extension ?? format;
}

/**
 * One file that a recording grows. As with OBS the file is empty at first and then grows by whole groups of pictures,
 * one per second, whatever the bitrate. Writing is synchronous: a file's state never lags behind the events.
 */
export class RecordingFile {
  readonly path: string;
  readonly #container: Container;
  readonly #frameBytes: number;
  readonly #firstFrame: number;
  readonly #chapters: Chapter[] = [];
  #descriptor: number | undefined;
  #created = false;
  #group: Buffer[] = [];
  #frames = 0;
  #length = 0;

  /**
   * @param kbps video bitrate in kbit/s
   * @param firstFrame how many frames the recording's earlier files hold
   */
  constructor(file: string, container: Container, kbps: number, firstFrame: number) {
    this.path = file;
    this.#container = container;
    this.#frameBytes = Math.round((kbps * 1000) / 8 / defaultVideo.fps);
    this.#firstFrame = firstFrame;
    mkdirSync(path.dirname(file), { recursive: true });
  }

  /** Creates the file, empty; once. */
  create(): void {
    if (this.#created) return;
    this.#created = true;
    this.#descriptor = openSync(this.path, 'w');
  }

  get frames(): number {
    return this.#frames;
  }

  get bytes(): number {
    return this.#frames * this.#frameBytes;
  }

  /** Encodes up to this many frames in all; writes what makes whole groups. */
  encodeUpTo(frames: number): void {
    for (; this.#frames < frames; this.#frames++) {
      this.#group.push(frame(this.#frameBytes, this.#firstFrame + this.#frames));
      if (this.#group.length === defaultVideo.fps) this.#flush();
    }
  }

  addChapter(name: string | undefined): void {
    this.#chapters.push({ name: name ?? `Unnamed ${this.#chapters.length + 1}`, atMs: framesMs(this.#frames) });
  }

  /** Writes what is left and the index. The function that it returns puts the header right, at once or later. */
  finish(): () => void {
    this.create();
    this.encodeUpTo(Math.max(this.#frames, 1));
    if (this.#group.length > 0) this.#flush();
    const { append, rewrites } = this.#container.finalise(this.#chapters);
    this.#write({ at: this.#length, bytes: append });
    return () => {
      for (const rewrite of rewrites) this.#write(rewrite);
    };
  }

  /** Lets go of the file as it is. */
  abandon(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #flush(): void {
    this.create();
    const header = this.#length === 0 ? [this.#container.header()] : [];
    const bytes = Buffer.concat([...header, this.#container.group(this.#group)]);
    this.#group = [];
    this.#write({ at: this.#length, bytes });
    this.#length += bytes.length;
  }

  #write({ at, bytes }: Rewrite): void {
    if (this.#descriptor === undefined) return;
    for (let done = 0; done < bytes.length; )
      done += writeSync(this.#descriptor, bytes, done, bytes.length - done, at + done);
  }
}
