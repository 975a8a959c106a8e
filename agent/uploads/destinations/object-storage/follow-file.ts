/**
 * Upload while recording: most of a file is at the store before OBS has closed it, so that little is left to do after the stop.
 *
 * What OBS does to its file: it appends, and at the end writes again within the first 700 bytes (seen with OBS 29 and 32: the
 * duration in mkv, the size of `mdat` in mp4 and hybrid mp4). What is sent when follows from that:
 *
 * - Nobody knows how long the file will be, so parts lie on a fixed schedule (`s3/part-plan.ts`): 5 MiB, S3's least, and larger
 *   only in very long recordings.
 * - Part 2 and those after it are sent as soon as the file has all their bytes. The multipart begins with part 2, when the file
 *   has 10 MiB: a recording of a few seconds is sent after the stop like any file.
 * - Part 1 waits for the end, because OBS will write into it again. So does the tail, which is no whole part yet.
 * - While parts are on their way, uploads of older files let them pass (`RightOfWay`).
 *
 * That the parts after the first do not change any more is a guess, and treated as one. When OBS has closed the file (`ended`),
 * `followFile` resolves, and the queue measures the file and hands it to `uploadMultipart`. That takes up the same multipart,
 * and from then on no part counts as done: each one at the store is compared by MD5 with the file as it is now, while part 1
 * and the tail are on their way; one that differs is sent again, and replaces the other. Then the object is completed and
 * proven like any other.
 *
 * What a crash, a pause or a broken line leaves, and who finds it:
 *
 * - OBS still writes when the next attempt begins: `followFile` lists the store's parts. What the journal has too is done; what
 *   only the store has is compared with the file before the sending reaches it. The first part not done is sent next.
 * - OBS has closed the file meanwhile: `uploadMultipart`, as above; nobody needs to have been there at the stop.
 * - The file is shorter than what was sent of it (cut by a crash of the machine): `uploadMultipart` gives the multipart up and
 *   begins anew, because parts that the file does not have cannot be left out.
 * - The journal knows this upload with a final content, and OBS writes the file again: that multipart is given up.
 * - The store does not know the multipart any more: begun anew, a few times in one attempt.
 */
import { probeContainer } from '../../../files/container.ts';
import { contentType } from '../content-type.ts';
import type { FollowedNow, FollowJob } from '../destination.ts';
import type { Pacer } from '../pacer.ts';
import type { RightOfWay } from '../right-of-way.ts';
import { Hasher } from './hashing/hasher.ts';
import type { Multipart } from './journal.ts';
import {
  beginMultipart,
  createAtStore,
  giveUp,
  isCreated,
  partsAtStore,
  type StartPorts,
  takeUp,
} from './multipart-start.ts';
import { GrowingFile, GrowingParts } from './parts/growing-file.ts';
import { planResume } from './parts/resume-plan.ts';
import { sendParts } from './parts/send-parts.ts';
import type { PartProgress } from './parts/transfer-progress.ts';
import { isLost } from './s3/failure.ts';
import type { KnownPart } from './s3/known-part.ts';
import { growing, type PartRange, partCount, partRange } from './s3/part-plan.ts';

export interface FollowPorts extends StartPorts {
  readonly pacer: Pacer;
  readonly rightOfWay: RightOfWay;
}

/** What the journal has as the content of a file that is still being written. */
const unwritten = { bytes: 0, modifiedAt: 0 };
/** How often one attempt begins anew what the store does not know any more. */
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
  const { signal, fileName } = job;
  const unfinished = takeUpUnwritten(ports, job);
  const second = fullRange(2);
  job.watch(() => new FollowProgress(file, []).now());
  if (!(await file.has(second.start + second.bytes, signal))) return;
  const begun = unfinished ?? beginMultipart(ports, job, { content: unwritten, partBytes: growing });
  const type = contentType((await probeContainer(file.handle, file.bytes)).container);
  const created = isCreated(begun) ? begun : await createAtStore(ports, begun, type, unfinished !== undefined, signal);
  const { id, key, s3UploadId: uploadId } = created;

  const store = isCreated(begun) ? await partsAtStore(ports, begun, signal) : [];
  const plan = planResume(
    store.at(-1)?.number ?? 0,
    (number) => fullRange(number).bytes,
    journal.parts(id),
    store,
    journal.unproven(id),
  );
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

/** What an earlier attempt has begun for the file while it was written; what was for a final content is given up. */
function takeUpUnwritten(ports: FollowPorts, { upload }: FollowJob): Multipart | undefined {
  const found = takeUp(ports, upload.id);
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
  /** Gives the right of way back; null while it is not held. */
  #release: (() => void) | null = null;

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
    this.#release ??= this.#rightOfWay?.hold() ?? null;
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
    this.#release?.();
    this.#release = null;
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
