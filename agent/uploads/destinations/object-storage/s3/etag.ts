/** ETags as S3 makes them for multipart objects. */
import { createHash } from 'node:crypto';

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

/** An ETag as it stands in headers and XML, in quotes or without; a front that packs answers marks it as weak (`W/`). */
export function plainEtag(etag: string): string {
  return etag
    .trim()
    .replace(/^W\/(?=")/i, '')
    .replace(/^"|"$/g, '')
    .toLowerCase();
}
