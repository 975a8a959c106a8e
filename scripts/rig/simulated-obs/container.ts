import { noiseBytes } from '../noise.ts';
import { defaultVideo } from '../obs-config.ts';

/** How a file is written piece by piece and put right at the end; pure, so that the file's growth is decided elsewhere. */
export interface Container {
  /** The first bytes of the file. */
  header(): Buffer;
  /** One group of pictures, which starts with a key frame. */
  group(frames: readonly Buffer[]): Buffer;
  /** What finalising appends, and which earlier bytes it replaces. */
  finalise(chapters: readonly Chapter[]): { readonly append: Buffer; readonly rewrites: readonly Rewrite[] };
}

/** Bytes that replace others, counted from the beginning of the file. */
export interface Rewrite {
  readonly at: number;
  readonly bytes: Buffer;
}

export interface Chapter {
  readonly name: string;
  readonly atMs: number;
}

/** H.264 main profile at 640×360 as x264 describes it: AVCDecoderConfigurationRecord, ISO/IEC 14496-15, 5.3.3.1. */
export const avcConfig = Buffer.from(
  '014d401fffe1001a674d401fb902205017fcb80880000003008000001e078c18c23001000668e8438f2c80',
  'hex',
);

/** A key frame to go with it, all of one colour, with its length in front; made by x264. */
const picture = Buffer.from(
  '0000005d6588810004fffed544bf996448a140d5c6045dfe45fca95af2c4acab41ac0739f1b600000300000300000300c24bed128860e1' +
    '352600000300ea8035a15d0cb0ae88b88408e0cf12c2143a4650000003000003000003000003000007ed',
  'hex',
);
const fillerNalUnit = 12;

/** Milliseconds that a number of frames lasts. */
export function framesMs(frames: number): number {
  return Math.round((frames * 1000) / defaultVideo.fps);
}

/**
 * One frame in MP4's and Matroska's form: NAL units behind their lengths. A real picture, so that players and ffprobe
 * are content, and noise as filler, so that the file has the size and the entropy of a recording.
 * @param index which frame of the recording this is; frames with different ones differ
 */
export function frame(bytes: number, index: number): Buffer {
  const filler = noiseBytes(Math.max(bytes - picture.length, 16), index);
  filler.writeUInt32BE(filler.length - 4, 0);
  filler[4] = fillerNalUnit;
  return Buffer.concat([picture, filler]);
}
