/** A small picture of what OBS showed when a recording began. It may be missing; a recording never waits for it. */
import type { Log } from '../log.ts';
import type { ObsConnection } from '../obs/connection.ts';
import type { SessionBook } from './session-book.ts';
import type { ThumbnailStore } from './thumbnail-store.ts';

/** Wide enough for a card at twice the density; 320 × 180 at this quality is some 10 kB. */
const picture = { imageFormat: 'jpg', imageWidth: 320, imageCompressionQuality: 60 } as const;
/** More than such a picture ever has. */
const mostBytes = 128 * 1024;
/** OBS is left alone while it starts its encoders (ms). */
const waitMs = 1000;

export interface ThumbnailsPorts {
  readonly obs: Pick<ObsConnection, 'ask'>;
  readonly store: ThumbnailStore;
  readonly book: SessionBook;
  readonly log: Log;
  readonly waitMs?: number;
}

export class Thumbnails {
  readonly #ports: ThumbnailsPorts;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(ports: ThumbnailsPorts) {
    this.#ports = ports;
  }

  /** Takes the picture in a moment; at once returns. */
  takeSoon(sessionId: string): void {
    if (this.#closed) return;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#take(sessionId), this.#ports.waitMs ?? waitMs);
    this.#timer.unref();
  }

  /** No picture is taken any more. */
  close(): void {
    this.#closed = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #take(sessionId: string): Promise<void> {
    const { obs, store, book, log } = this.#ports;
    try {
      const { exactName: sourceName } = await obs.ask('GetCurrentProgramScene');
      const { imageData } = await obs.ask('GetSourceScreenshot', { sourceName, ...picture });
      const jpeg = jpegOf(imageData);
      // The session may have been forgotten meanwhile.
      if (jpeg === null || !book.store.find(sessionId)) return;
      store.save(sessionId, jpeg);
      book.announce(sessionId);
    } catch (error) {
      log.debug({ err: error, sessionId }, 'OBS gave no picture');
    }
  }
}

/** The bytes of a data URI that is a whole JPEG of sane size; null for anything else. */
export function jpegOf(dataUri: string): Buffer | null {
  const base64 = /^data:image\/jpe?g;base64,([A-Za-z0-9+/]+={0,2})$/.exec(dataUri)?.[1];
  if (base64 === undefined || base64.length > Math.ceil(mostBytes / 3) * 4) return null;
  const bytes = Buffer.from(base64, 'base64');
  // Start and end of image (ITU-T T.81, B.1.1.3).
  const whole =
    bytes.length > 4 && bytes.readUInt32BE(0) >>> 8 === 0xffd8ff && bytes.readUInt16BE(bytes.length - 2) === 0xffd9;
  return whole && bytes.length <= mostBytes ? bytes : null;
}
