/** How a multipart upload begins, written down and then asked for, and how one of an earlier attempt is taken up. */
// Tests: multipart-upload.test.ts
import type { Log } from '../../../log.ts';
import type { FollowJob, SendJob } from '../destination.ts';
import { type ClaimPorts, claimKey, whoseMetadata } from './claim.ts';
import type { Journal, Multipart } from './journal.ts';
import type { S3Client } from './s3/client.ts';
import { isDenied } from './s3/failure.ts';
import type { KnownPart, StoredPart } from './s3/known-part.ts';
import { abortMultipart, createMultipart, listMultiparts, listParts } from './s3/operations.ts';
import { despiteResets } from './s3/repeat.ts';

export interface StartPorts extends ClaimPorts {
  readonly log: Pick<Log, 'debug' | 'info' | 'warn'>;
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

/**
 * Writes down that a multipart is about to be created, under a key of its own. Not once the upload was cancelled: what it had was given up
 * then, and of what is written down later nobody would know that it is to be given up too.
 * @throws the signal's reason
 */
export function beginMultipart(
  { client, journal, key, now }: StartPorts,
  { upload, signal }: Pick<SendJob | FollowJob, 'upload' | 'signal'>,
  shape: Pick<Multipart, 'content' | 'partBytes'>,
): Multipart {
  signal.throwIfAborted();
  const { endpoint, bucket } = client.account;
  const { id: uploadId, recordingId } = upload;
  return journal.begin({ ...shape, uploadId, recordingId, endpoint, bucket, key: key(new Set()), createdAt: now() });
}

/** A multipart that the store knows. */
export type Created = Multipart & { readonly s3UploadId: string };

/**
 * Claims the key of a multipart that was written down, asks the store for the multipart, and writes down the store's id of it.
 * @param again it was asked for before, and the answer not seen: what that may have left at the store is aborted first
 * @returns it with its id and its key, which is another one where the first was taken
 */
export async function createAtStore(
  ports: StartPorts,
  multipart: Multipart,
  contentType: string,
  again: boolean,
  signal: AbortSignal,
): Promise<Created> {
  const { client, journal, log } = ports;
  if (again) await abortUnowned(client, journal, multipart, signal);
  const { id, uploadId, ...claimed } = await claimKey(ports, multipart, signal);
  const { key } = claimed;
  log.debug({ uploadId, key }, 'multipart: creating');
  const create = (): Promise<string> => createMultipart(client, key, contentType, signal);
  let lost = false;
  const s3UploadId = await despiteResets(create, signal, () => {
    // What it may have left is aborted below, and what a busy store makes of it later by the janitor.
    if (!lost) journal.unanswered(id);
    lost = true;
    return true;
  });
  log.debug({ uploadId, key }, 'multipart: create answered');
  journal.created(id, s3UploadId);
  log.debug({ uploadId, key }, 'multipart: created');
  if (lost) await abortUnowned(client, journal, claimed, signal);
  return { id, uploadId, ...claimed, s3UploadId };
}

export const isCreated = (multipart: Multipart): multipart is Created => multipart.s3UploadId !== null;

/**
 * The parts that the store has of a multipart that was begun before. Keys that may not list them go by the journal: a part that
 * only the store has is sent again, under the same number.
 */
export async function partsAtStore(
  { client, journal }: StartPorts,
  { id, key, s3UploadId: uploadId }: Created,
  signal: AbortSignal,
): Promise<StoredPart[]> {
  return await listParts(client, { key, uploadId }, signal).catch((error: unknown) => {
    if (isDenied(error)) return [...journal.parts(id), ...journal.unproven(id)].map(asStored);
    throw error;
  });
}

const asStored = ({ number, md5, bytes, etag = md5 }: KnownPart): StoredPart => ({ number, etag, bytes });

/**
 * Aborts the multiparts under a key that no upload of ours goes on with: their ids are known to nobody but the store. They are another
 * station's where that has claimed the key meanwhile. Keys that may not look, list or abort leave them to the bucket's owner.
 */
export async function abortUnowned(
  client: S3Client,
  journal: Journal,
  { bucket, key }: Pick<Multipart, 'bucket' | 'key'>,
  signal: AbortSignal,
): Promise<void> {
  const owned = journal.owned();
  try {
    const found = await listMultiparts(client, key, signal);
    const unowned = found.filter((open) => open.key === key && !owned.has(open.uploadId));
    if (unowned.length === 0) return;
    // In this order: who has claimed the key before its multipart was listed is seen here.
    const whose = await whoseMetadata(client, { key, claims: journal.claimsUnder(bucket, key) }, signal);
    if (whose === 'other' || whose === 'denied') return;
    for (const open of unowned) await abortMultipart(client, open, signal);
  } catch (error) {
    if (!isDenied(error)) throw error;
  }
}
