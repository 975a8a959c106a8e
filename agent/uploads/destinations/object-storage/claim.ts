/**
 * A key is one upload's alone. Several stations may have one bucket, and S3 replaces an object without a word, so the store is
 * asked before anything is sent:
 *
 * - The claim is the JSON beside the object, written with `If-None-Match: *` before the multipart is created: of all who want the
 *   key at one time the store lets one have it (RGW 16, 18 and 20: one of four in each of 100 races). It says whose it is, and
 *   becomes the recording's metadata once the object is complete.
 * - A key under which there is an object or somebody else's JSON is left alone; the next one carries the station's id, so that two
 *   stations do not go on meeting.
 * - Right before Complete it is looked at again. The JSON must still be ours: a store that knows no conditional writes lets two
 *   have a key, and the later one wins. The object must not be there: RGW 16 and 18 ignore `If-None-Match` at Complete and would
 *   replace it (in each of 50 races all four Completes went through; RGW 20 lets one, and refuses the others with 412). A key that
 *   turns out to be taken is left to the other, and the upload begins anew under another one.
 * - The claim of a station that never came back costs 150 bytes and the key, for which others find one of their own. Nobody takes it
 *   away unasked, for that station may be off for weeks and go on; it goes when a person ends the unfinished upload beside it.
 * - Keys that may write but not read cannot look: there the conditional PUT of the claim alone decides.
 */

import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Log } from '../../../log.ts';
import { DestinationError } from '../failures.ts';
import type { Journal, Multipart } from './journal.ts';
import { metadataKey } from './metadata.ts';
import type { S3Client } from './s3/client.ts';
import { isDenied, S3Error } from './s3/failure.ts';
import {
  completeMultipart,
  deleteObject,
  getObject,
  headIfAllowed,
  headObject,
  type MultipartRef,
  putObject,
} from './s3/operations.ts';

export interface ClaimPorts {
  readonly client: S3Client;
  readonly journal: Journal;
  readonly log: Pick<Log, 'info'>;
  /** This machine's id, as keys and claims name it. */
  readonly station: string;
  /** The key of a new object. @param taken those that the store says are taken: it is another one */
  key(taken: ReadonlySet<string>): string;
}

/** Keys that are tried for one upload before it counts as failed for now. */
const mostKeys = 20;

/**
 * Makes a key this upload's alone, the one in the journal or, where that is taken, another one.
 * @returns the multipart with its key; the journal has it, and its claim
 * @throws StreamAIError storage_key_taken when too many are taken
 */
export async function claimKey(ports: ClaimPorts, multipart: Multipart, signal: AbortSignal): Promise<Multipart> {
  const { client, journal, log } = ports;
  const taken = new Set<string>();
  let { key } = multipart;
  for (;;) {
    const found = await headIfAllowed(client, key, signal);
    // Claimed by an earlier attempt, as the journal has it: the store would only say that somebody has it.
    const claimedBefore = found === 'denied' && key === multipart.key && multipart.claims.length > 0;
    if (found === null || found === 'denied') {
      const claimed = { ...multipart, key, claims: [] };
      const claims = await claim(ports, claimed, signal);
      if (claims !== null) return { ...claimed, claims };
      if (claimedBefore) return { ...claimed, claims: journal.claimed(multipart.id, multipart.claims) };
    }
    log.info({ uploadId: multipart.uploadId, key }, 'the key is taken by another recording: the next one is asked for');
    taken.add(key);
    if (taken.size >= mostKeys) throw keyTaken(key);
    key = ports.key(taken);
    journal.setKey(multipart.id, key);
  }
}

/**
 * Looks once more, right before the object is completed.
 * @param etag of the object as it will be: it may be there already, its answer lost
 * @throws StreamAIError storage_key_taken
 */
export async function lookAgain(
  ports: ClaimPorts,
  multipart: Multipart,
  etag: string,
  signal: AbortSignal,
): Promise<void> {
  const { client } = ports;
  const { key, claims } = multipart;
  const [found, beside] = await Promise.all([
    headIfAllowed(client, key, signal),
    whoseMetadata(client, multipart, signal),
  ]);
  if (found !== null && found !== 'denied' && found.etag !== etag) throw keyTaken(key);
  // Keys that may not read: whoever else wants the key has met our claim.
  if (beside === 'ours' || (beside === 'denied' && claims.length > 0)) return;
  // An upload that an older version began has no claim yet; or somebody took the JSON away.
  if (beside === 'other' || (await claim(ports, multipart, signal)) === null) throw keyTaken(key);
}

/**
 * CompleteMultipartUpload that replaces nothing, where the store knows how to (RGW from 20 on; those before ignore the condition).
 * @returns as `completeMultipart`; empty also where an object is there already: HEAD tells whose
 */
export async function completeNew(
  client: S3Client,
  ref: MultipartRef,
  etags: readonly string[],
  signal: AbortSignal,
): Promise<string | null> {
  try {
    return await completeMultipart(client, ref, etags, signal, { 'if-none-match': '*' });
  } catch (error) {
    if (isUnknownCondition(error)) return completeMultipart(client, ref, etags, signal);
    if (error instanceof S3Error && error.params.status === 412) return '';
    throw error;
  }
}

