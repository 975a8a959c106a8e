/**
 * How a file is cut into parts: all of one size where the file is whole, and on a fixed schedule where it still grows and
 * nobody knows how long it will be.
 */

const mebibyte = 1024 * 1024;
/** Few enough requests for a fast line, small enough that a slow one loses little with a part. */
const usualPartBytes = 16 * mebibyte;
/** S3 takes 10,000; RGW caps the body of Complete at 1 MiB by default, so stay well below (facts: `rgw_max_put_param_size`). */
export const mostParts = 6000;

export interface PartRange {
  /** 1-based, as in S3. */
  readonly number: number;
  /** Offset in the file. */
  readonly start: number;
  readonly bytes: number;
}

/** 16 MiB, and as many whole MiB more as keep a larger file within 6,000 parts (from 93 GiB on). */
export function partBytesFor(fileBytes: number): number {
  return Math.max(usualPartBytes, Math.ceil(fileBytes / mostParts / mebibyte) * mebibyte);
}

/** In place of a size in bytes: the schedule of a file that grows. */
export const growing = 0;

/** The least that S3 takes for any part but the last: what is left to send at the end is at most the first part and this. */
const firstStepBytes = 5 * mebibyte;
/** 9.8 GiB in parts of 5 MiB: two hours at 11 Mbit/s. */
const firstStepParts = 2000;
/** Then the size doubles every so many parts: 130 GiB in 4,000, 3.9 TiB in 6,000 parts of at most 5 GiB, S3's largest. */
const stepParts = 400;

/** The schedule's steps: parts of `bytes` each, from number `first` and offset `start` on. */
const steps = Array.from({ length: 1 + (mostParts - firstStepParts) / stepParts }, (_, index) => ({
  bytes: firstStepBytes * 2 ** index,
  first: index === 0 ? 1 : firstStepParts + (index - 1) * stepParts + 1,
  start: index === 0 ? 0 : firstStepBytes * (firstStepParts + stepParts * (2 ** index - 2)),
}));

/** @param partBytes of every part, or `growing` */
export function partCount(fileBytes: number, partBytes: number): number {
  if (partBytes !== growing) return Math.ceil(fileBytes / partBytes);
  if (fileBytes === 0) return 0;
  const step = steps.findLast(({ start }) => start < fileBytes) ?? first();
  return step.first - 1 + Math.ceil((fileBytes - step.start) / step.bytes);
}

/** Where part `number` lies; the last one may be shorter. @param partBytes of every part, or `growing` */
export function partRange(number: number, fileBytes: number, partBytes: number): PartRange {
  const step = partBytes === growing ? (steps.findLast((each) => each.first <= number) ?? first()) : null;
  const bytes = step?.bytes ?? partBytes;
  const start = step === null ? (number - 1) * bytes : step.start + (number - step.first) * bytes;
  return { number, start, bytes: Math.min(bytes, fileBytes - start) };
}

function first(): (typeof steps)[number] {
  const [step] = steps;
  if (step === undefined) throw new Error('the schedule has no steps');
  return step;
}
