/**
 * Upload while recording: sends what of a growing file can no longer change, so that little is left to do when OBS stops.
 *
 * Every container that OBS writes is appended to, but for its first few hundred bytes, which are written again at the end
 * (facts: mkv, mp4, hybrid). So the first part waits, the others go as soon as they are whole. That is a guess, and treated
 * as one: once the file is final, `uploadMultipart` compares each part with it, and sends again what has changed.
 */
import { probeContainer } from '../../../files/container.ts';
import { contentType } from '../content-type.ts';
import type { FollowedNow, FollowJob } from '../destination.ts';
import type { Pacer } from '../pacer.ts';
import type { RightOfWay } from '../right-of-way.ts';
import { Hasher } from './hashing/hasher.ts';
import type { Multipart } from './journal.ts';
import { beginMultipart, createAtStore, giveUp, knownMultipart, type StartPorts } from './multipart-start.ts';
import { GrowingFile, GrowingParts } from './parts/growing-file.ts';
import { type KnownPart, planResume } from './parts/resume-plan.ts';
import { sendParts } from './parts/send-parts.ts';
import type { PartProgress } from './parts/transfer-progress.ts';
import { isLost } from './s3/failure.ts';
import { listParts } from './s3/operations.ts';
import { growing, type PartRange, partCount, partRange } from './s3/part-plan.ts';

export interface FollowPorts extends StartPorts {
  readonly pacer: Pacer;
  readonly rightOfWay: RightOfWay;
}

const unwritten = { bytes: 0, modifiedAt: 0 };
/** A multipart that the store forgot is begun anew this often in one attempt. */
const mostRounds = 3;

/**
 * Resolves once the file is not written any more and nothing is on its way; the journal has what was stored.
 * @throws StreamAIError; the signal's reason
 */
export async function followFile(ports: FollowPorts, job: FollowJob): Promise<void> {
  const file = await GrowingFile.open(job.path, job.ended, job.signal);
  if (file === null) return;
  try {
    for (let round = 1; ; round += 1) {
      try {
        return await followOnce(ports, job, file);
      } catch (error) {
        if (!isLost(error) || round >= mostRounds) throw error;
        ports.journal.abandon(job.upload.id);
      }
    }
  } finally {
    await file.handle.close();
  }
}

async function followOnce(ports: FollowPorts, job: FollowJob, file: GrowingFile): Promise<void> {
  const { client, journal, pacer, log } = ports;
  const { signal, fileName, upload } = job;
  const going = known(ports, job);
  // Before the second part is whole there is nothing to send, and a recording of a few seconds is no multipart.
  const second = fullRange(2);
  job.watch(() => new FollowProgress(file, []).now());
  if (!(await file.has(second.start + second.bytes, signal))) return;
  const multipart = going ?? beginMultipart(ports, upload, { content: unwritten, partBytes: growing });
  const { id, key } = multipart;
  const type = contentType((await probeContainer(file.handle, file.bytes)).container);
  const uploadId = multipart.s3UploadId ?? (await createAtStore(ports, multipart, type, going !== undefined, signal));

  const store = multipart.s3UploadId === null ? [] : await listParts(client, { key, uploadId }, signal);
  const plan = planResume(store.at(-1)?.number ?? 0, (number) => fullRange(number).bytes, journal.parts(id), store);
  journal.reconcile(id, plan.done);
  const progress = new FollowProgress(file, [...plan.done, ...plan.unproven.values()], ports.rightOfWay);
  job.watch(() => progress.now());
  const hasher = new Hasher(file.handle, fileName);
  try {
    const onStored = (part: KnownPart): void => journal.stored(id, part);
    const parts = new GrowingParts(file, hasher, plan, onStored, signal);
    const store = { client, ref: { key, uploadId }, pacer, log, signal, fileName };
    await sendParts({ ...store, parts, handle: file.handle, progress, onStored });
  } finally {
    progress.end();
    await hasher.close();
  }
}

/** Where a part lies once it is whole. */
const fullRange = (number: number): PartRange => partRange(number, Number.MAX_SAFE_INTEGER, growing);

/** What an earlier run of the agent, or an earlier attempt, has sent of it. */
function known(ports: FollowPorts, { upload }: FollowJob): Multipart | undefined {
  const found = knownMultipart(ports, upload.id);
  if (found === undefined || (found.partBytes === growing && found.content.bytes === 0)) return found;
  giveUp(ports.journal, found);
  return undefined;
}

class FollowProgress implements PartProgress {
  readonly #file: GrowingFile;
  readonly #rightOfWay: RightOfWay | undefined;
  readonly #taken = new Map<number, number>();
  readonly #there = new Set<number>();
  #thereBytes = 0;
  /** Every part from the second one to before this one is there. */
  #next = 2;
  #passed: (() => void) | null = null;

  constructor(
    file: GrowingFile,
    there: Iterable<{ readonly number: number; readonly bytes: number }>,
    rightOfWay?: RightOfWay,
  ) {
    this.#file = file;
    this.#rightOfWay = rightOfWay;
    for (const { number, bytes } of there) this.#note(number, bytes);
  }

  taken(part: number, bytes: number): void {
    this.#taken.set(part, bytes);
    this.#passed ??= this.#rightOfWay?.hold() ?? null;
  }

  lost(part: number): void {
    this.#ended(part);
  }

  acknowledged(part: number, bytes: number): void {
    this.#ended(part);
    this.#note(part, bytes);
    this.#file.forget(fullRange(this.#next).start);
  }

  end(): void {
    this.#passed?.();
    this.#passed = null;
  }

  now(): FollowedNow {
    this.#file.refresh(); // for the next time
    const bytesTotal = this.#file.bytes;
    let bytesSent = this.#thereBytes;
    for (const taken of this.#taken.values()) bytesSent += taken;
    // The first part waits for the end: it does not count as late.
    const behindMs = Math.round(this.#file.ageOf(fullRange(this.#next).start) / 100) * 100;
    const parts = { done: this.#there.size, total: Math.max(partCount(bytesTotal, growing), this.#there.size, 1) };
    return { bytesSent: Math.min(bytesSent, bytesTotal), detail: { parts, phase: 'following', bytesTotal, behindMs } };
  }

  #ended(part: number): void {
    this.#taken.delete(part);
    if (this.#taken.size === 0) this.end();
  }

  #note(part: number, bytes: number): void {
    if (!this.#there.has(part)) this.#thereBytes += bytes;
    this.#there.add(part);
    while (this.#there.has(this.#next)) this.#next += 1;
  }
}
