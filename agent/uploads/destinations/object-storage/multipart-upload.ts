/**
 * One file becomes one object. The steps, each in the journal before it is taken:
 *
 * 1. begin: the key is chosen (`creating`)
 * 2. create: the key is claimed (`claim.ts`), then CreateMultipartUpload; the store's id of it is written down (`sending`)
 * 3. parts: several at once, each with its MD5, each written down once the store has acknowledged it, with its ETag
 * 4. complete: the key is looked at again; the object's ETag is computed here and written down (`completing`), then
 *    CompleteMultipartUpload (`verifying`)
 * 5. prove: HEAD says this ETag and the file's size (`completed`); with keys that may not read, Complete's answer is the proof
 *
 * Stores that encrypt, packing gateways and others have ETags of their own. There each part is proven by its Content-MD5, which the
 * store has compared before it acknowledged the part, and the object by its size and the claim of its key. An ETag shows damage only
 * where it looks like an MD5 and other parts of the same upload have theirs as ETags; where all look like MD5s and none is, one part
 * is read back to tell.
 *
 * Wherever an attempt ended (killed, disconnected, paused, refused), the next one goes through the same steps, and leaves out
 * what it finds done:
 *
 * - The journal has an ETag: Complete may have reached the store, so HEAD comes first. Where the object is there, that is all.
 *   Complete is not repeated before HEAD was asked (RGW mixes racing Completes up: ceph#16732).
 * - The create was asked for, its answer not seen: what lies under the key and is no upload's of ours is aborted, then it is
 *   asked for again.
 * - The store's id is known: ListParts. A part that journal and store agree on is done. One that only the store has (killed
 *   between the acknowledgement and the journal) is compared with the file. Every other one is sent.
 * - The store does not know the multipart any more (a lifecycle rule, aborted by somebody else), or the key turns out to be
 *   somebody else's: it is given up and begun anew within the attempt, a few times. So is one of another content, or under another bucket than the one that is set now.
 * - It was begun while OBS wrote the file: `follow-file.ts` tells what then counts.
 *
 * Whatever happens, no part is sent while an earlier sending of the same part may still arrive, nor is Complete asked for while
 * any may (RGW: ceph#55042, ceph#58082): a connection that broke is closed before anything is sent again.
 */
import type { StoredObject } from '../../../../shared/domain.ts';
import type { OpenFile } from '../../../files/open-recording.ts';
import { checkUnchanged, openFile } from '../../../files/recording-file.ts';
import type { SendJob } from '../destination.ts';
import type { Pacer } from '../pacer.ts';
import { completeNew, isKeyTaken, lookAgain, whoseMetadata } from './claim.ts';
import { Hasher } from './hashing/hasher.ts';
import type { Multipart } from './journal.ts';
import {
  beginMultipart,
  type Created,
  createAtStore,
  giveUp,
  isCreated,
  partsAtStore,
  type StartPorts,
  takeUp,
} from './multipart-start.ts';
import { RestOfParts } from './parts/rest-of-parts.ts';
import { planResume, type ResumePlan } from './parts/resume-plan.ts';
import { sendParts } from './parts/send-parts.ts';
import { TransferProgress } from './parts/transfer-progress.ts';
import { isMd5, isOthersEtag, multipartEtag } from './s3/etag.ts';
import { isDenied, isLost } from './s3/failure.ts';
import type { KnownPart, StoredPart } from './s3/known-part.ts';
import { answerLost, damaged, headIfAllowed, type MultipartRef, rangeMd5 } from './s3/operations.ts';
import { partBytesFor, partCount, partRange } from './s3/part-plan.ts';
import { despiteResets } from './s3/repeat.ts';

export interface MultipartPorts extends StartPorts {
  readonly pacer: Pacer;
  readonly contentType: string;
}

/** Of all parts, in their order. */
interface SentParts {
  readonly md5s: readonly string[];
  /** As Complete names them. */
  readonly etags: readonly string[];
}

const refOf = ({ key, s3UploadId: uploadId }: Created): MultipartRef => ({ key, uploadId });

/** A Complete that was reset later than this may be under way at the store. ms */
const joiningMs = 3000;
/** How often one attempt begins anew what the store does not know any more. */
const mostRounds = 3;

/**
 * @returns the object, proven: its ETag is the one computed here, its size the file's
 * @throws StreamAIError; what was stored stays, and the next attempt goes on from there
 */
export async function uploadMultipart(ports: MultipartPorts, job: SendJob): Promise<StoredObject> {
  const handle = await openFile(job.path, job.content);
  try {
    for (let round = 1; ; round += 1) {
      // Its thread starts while the store is asked for the multipart.
      const hasher = new Hasher(handle, job.fileName);
      try {
        return await new Round(ports, job, handle, hasher).run();
      } catch (error) {
        if (!(isLost(error) || isKeyTaken(error)) || round >= mostRounds) throw error;
        // A Complete whose answer was lost ends a multipart too: then the next round finds the object.
        const completing = ports.journal.of(job.upload.id)?.etag != null;
        if (isKeyTaken(error) || !completing || round > 1) ports.journal.abandon(job.upload.id);
      } finally {
        await hasher.close();
      }
    }
  } finally {
    await handle.close();
  }
}

