/** Where a bucket is: its own host, or the first segment of the path. */
import { isIP } from 'node:net';
import { encodeKey } from './url-encoding.ts';

export interface BucketAddress {
  /** Base URL of the storage, such as `https://ewr1.vultrobjects.com`. */
  readonly endpoint: string;
  readonly bucket: string;
}

/**
 * The URL of a bucket, or of an object in it. The bucket stands in the host name (as AWS and Vultr want it) wherever a
 * certificate can cover that: not for addresses, localhost, hosts with a path or buckets with a dot or capitals.
 */
export function bucketUrl({ endpoint, bucket }: BucketAddress, key = ''): URL {
  const url = new URL(endpoint);
  const base = url.pathname.replace(/\/+$/, '');
  const host = url.hostname;
  const inHost =
    base === '' && host.includes('.') && !isIP(host.replace(/^\[|\]$/g, '')) && /^[a-z0-9-]+$/.test(bucket);
  if (inHost) url.hostname = `${bucket}.${host}`;
  url.pathname = `${base}/${inHost ? '' : bucket + (key === '' ? '' : '/')}${encodeKey(key)}`;
  return url;
}

/** The region that signatures name: Vultr's is the first label of its host, AWS's stands after `s3`; else S3's default. */
export function regionOf(endpoint: string): string {
  const { hostname } = new URL(endpoint);
  return (
    /^([a-z]+\d+)\.vultrobjects\.com$/.exec(hostname)?.[1] ??
    /(?:^|\.)s3[.-]([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com/.exec(hostname)?.[1] ??
    'us-east-1'
  );
}
