/** What is asked of the store besides uploading: does it work, is an object still what it was, what lies around unfinished. */
// Tests: object-storage.test.ts
import { createHash } from 'node:crypto';
import { type ErrorInfo, errorInfo, StreamAIError } from '../../../../shared/errors.ts';
import type { OpenFile } from '../../../files/open-recording.ts';
import { measureFile, openFile } from '../../../files/recording-file.ts';
import { isReset } from '../failures.ts';
import type { OrphanUpload } from '../stored-objects.ts';
import { claimantOf, dropClaim } from './claim.ts';
import { HashedParts } from './hashing/hashed-parts.ts';
import { Hasher } from './hashing/hasher.ts';
import type { Journal, Multipart } from './journal.ts';
import { objectKey } from './object-key.ts';
import type { S3Client } from './s3/client.ts';
import { multipartEtag } from './s3/etag.ts';
import { isDenied } from './s3/failure.ts';
import {
  abortMultipart,
  completeMultipart,
  createMultipart,
  damaged,
  deleteObject,
  getObject,
  headIfAllowed,
  headObject,
  listMultiparts,
  listParts,
  type MultipartRef,
  type ObjectFacts,
  type OpenMultipart,
  rangeMd5,
  uploadPart,
} from './s3/operations.ts';
import { partCount, partRange } from './s3/part-plan.ts';
import { despiteResets } from './s3/repeat.ts';

/** An orphan with what it costs. */
export interface SizedOrphan extends OrphanUpload {
  /** Of its parts. */
  readonly bytes: number;
}

const testText = Buffer.from('StreamAI tests Object Storage with this object and removes it at once.\n');
const testMd5 = createHash('md5').update(testText).digest('hex');

/**
 * A real small round trip: create, one part, complete, look, delete. Nothing of it stays, unless the keys may not delete: then the
 * station's one test object does, and the next tests leave it as it is. Rights that uploads do without are not needed here either.
 * @param station of whose tests there is one object
 * @returns what there is to say although it works; null: nothing
 * @throws StreamAIError naming the fault
 */
export async function testStore(
  client: S3Client,
  prefix: string,
  station: string,
  signal: AbortSignal,
): Promise<ErrorInfo | null> {
  const key = objectKey(prefix, `.streamai-test-${station}`, { session: '', file: '', startedAt: new Date() });
  const etag = multipartEtag([testMd5]);
  // Its content tells where the store's ETags are its own.
  const isOurs = async (found: ObjectFacts): Promise<boolean> =>
    found.bytes === testText.length &&
    (found.etag === etag || (await getObject(client, key, signal))?.equals(testText) === true);
  const before = await headIfAllowed(client, key, signal);
  const stays = before !== null && before !== 'denied' && (await isOurs(before));
  let lost = false;
  const create = (): Promise<string> => createMultipart(client, key, 'text/plain', signal);
  const uploadId = await despiteResets(create, signal, () => {
    lost = true;
    return true;
  });
  const ref = { key, uploadId };
  // Nobody but this station has the key.
  if (lost) await abortOthers(client, ref, signal);
  try {
    const body = async function* () {
      yield testText;
    };
    const own = await uploadPart(client, { ...ref, number: 1, bytes: testText.length, md5: testMd5, body }, signal);
    // Completed again it would be one more version in a bucket that keeps them.
    if (stays && (await unlessDenied(abortMultipart(client, ref, signal))) === null) {
      return await removeTest(client, key, before.versionId ?? null, signal);
    }
    const name = own === undefined ? testMd5 : await etagOf(client, ref, own, signal);
    const complete = (): Promise<unknown> => completeMultipart(client, ref, [name], signal);
    await complete().catch(async (error: unknown) => {
      if (!isReset(error)) throw error;
      // Where only the answer was lost, it would be one more version, or refused.
      const there = await headIfAllowed(client, key, signal);
      if (there === null || there === 'denied' || !(await isOurs(there))) await despiteResets(complete, signal);
    });
    const found = await headIfAllowed(client, key, signal);
    if (found === 'denied') return await removeTest(client, key, null, signal);
    if (found === null || !(await isOurs(found))) {
      throw damaged(client, `the test object has ETag ${found?.etag ?? 'none'}, expected ${etag}`);
    }
    return await removeTest(client, key, found.versionId ?? null, signal);
  } catch (error) {
    // The first fault is the one to tell of, whether the rest can be aborted or not.
    await abortMultipart(client, ref, AbortSignal.timeout(5000)).catch(() => {});
    throw error;
  }
}

/** What a create whose answer was lost may have left under the key. Keys that may not list or abort leave it. */
async function abortOthers(client: S3Client, { key, uploadId }: MultipartRef, signal: AbortSignal): Promise<void> {
  try {
    for (const open of await listMultiparts(client, key, signal)) {
      if (open.key === key && open.uploadId !== uploadId) await abortMultipart(client, open, signal);
    }
  } catch (error) {
    if (!isDenied(error)) throw error;
  }
}

/** How the store calls the only part of a multipart. @param told as it said when it got it: a front may have changed that */
async function etagOf(client: S3Client, ref: MultipartRef, told: string, signal: AbortSignal): Promise<string> {
  const parts = await listParts(client, ref, signal).catch((error: unknown) => {
    if (isDenied(error)) return [];
    throw error;
  });
  return parts[0]?.etag ?? told;
}

