/** A part as the journal or the store knows it. */
export interface KnownPart {
  readonly number: number;
  /** Hex. S3's ETag of a part is its MD5. */
  readonly md5: string;
  readonly bytes: number;
}