class Round {
  readonly #ports: MultipartPorts;
  readonly #job: SendJob;
  readonly #handle: OpenFile;
  readonly #hasher: Hasher;

  constructor(ports: MultipartPorts, job: SendJob, handle: OpenFile, hasher: Hasher) {
    this.#ports = ports;
    this.#job = job;
    this.#handle = handle;
    this.#hasher = hasher;
  }

  async run(): Promise<StoredObject> {
    const found = this.#takeUp();
    if (found !== undefined && found.etag !== null) {
      if ((await this.#look(found, found.etag)) === 'there') return this.#proven(found, found.etag);
      if (found.state === 'completed') this.#ports.journal.forget(found.id);
    }
    const unfinished = found?.state === 'completed' ? undefined : found;
    const begun = unfinished ?? this.#begin();
    const again = unfinished !== undefined;
    const { contentType } = this.#ports;
    const { signal } = this.#job;
    const multipart = isCreated(begun) ? begun : await createAtStore(this.#ports, begun, contentType, again, signal);
    const store = isCreated(begun) ? await partsAtStore(this.#ports, begun, signal) : [];
    // The store has a part that the file has not: sent while it grew, before it was cut shorter. RGW completes only what names every part.
    if ((store.at(-1)?.number ?? 0) > partCount(this.#job.content.bytes, multipart.partBytes)) {
      giveUp(this.#ports.journal, multipart);
      return this.run();
    }
    const parts = await this.#sendParts(multipart, store);
    await this.#complete(multipart, parts);
    return this.#proven(multipart, multipartEtag(parts.md5s));
  }

  /** What an earlier attempt has done for this very content; what was for another one is given up. */
  #takeUp(): Multipart | undefined {
    const { journal } = this.#ports;
    const { upload, content } = this.#job;
    const found = takeUp(this.#ports, upload.id);
    if (found === undefined) return undefined;
    if (found.content.bytes === content.bytes && found.content.modifiedAt === content.modifiedAt) return found;
    // Begun while the file grew: what was sent of it then may be what it is now, unless it has become shorter than that. Or of
    // the same length and another time: it was touched, or written over. Each part is compared with the file.
    const sent = journal.parts(found.id).at(-1)?.number ?? 0;
    const grew = found.content.bytes === 0 && sent <= partCount(content.bytes, found.partBytes);
    const touched = found.content.bytes === content.bytes && found.state !== 'completed' && found.etag === null;
    if (grew || touched) {
      journal.fixContent(found.id, content);
      return { ...found, content };
    }
    giveUp(journal, found);
    return undefined;
  }

  #begin(): Multipart {
    const { content } = this.#job;
    return beginMultipart(this.#ports, this.#job, { content, partBytes: partBytesFor(content.bytes) });
  }

  /**
   * @param store what it has of them
   * @param again some were damaged, and are sent once more
   */
  async #sendParts(multipart: Created, store: readonly StoredPart[], again = false): Promise<SentParts> {
    const { client, journal } = this.#ports;
    const { content, signal } = this.#job;
    const { id, partBytes } = multipart;
    const total = partCount(content.bytes, partBytes);
    const expected = (number: number): number => partRange(number, content.bytes, partBytes).bytes;
    const plan = planResume(total, expected, journal.parts(id), store, journal.unproven(id));
    journal.reconcile(id, plan.done);
    const progress = new TransferProgress(this.#job, total, [...plan.done, ...plan.unproven.values()]);
    if (plan.missing.length > 0) await this.#sendMissing(multipart, plan, progress);

    const parts = journal.parts(id);
    const md5s = parts.map(({ md5 }) => md5);
    if (parts.every(({ etag }) => etag === undefined)) return { md5s, etags: md5s };
    // How the store calls parts whose ETags are no MD5s it says itself: a front may have changed the headers.
    const listed = plan.missing.length === 0 ? store : await partsAtStore(this.#ports, multipart, signal);
    const { missing } = planResume(total, expected, parts, listed);
    const inOrder = listed.toSorted((a, b) => a.number - b.number);
    if (missing.length === 0) return { md5s, etags: inOrder.map(({ etag }) => etag) };
    if (again) throw damaged(client, `the parts ${missing.join(', ')} are not what was sent`);
    return this.#sendParts(multipart, listed, true);
  }

  async #sendMissing(multipart: Created, plan: ResumePlan, progress: TransferProgress): Promise<void> {
    const { client, journal, pacer, log } = this.#ports;
    const { signal, content, fileName } = this.#job;
    const { id, partBytes } = multipart;
    const ranges = plan.missing.map((number) => partRange(number, content.bytes, partBytes));
    const onProven = (parts: readonly KnownPart[]): void => {
      journal.storedAll(id, parts);
      for (const { number, bytes } of parts) progress.acknowledged(number, bytes);
    };
    const parts = new RestOfParts({ hasher: this.#hasher, ranges, there: plan.unproven, onProven, log, signal });
    await sendParts({
      ...{ client, ref: refOf(multipart), parts, pacer, progress, log, signal, fileName },
      handle: this.#handle,
      onStored: (part) => journal.stored(id, part),
    });
  }

  async #complete(multipart: Created, { md5s, etags }: SentParts): Promise<void> {
    const { client, journal } = this.#ports;
    const { path, content, signal } = this.#job;
    const { id, key } = multipart;
    const etag = multipartEtag(md5s);
    this.#phase(multipart, 'assembling');
    await lookAgain(this.#ports, multipart, etag, signal);
    await checkUnchanged(this.#handle, path, content);
    journal.completing(id, etag);
    this.#debug('completing', key);
    const answered = await this.#join(multipart, etag, etags);
    this.#debug('complete answered', key);
    journal.verifying(id);
    this.#debug('completed', key);
    if (answered !== null && answered !== etag && isOthersEtag(answered, journal.parts(id))) {
      throw damaged(client, `ETag ${answered}, expected ${etag}`);
    }
    const seen = await this.#look(multipart, etag);
    // Keys that may not read: each part was proven by its MD5, and Complete's answer says that they were joined.
    if (seen === 'there') return;
    if (seen === 'denied' && answered !== null) {
      if (answered !== etag) journal.completing(id, etag, 'parts');
      return;
    }
    if (answered === null) throw answerLost(client);
    // Somebody else's that was there first, or ours spoilt: the next attempt looks at it afresh.
    throw damaged(client, 'the object is not what was completed');
  }

  /**
   * Asks for the object. Where the connection was reset, HEAD tells what became of it before it is asked for again; once, for a peer
   * that resets every second request would never let it through. Not again where the store has had time to begin.
   * @returns as `completeNew`; null also where HEAD says that the object is there
   */
  async #join(multipart: Created, etag: string, etags: readonly string[]): Promise<string | null> {
    const { signal } = this.#job;
    const asked = performance.now();
    let looked = false;
    let there = false;
    const ask = async (): Promise<string | null> =>
      there ? null : await completeNew(this.#ports.client, refOf(multipart), etags, signal);
    return despiteResets(ask, signal, async () => {
      const soon = performance.now() - asked < joiningMs;
      if (!looked) there = (await this.#look(multipart, etag)) === 'there';
      looked = true;
      return there || soon;
    });
  }

  /** Whether the object lies there as it must be. `denied`: these keys may not look */
  async #look(multipart: Multipart, etag: string): Promise<'there' | 'other' | 'denied'> {
    const { client, journal } = this.#ports;
    const { id, key, content } = multipart;
    const { signal } = this.#job;
    this.#phase(multipart, 'verifying');
    this.#debug('verifying', key);
    const found = await headIfAllowed(client, key, signal);
    this.#debug('head answered', key);
    if (found === 'denied') return found;
    if (found?.bytes !== content.bytes) return 'other';
    if (found.etag === etag) return 'there';
    if (isOthersEtag(found.etag, journal.parts(id))) return 'other';
    // An ETag that says nothing. Under our claim, of our size, made of parts that the store has compared with their MD5s: it is ours.
    if ((await whoseMetadata(client, multipart, signal)) !== 'ours' || !(await this.#readsBack(multipart)))
      return 'other';
    journal.completing(id, found.etag, 'parts');
    return 'there';
  }

  /**
   * Whether the object's smallest part of those reads back as it was sent whose ETags look like other MD5s: a store that compares
   * nothing may have named damaged ones by theirs. Once it does, this store's ETags are known to be no MD5s.
   */
  async #readsBack({ id, key, partBytes, content }: Multipart): Promise<boolean> {
    const { client, journal } = this.#ports;
    const doubtful = journal.parts(id).filter(({ etag }) => etag !== undefined && isMd5(etag));
    const [part] = doubtful.sort((a, b) => a.bytes - b.bytes);
    if (part === undefined || client.opaqueEtags) return true;
    const range = partRange(part.number, content.bytes, partBytes);
    const md5 = await rangeMd5(client, key, range, this.#job.signal).catch((error: unknown) => {
      // These keys may look and not read: the store's word stands.
      if (isDenied(error)) return null;
      throw error;
    });
    if (md5 === part.md5) client.opaqueEtags = true;
    return md5 === null || md5 === part.md5;
  }

  #proven({ id, uploadId, bucket, key }: Multipart, computed: string): StoredObject {
    const { journal } = this.#ports;
    const etag = journal.of(uploadId)?.etag ?? computed;
    journal.completed(id);
    this.#debug('proven', key);
    return { bucket, key, etag };
  }

  #phase({ content, partBytes }: Multipart, phase: 'assembling' | 'verifying'): void {
    const total = partCount(content.bytes, partBytes);
    this.#job.onProgress(content.bytes - 1, { parts: { done: total, total }, phase });
  }

  #debug(step: string, key: string): void {
    this.#ports.log.debug({ uploadId: this.#job.upload.id, key }, `multipart: ${step}`);
  }
}
