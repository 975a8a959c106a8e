/** How a multipart upload begins, written down and then asked for, and how one of an earlier attempt is taken up. */
import type { Log } from '../../../log.ts';
import type { Journal, Multipart } from './journal.ts';
import type { S3Client } from './s3/client.ts';
import { abortMultipart, createMultipart, listMultiparts } from './s3/operations.ts';

export interface StartPorts {
  readonly client: S3Client;
  readonly journal: Journal;
  readonly log: Pick<Log, 'debug' | 'info' | 'warn'>;
  /** The key of a new object. */
  key(): string;
  /** ms since 1970 */
  now(): number;
}

/** What the journal has of an upload, if it lies where the settings say now; what lies elsewhere is given up. */
export function takeUp({ client, journal }: StartPorts, uploadId: string): Multipart | undefined {
  const found = journal.of(uploadId);
  if (found === undefined) return undefined;
  const { endpoint, bucket } = client.account;
  if (found.endpoint === endpoint && found.bucket === bucket) return found;
  giveUp(journal, found);
  return undefined;
}

/** The upload does not go on with it: what the store has of it is to be taken away, but for a completed object. */
export function giveUp(journal: Journal, multipart: Multipart): void {
  if (multipart.state === 'completed') journal.forget(multipart.id);
  else journal.abandon(multipart.uploadId);
}

/** Writes down that a multipart is about to be created, under a key of its own. */
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
 * Asks the store for the multipart that was written down, and writes down the store's id of it.
 * @param again it was asked for before, and the answer not seen: what that may have left at the store is aborted first
 * @returns the store's id
 */
export async function createAtStore(
  { client, journal, log }: StartPorts,
  { id, key, uploadId }: Multipart,
  contentType: string,
  again: boolean,
  signal: AbortSignal,
): Promise<string> {
  if (again) await abortUnowned(client, journal, key, signal);
  log.debug({ uploadId, key }, 'multipart: creating');
  const s3UploadId = await createMultipart(client, key, contentType, signal);
  log.debug({ uploadId, key }, 'multipart: create answered');
  journal.created(id, s3UploadId);
  log.debug({ uploadId, key }, 'multipart: created');
  return s3UploadId;
}

/** Aborts the multiparts under a key that no upload of ours goes on with: their ids are known to nobody but the store. */
export async function abortUnowned(
  client: S3Client,
  journal: Journal,
  key: string,
  signal: AbortSignal,
): Promise<void> {
  const owned = journal.owned();
  for (const open of await listMultiparts(client, key, signal)) {
    if (open.key === key && !owned.has(open.uploadId)) await abortMultipart(client, open, signal);
  }
}
