/**
 * One recording on its way to one object: create → parts → complete → compare, each step journalled before it is taken,
 * so that it goes on from wherever an earlier run ended.
 */
import type { FileHandle } from 'node:fs/promises';
import type { StoredObject } from '../../../../shared/domain.ts';
import type { Pacer } from '../../pacer.ts';
import { checkUnchanged, openFile } from '../../recording-file.ts';
import type { SendJob } from '../destination.ts';
import { multipartEtag } from './etag.ts';
import { HashedParts } from './hashed-parts.ts';
import { Hasher } from './hasher.ts';
import type { Journal, Multipart } from './journal.ts';
import type { StorageLog } from './log.ts';
import { partBytesFor, partCount, partRange } from './part-plan.ts';
import { planResume } from './resume-plan.ts';
import type { S3Client } from './s3/client.ts';
import { isLost } from './s3/failure.ts';
import {
  abortMultipart,
  completeMultipart,
  createMultipart,
  damaged,
  headObject,
  listMultiparts,
  listParts,
  type MultipartRef,
} from './s3/operations.ts';
import { sendParts } from './send-parts.ts';
import { TransferProgress } from './transfer-progress.ts';

export interface MultipartPorts {
  readonly client: S3Client;
  readonly journal: Journal;
  readonly pacer: Pacer;
  readonly log: StorageLog;
  readonly contentType: string;
  /** The key of a new object. */
  key(): string;
  /** ms since 1970 */
  now(): number;
}

/** A multipart that the store forgot (lifecycle rule, aborted elsewhere) is begun anew this often in one attempt. */
const mostRounds = 3;

/**
 * @returns the object, proven: its ETag is the one computed here, its size the file's
 * @throws StreamAIError; what was stored stays, and the next attempt goes on from there
 */
export async function uploadMultipart(ports: MultipartPorts, job: SendJob): Promise<StoredObject> {
  const handle = await openFile(job.path, job.content);
  try {
    for (let round = 1; ; round += 1) {
      try {
        return await new Round(ports, job, handle).run();
      } catch (error) {
        if (!isLost(error) || round >= mostRounds) throw error;
        // A Complete whose answer was lost ends it too: then the next round finds the object.
        const completing = ports.journal.of(job.upload.id)?.etag != null;
        if (!completing || round > 1) ports.journal.abandon(job.upload.id);
      }
    }
  } finally {
    await handle.close();
  }
}

class Round {
  readonly #ports: MultipartPorts;
  readonly #job: SendJob;
  readonly #handle: FileHandle;

  constructor(ports: MultipartPorts, job: SendJob, handle: FileHandle) {
    this.#ports = ports;
    this.#job = job;
    this.#handle = handle;
  }

  async run(): Promise<StoredObject> {
    const known = this.#known();
    if (known !== undefined && known.etag !== null) {
      if (await this.#isThere(known, known.etag)) return this.#proven(known, known.etag);
      if (known.state === 'completed') this.#ports.journal.forget(known.id);
    }
    const going = known?.state === 'completed' ? undefined : known;
    const multipart = going ?? this.#begin();
    const uploadId = multipart.s3UploadId ?? (await this.#create(multipart, going !== undefined));
    const md5s = await this.#sendParts(multipart, { key: multipart.key, uploadId }, going !== undefined);
    await this.#complete(multipart, { key: multipart.key, uploadId }, md5s);
    return this.#proven(multipart, multipartEtag(md5s));
  }

  /** What the journal has, if it is for this content and this bucket; else that is to go away. */
  #known(): Multipart | undefined {
    const { journal, client } = this.#ports;
    const { upload, content } = this.#job;
    const known = journal.of(upload.id);
    if (known === undefined) return undefined;
    const { endpoint, bucket } = client.account;
    const sameFile = known.content.bytes === content.bytes && known.content.modifiedAt === content.modifiedAt;
    if (sameFile && known.endpoint === endpoint && known.bucket === bucket) return known;
    if (known.state === 'completed') journal.forget(known.id);
    else journal.abandon(upload.id);
    return undefined;
  }

  #begin(): Multipart {
    const { client, journal, key, now } = this.#ports;
    const { upload, content } = this.#job;
    return journal.begin({
      uploadId: upload.id,
      recordingId: upload.recordingId,
      endpoint: client.account.endpoint,
      bucket: client.account.bucket,
      key: key(),
      content,
      partBytes: partBytesFor(content.bytes),
      createdAt: now(),
    });
  }

