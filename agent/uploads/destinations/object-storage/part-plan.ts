/** How a file is cut into parts. */

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

export function partCount(fileBytes: number, partBytes: number): number {
  return Math.ceil(fileBytes / partBytes);
}

/** Where part `number` lies; the last one may be shorter. */
export function partRange(number: number, fileBytes: number, partBytes: number): PartRange {
  const start = (number - 1) * partBytes;
  return { number, start, bytes: Math.min(partBytes, fileBytes - start) };
}