async function removeTest(
  client: S3Client,
  key: string,
  versionId: string | null,
  signal: AbortSignal,
): Promise<ErrorInfo | null> {
  // A bucket without versions calls its only one null.
  const denied = await unlessDenied(deleteObject(client, key, signal, versionId === 'null' ? null : versionId));
  return denied === null ? null : errorInfo('storage_test_stays', { key, right: denied.params.right ?? '' });
}

/** @returns the refusal where the keys lack the right; null: it was done */
async function unlessDenied(work: Promise<void>): Promise<StreamAIError | null> {
  try {
    await work;
    return null;
  } catch (error) {
    if (isDenied(error) && error instanceof StreamAIError) return error;
    throw error;
  }
}

/**
 * Compares the object with what was proven when it was uploaded, and the local file with the object.
 * @param path of the local file
 * @throws StreamAIError storage_object_missing | storage_object_differs | file_missing, …
 */
export async function verifyObject(
  client: S3Client,
  multipart: Multipart,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const { key, etag, content } = multipart;
  const found = await headObject(client, key, signal);
  if (found === null) throw new StreamAIError('storage_object_missing', { key });
  if (found.bytes !== content.bytes) throw new StreamAIError('storage_object_differs', { key });
  const measured = await measureFile(path);
  if (measured.bytes !== content.bytes) throw new StreamAIError('storage_object_differs', { key });
  const handle = await openFile(path, measured);
  try {
    const md5s = await md5sOfFile(handle, multipart, signal);
    // Of a store whose ETags are no MD5s, or of another file: the object's bytes tell.
    const same = multipartEtag(md5s) === etag ? found.etag === etag : await readsBack(client, multipart, md5s, signal);
    if (!same) throw new StreamAIError('storage_object_differs', { key });
  } finally {
    await handle.close();
  }
}

/** Reads the object back. @returns whether it is made of parts with these MD5s */
async function readsBack(
  client: S3Client,
  { key, content, partBytes }: Multipart,
  md5s: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  for (const [index, md5] of md5s.entries()) {
    const range = partRange(index + 1, content.bytes, partBytes);
    if ((await rangeMd5(client, key, range, signal)) !== md5) return false;
  }
  return true;
}

async function md5sOfFile(handle: OpenFile, multipart: Multipart, signal: AbortSignal): Promise<string[]> {
  const { key, partBytes, content } = multipart;
  const hasher = new Hasher(handle, key);
  const md5s: string[] = [];
  try {
    const numbers = Array.from({ length: partCount(content.bytes, partBytes) }, (_, index) => index + 1);
    const parts = new HashedParts(
      hasher,
      numbers.map((number) => partRange(number, content.bytes, partBytes)),
    );
    for (let part = await parts.next(); part !== null; part = await parts.next()) {
      signal.throwIfAborted();
      md5s.push(part.md5);
    }
    return md5s;
  } finally {
    await hasher.close();
  }
}

/** Another station's upload may be under way for so long; a day is the longest that a recording usually takes. ms */
const youngMs = 24 * 60 * 60_000;

/** Whether somebody may still be sending it. What the store does not date may be as well. */
const isYoung = ({ initiatedAt }: OpenMultipart): boolean => initiatedAt === null || Date.now() - initiatedAt < youngMs;

/**
 * Ends an orphan, and takes away the claim that kept its key.
 * @param station ours
 * @param sure also one that another station may still be sending
 * @throws StreamAIError storage_orphan_young | storage_orphan_station
 */
export async function endOrphan(
  client: S3Client,
  { key, uploadId }: MultipartRef,
  station: string,
  sure: boolean,
  signal: AbortSignal,
): Promise<void> {
  const under = (await listMultiparts(client, key, signal)).filter((open) => open.key === key);
  const claimant = await claimantOf(client, key, signal);
  const found = under.find((open) => open.uploadId === uploadId);
  if (found !== undefined && !sure) {
    if (claimant !== null && claimant !== station) {
      throw new StreamAIError('storage_orphan_station', { key, station: claimant });
    }
    if (isYoung(found)) throw new StreamAIError('storage_orphan_young', { key });
  }
  await abortMultipart(client, { key, uploadId }, signal);
  // A claim alone would keep the key for ever. Another multipart under it may be the one that it is for.
  if (claimant !== null && under.length <= 1) await dropClaim(client, key, claimant, signal);
}

/** More orphans are not looked at, nor told: each costs a request. */
const mostOrphans = 1000;

/**
 * Multiparts under the prefix that no open upload of ours owns, with what they hold; the first thousand.
 * @param ours our own station
 */
export async function findOrphans(
  client: S3Client,
  journal: Journal,
  prefix: string,
  ours: string,
  signal: AbortSignal,
): Promise<SizedOrphan[]> {
  const owned = journal.owned();
  const orphans: SizedOrphan[] = [];
  for (const open of await listMultiparts(client, prefix, signal)) {
    if (owned.has(open.uploadId)) continue;
    if (orphans.length === mostOrphans) break;
    const parts = listParts(client, open, signal).catch((error: unknown) => {
      // What it costs is not known then.
      if (isDenied(error)) return [];
      throw error;
    });
    const [stored, claimant] = await Promise.all([parts, claimantOf(client, open.key, signal)]);
    const bytes = stored.reduce((sum, part) => sum + part.bytes, 0);
    orphans.push({ ...open, bytes, young: isYoung(open), station: claimant === ours ? null : claimant });
  }
  return orphans;
}
