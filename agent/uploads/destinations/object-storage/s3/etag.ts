/** ETags: as S3 makes them, and as others do. */
import { createHash } from 'node:crypto';
import type { KnownPart } from './known-part.ts';

/**
 * The ETag of an object made of these parts: the MD5 of the parts' MD5s, then `-` and their count. Documented by nobody,
 * relied on by everybody; RGW makes it in the same way.
 * @param md5s of the parts in their order, hex
 * @returns without quotes
 */
export function multipartEtag(md5s: readonly string[]): string {
  const hash = createHash('md5');
  for (const md5 of md5s) hash.update(md5, 'hex');
  return `${hash.digest('hex')}-${md5s.length}`;
}

/**
 * An ETag as it stands in headers and XML, in quotes or without; a front that packs answers marks it as weak (`W/`). Hex of either
 * case is the same, other letters are not.
 */
export function plainEtag(etag: string): string {
  const plain = etag
    .trim()
    .replace(/^W\/(?=")/i, '')
    .replace(/^"|"$/g, '');
  return /^[\da-f]{32}(-\d+)?$/i.test(plain) ? plain.toLowerCase() : plain;
}

/** Whether it looks like an MD5; only of a store that makes its ETags so does it also say what the part's bytes are. */
export const isMd5 = (etag: string): boolean => /^[\da-f]{32}$/.test(etag);

/**
 * Whether an object's ETag, another one than was computed, shows that the object is another one: it is made as S3 makes them, at a
 * store that has named each of the object's parts by its MD5.
 */
export const isOthersEtag = (etag: string, parts: readonly KnownPart[]): boolean =>
  /^[\da-f]{32}-\d+$/.test(etag) && parts.every((part) => part.etag === undefined);