const isUnknownCondition = (error: unknown): boolean =>
  error instanceof S3Error && (error.params.status === 501 || error.s3Code === 'NotImplemented');

/** Puts the JSON beside an object, unless what lies there is somebody else's. @returns whether it was put */
export async function putMetadata(
  client: S3Client,
  journal: Journal,
  { id, key, claims }: Multipart,
  body: Buffer,
  signal: AbortSignal,
): Promise<boolean> {
  // Without a claim it was an older version's, which asked nobody.
  const beside = claims.length === 0 ? 'ours' : await whoseMetadata(client, { key, claims }, signal);
  if (beside === 'other') return false;
  // Before it is put: killed in between, it is known all the same.
  journal.claimed(id, [...claims, md5Of(body)]);
  if (beside === 'ours' || beside === 'denied')
    await putObject(client, metadataKey(key), body, 'application/json', signal);
  else if (!(await putNew(client, metadataKey(key), body, signal))) return false;
  journal.claimed(id, [md5Of(body)]);
  return true;
}

/** Whose the JSON beside an object is; `denied`: these keys may not look. An ETag that is no MD5 (a store that encrypts) says nothing: then its content tells. */
export async function whoseMetadata(
  client: S3Client,
  { key, claims }: Pick<Multipart, 'key' | 'claims'>,
  signal: AbortSignal,
): Promise<'ours' | 'other' | 'nobody' | 'denied'> {
  const found = await headIfAllowed(client, metadataKey(key), signal);
  if (found === 'denied') return found;
  if (found === null) return 'nobody';
  if (claims.includes(found.etag)) return 'ours';
  const content = await getObject(client, metadataKey(key), signal);
  if (content === null) return 'nobody';
  return claims.includes(md5Of(content)) ? 'ours' : 'other';
}

const claimSchema = z.object({ claimedBy: z.literal('StreamAI'), station: z.string().max(100) });

/**
 * Which station has claimed a key that holds nothing yet, by the JSON beside it.
 * @returns null: none has, or it cannot be told
 */
export async function claimantOf(client: S3Client, key: string, signal: AbortSignal): Promise<string | null> {
  try {
    const content = await getObject(client, metadataKey(key), signal);
    return claimSchema.safeParse(JSON.parse(content?.toString() ?? 'null')).data?.station ?? null;
  } catch (error) {
    if (isDenied(error) || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Takes away the claim of a key that nothing will come under any more, unless an object or another claim is there. */
export async function dropClaim(client: S3Client, key: string, station: string, signal: AbortSignal): Promise<void> {
  try {
    if ((await claimantOf(client, key, signal)) !== station || (await headObject(client, key, signal)) !== null) return;
    await deleteObject(client, metadataKey(key), signal);
  } catch (error) {
    // 150 bytes that cost next to nothing: what was asked for is done.
    if (!isDenied(error)) throw error;
  }
}

/** Whether the upload was overtaken by another one that has its key. */
export function isKeyTaken(error: unknown): boolean {
  return error instanceof DestinationError && error.code === 'storage_key_taken';
}

const keyTaken = (key: string): DestinationError => new DestinationError('storage_key_taken', { key });

/** @returns the claims that the multipart has then; null: somebody else's JSON lies there */
async function claim(
  ports: ClaimPorts,
  multipart: Multipart,
  signal: AbortSignal,
): Promise<Multipart['claims'] | null> {
  const { id, key, claims } = multipart;
  const json = claimJson(ports, multipart);
  // Before it is put: cancelled or killed in between, it is taken away all the same.
  const written = ports.journal.claimed(id, [...claims, md5Of(json)]);
  return (await putNew(ports.client, metadataKey(key), json, signal)) ? written : null;
}

/** The same each time: a claim whose answer was lost is known again, also by the next upload of the same recording. */
function claimJson({ station }: Pick<ClaimPorts, 'station'>, { recordingId }: Multipart): Buffer {
  const document = { claimedBy: 'StreamAI', station, recordingId, note: 'The recording beside this is on its way.' };
  return Buffer.from(`${JSON.stringify(document, null, 2)}\n`);
}

/** @returns false: something else lies there */
async function putNew(client: S3Client, key: string, body: Buffer, signal: AbortSignal): Promise<boolean> {
  const put = (headers: Readonly<Record<string, string>>): Promise<void> =>
    putObject(client, key, body, 'application/json', signal, headers);
  try {
    await put({ 'if-none-match': '*' });
    return true;
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    const knowsNoConditions = isUnknownCondition(error);
    if (!knowsNoConditions && error.params.status !== 412 && error.params.status !== 409) throw error;
    const found = await getObject(client, key, signal).catch((denied: unknown) => {
      // It cannot be told whose it is.
      if (isDenied(denied) && !knowsNoConditions) return Buffer.alloc(0);
      if (isDenied(denied)) return null;
      throw denied;
    });
    if (found !== null) return found.equals(body);
    // Gone again meanwhile (409: two at a time), or a store that has to be trusted to be asked by one at a time.
    await put(knowsNoConditions ? {} : { 'if-none-match': '*' });
    return true;
  }
}

const md5Of = (body: Uint8Array): string => createHash('md5').update(body).digest('hex');
