/** Where a sound is loud and where it is silent, and how it is cut at its silences: pure, but for the reading. */

/** A stretch of a sound. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

export interface Levels {
  /** Of each frame of `frameMs`: root mean square, in whole dB of full scale; −96 is nothing at all. */
  readonly frames: Int8Array;
}

export const sampleRate = 16_000;
export const bytesPerMs = (sampleRate * 2) / 1000;
export const frameMs = 30;
const frameBytes = frameMs * bytesPerMs;
const nothingDb = -96;

/** A track that is nowhere louder is a muted microphone or a source that was never on. */
const silentDb = -60;
/** Speech stands out of its background by that much. */
const aboveFloorDb = 12;
const belowPeakDb = 10;
const [leastDb, mostDb] = [-65, -35];
/** Silence between words, and stops within them, end nothing. */
const joinMs = 400;
/** A click. */
const shortestMs = 60;
/** The first and last sounds of a word are quiet. */
const paddingMs = 150;
/** Sentences that follow each other so closely are heard together: each one tells what the next is about. */
const togetherMs = 700;

/** @param sound 16 kHz, mono, signed 16 bit little-endian, in chunks of any length */
export async function readLevels(sound: AsyncIterable<Buffer>): Promise<Levels> {
  const frames: number[] = [];
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of sound) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    for (; at + frameBytes <= bytes.length; at += frameBytes) frames.push(levelOf(bytes.subarray(at, at + frameBytes)));
    rest = Buffer.from(bytes.subarray(at));
  }
  if (rest.length >= 2) frames.push(levelOf(rest));
  return { frames: Int8Array.from(frames) };
}

function levelOf(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at + 1 < bytes.length; at += 2) sum += bytes.readInt16LE(at) ** 2;
  const rms = Math.sqrt(sum / Math.floor(bytes.length / 2)) / 32_768;
  return rms === 0 ? nothingDb : Math.max(nothingDb, Math.round(20 * Math.log10(rms)));
}

/** Where somebody may be speaking; nowhere in a track that is silent, everywhere in one that is equally loud throughout. */
export function loudSpans({ frames }: Levels): Span[] {
  const sorted = frames.toSorted();
  const peak = sorted.at(-1) ?? nothingDb;
  if (peak < silentDb) return [];
  const floor = sorted[Math.floor(sorted.length / 10)] ?? nothingDb;
  const threshold = Math.max(leastDb, Math.min(floor + aboveFloorDb, peak - belowPeakDb, mostDb));
  const spans: Span[] = [];
  for (const [index, level] of frames.entries()) {
    if (level < threshold) continue;
    const [startMs, endMs] = [index * frameMs, (index + 1) * frameMs];
    const last = spans.at(-1);
    if (last && startMs - last.endMs < joinMs) spans[spans.length - 1] = { startMs: last.startMs, endMs };
    else spans.push({ startMs, endMs });
  }
  return spans.filter(({ startMs, endMs }) => endMs - startMs >= shortestMs);
}

/**
 * Cuts a sound at its silences; what is silent is in no piece. Where somebody speaks on without a pause it is cut where it is quietest.
 * @param maxMs how long a piece may be
 */
export function pieces(spans: readonly Span[], levels: Levels, maxMs: number): Span[] {
  const endOfAll = levels.frames.length * frameMs;
  const made: Span[] = [];
  for (const span of spans.flatMap((each) => cutLong(each, levels, maxMs - 2 * paddingMs))) {
    const last = made.at(-1);
    const startMs = Math.max(span.startMs - paddingMs, last?.endMs ?? 0);
    const endMs = Math.min(span.endMs + paddingMs, endOfAll);
    if (last && startMs - last.endMs < togetherMs && endMs - last.startMs <= maxMs) {
      made[made.length - 1] = { startMs: last.startMs, endMs };
    } else made.push({ startMs, endMs });
  }
  return made;
}

function cutLong(span: Span, levels: Levels, maxMs: number): Span[] {
  const made: Span[] = [];
  let { startMs } = span;
  while (span.endMs - startMs > maxMs) {
    const cutMs = quietest(levels, startMs + maxMs / 2, startMs + maxMs);
    made.push({ startMs, endMs: cutMs });
    startMs = cutMs;
  }
  return [...made, { startMs, endMs: span.endMs }];
}

/** The middle of the quietest frame between two times. */
function quietest({ frames }: Levels, fromMs: number, toMs: number): number {
  const first = Math.ceil(fromMs / frameMs);
  let best = first;
  for (let index = first; (index + 1) * frameMs <= toMs; index++) {
    if ((frames[index] ?? nothingDb) < (frames[best] ?? nothingDb)) best = index;
  }
  return Math.min(toMs, best * frameMs + frameMs / 2);
}
