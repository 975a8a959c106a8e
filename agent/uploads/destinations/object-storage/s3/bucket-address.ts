/** Where a bucket is: its own host, or the first segment of the path. */

import { isIP } from 'node:net';
import { withoutTrailingSlashes } from '../../../../trailing-slashes.ts';
import { encodeKey } from './url-encoding.ts';

export interface BucketAddress {
  /** Base URL of the storage, such as `https://ewr1.vultrobjects.com`. */
  readonly endpoint: string;
  readonly bucket: string;
}

/** How a bucket is named in a URL: in the host where a certificate can cover that (`auto`), always there, or in the path. */
export type Addressing = 'auto' | 'host' | 'path';

/**
 * The store itself, where the endpoint was given with the bucket in it, as consoles show a bucket's address: in front of the host, or
 * at the end of the path. Of a host that has two names without it (`shows.nas.example`), it cannot be told whether they are the store's
 * or the bucket is called as the store is: as the bucket's host the address is the one that was given, whichever it is, and by the
 * path it is taken as it stands.
 */
function storeUrl({ endpoint, bucket }: BucketAddress, byPath = false): URL {
  const url = new URL(endpoint);
  const rest = url.hostname.slice(bucket.length + 1);
  const fewestNames = byPath || rest === 'vultrobjects.com' ? 3 : 2;
  if (url.hostname.startsWith(`${bucket}.`) && rest.split('.').length >= fewestNames && !isIP(url.hostname)) {
    url.hostname = rest;
  }
  const base = withoutTrailingSlashes(url.pathname);
  url.pathname = base.endsWith(`/${bucket}`) ? base.slice(0, -bucket.length - 1) : base;
  return url;
}

/** Whether `auto` names the bucket in the host: not for addresses, localhost, hosts with a path or buckets with a dot or capitals. */
export function fitsInHost(address: BucketAddress): boolean {
  const { hostname, pathname } = storeUrl(address);
  const named = hostname.includes('.') && !isIP(hostname.replace(/^\[|\]$/g, ''));
  return pathname === '/' && named && /^[a-z0-9-]+$/.test(address.bucket);
}

/** The URL of a bucket, or of an object in it. */
export function bucketUrl(address: BucketAddress, key = '', addressing: Addressing = 'auto'): URL {
  const { bucket } = address;
  const inHost = addressing === 'host' || (addressing === 'auto' && fitsInHost(address));
  const url = storeUrl(address, !inHost);
  const base = withoutTrailingSlashes(url.pathname);
  if (inHost) url.hostname = `${bucket}.${url.hostname}`;
  url.pathname = `${base}/${inHost ? '' : bucket + (key === '' ? '' : '/')}${encodeKey(key)}`;
  return url;
}

/** The region that signatures name: Vultr's is the first label of its host, AWS's stands after `s3`; else S3's default. */
export function regionOf(address: BucketAddress): string {
  const { hostname } = storeUrl(address);
  return (
    /^([a-z]+\d+)\.vultrobjects\.com$/.exec(hostname)?.[1] ??
    /(?:^|\.)s3[.-]([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com/.exec(hostname)?.[1] ??
    'us-east-1'
  );
}
