/** A part as the store lists it. */
export interface StoredPart {
  readonly number: number;
  /** Without quotes. */
  readonly etag: string;
  readonly bytes: number;
}

/** A part as it was sent, or as it is said to be. */
export interface KnownPart {
  readonly number: number;
  /** Hex. S3's ETag of a part is its MD5. */
  readonly md5: string;
  readonly bytes: number;
  /** The ETag that the store gave it, where that is another one: the store encrypts (KMS), packs, or makes its own. */
  readonly etag?: string;
}
