/** How a multipart upload begins: written down, then asked for; and how one of an earlier run is taken up. */
import type { Journal, Multipart } from './journal.ts';
import type { StorageLog } from './log.ts';
import type { S3Client } from './s3/client.ts';
import { abortMultipart, createMultipart, listMultiparts } from './s3/operations.ts';

export interface StartPorts {
  readonly client: S3Client;
  readonly journal: Journal;
  readonly log: StorageLog;
  /** The key of a new object. */
  key(): string;
  /** ms since 1970 */
  now(): number;
}

/** What an upload has, if it lies where the settings say now; else that is to go away. */
export function knownMultipart({ client, journal }: StartPorts, uploadId: string): Multipart | undefined {
  const known = journal.of(uploadId);
  if (known === undefined) return undefined;
  const { endpoint, bucket } = client.account;
  if (known.endpoint === endpoint && known.bucket === bucket) return known;
  giveUp(journal, known);
  return undefined;
}

/** It is not what this upload is about any more. A completed object stays; anything else goes away. */
export function giveUp(journal: Journal, known: Multipart): void {
  if (known.state === 'completed') journal.forget(known.id);
  else journal.abandon(known.uploadId);
}

export function beginMultipart(
  { client, journal, key, now }: StartPorts,
  upload: { readonly id: string; readonly recordingId: string },
  shape: Pick<Multipart, 'content' | 'partBytes'>,
): Multipart {
  const { endpoint, bucket } = client.account;
  const { id: uploadId, recordingId } = upload;
  return journal.begin({ ...shape, uploadId, recordingId, endpoint, bucket, key: key(), createdAt: now() });
}

/**
 * @param again an earlier run asked already, and may have left a multipart that nobody knows the id of
 * @returns the store's id of it
 */
export async function createAtStore(
  { client, journal, log }: StartPorts,
  { id, key, uploadId }: Multipart,
  contentType: string,
  again: boolean,
  signal: AbortSignal,
): Promise<string> {
  if (again) {
    const owned = journal.owned();
    for (const open of await listMultiparts(client, key, signal)) {
      if (open.key === key && !owned.has(open.uploadId)) await abortMultipart(client, open, signal);
    }
  }
  log.debug({ uploadId, key }, 'multipart: creating');
  const s3UploadId = await createMultipart(client, key, contentType, signal);
  log.debug({ uploadId, key }, 'multipart: create answered');
  journal.created(id, s3UploadId);
  log.debug({ uploadId, key }, 'multipart: created');
  return s3UploadId;
}