  /** @param again an earlier run asked already, and may have left a multipart that nobody knows the id of */
  async #create({ id, key }: Multipart, again: boolean): Promise<string> {
    const { client, journal, contentType } = this.#ports;
    const { signal } = this.#job;
    if (again) {
      const owned = journal.owned();
      for (const open of await listMultiparts(client, key, signal)) {
        if (open.key === key && !owned.has(open.uploadId)) await abortMultipart(client, open, signal);
      }
    }
    this.#debug('creating', key);
    const uploadId = await createMultipart(client, key, contentType, signal);
    this.#debug('create answered', key);
    journal.created(id, uploadId);
    this.#debug('created', key);
    return uploadId;
  }

  /** @returns the MD5s of all parts, in their order */
  async #sendParts(multipart: Multipart, ref: MultipartRef, again: boolean): Promise<string[]> {
    const { client, journal, pacer, log } = this.#ports;
    const { signal, content, fileName } = this.#job;
    const { id, partBytes } = multipart;
    const total = partCount(content.bytes, partBytes);
    const expected = (number: number): number => partRange(number, content.bytes, partBytes).bytes;
    const store = again && multipart.s3UploadId !== null ? await listParts(client, ref, signal) : [];
    const plan = planResume(total, expected, journal.parts(id), store);
    journal.reconcile(id, plan.done);
    const bytes = plan.done.reduce((sum, part) => sum + part.bytes, 0);
    const progress = new TransferProgress(this.#job, total, { bytes, parts: plan.done.length });
    if (plan.missing.length === 0) return plan.done.map(({ md5 }) => md5);

    const hasher = new Hasher(this.#handle, fileName);
    try {
      const parts = new HashedParts(
        hasher,
        plan.missing.map((number) => partRange(number, content.bytes, partBytes)),
      );
      await sendParts({
        ...{ client, ref, parts, pacer, progress, log, signal, fileName },
        handle: this.#handle,
        unproven: plan.unproven,
        onStored: (part) => journal.stored(id, part),
      });
    } finally {
      await hasher.close();
    }
    return journal.parts(id).map(({ md5 }) => md5);
  }

  async #complete(multipart: Multipart, ref: MultipartRef, md5s: readonly string[]): Promise<void> {
    const { client, journal } = this.#ports;
    const { path, content, signal } = this.#job;
    const { id, key } = multipart;
    const etag = multipartEtag(md5s);
    await checkUnchanged(this.#handle, path, content);
    this.#phase(multipart, 'assembling');
    journal.completing(id, etag);
    this.#debug('completing', key);
    const answered = await completeMultipart(client, ref, md5s, signal);
    this.#debug('complete answered', key);
    journal.verifying(id);
    this.#debug('completed', key);
    if (answered !== '' && answered !== etag) throw damaged(client, `ETag ${answered}, expected ${etag}`);
    if (!(await this.#isThere(multipart, etag))) throw damaged(client, 'the object is not what was completed');
  }

  async #isThere(multipart: Multipart, etag: string): Promise<boolean> {
    const { client } = this.#ports;
    const { key, content } = multipart;
    this.#phase(multipart, 'verifying');
    this.#debug('verifying', key);
    const found = await headObject(client, key, this.#job.signal);
    this.#debug('head answered', key);
    return found !== null && found.etag === etag && found.bytes === content.bytes;
  }

  #proven({ id, bucket, key }: Multipart, etag: string): StoredObject {
    this.#ports.journal.completed(id);
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
