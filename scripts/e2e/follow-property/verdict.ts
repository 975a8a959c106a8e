/** What became of a plan: whether everything is over, and whether it came as promised. */
import path from 'node:path';
import type { Recording, Session, Upload } from '../../../shared/domain.ts';
import type { S3Object } from '../../rig/s3.ts';
import type { StorageWorld } from '../storage-world-fixture.ts';
import { type Cost, costOf } from './costs.ts';
import type { Deed, Plan } from './plan.ts';
import type { Versions } from './versions.ts';

export interface Outcome {
  /** How each upload ended: `completed`, or its failure's code. */
  readonly ends: readonly string[];
  /** Parts that the store took, and how many of them were sent before. */
  readonly parts: number;
  readonly again: number;
  readonly kills: number;
  readonly ms: number;
  /** What must not be. */
  readonly wrong: readonly string[];
}

interface Failures {
  readonly codes: readonly string[];
  /** Those that the plan gave no reason for. */
  readonly wrong: readonly string[];
}

/** No recording here lasts so long by OBS's clock, and every jump of the agent's is longer, ms. */
const longestMs = 30 * 60_000;

const settled: ReadonlySet<Upload['state']> = new Set(['completed', 'failed', 'cancelled']);

export class Verdict {
  readonly #plan: Plan;
  readonly #versions: Versions;
  readonly #storage: StorageWorld;
  readonly #sessions: () => Promise<Session[]>;

  /** @param sessions those that began since the plan did */
  constructor(plan: Plan, versions: Versions, storage: StorageWorld, sessions: () => Promise<Session[]>) {
    this.#plan = plan;
    this.#versions = versions;
    this.#storage = storage;
    this.#sessions = sessions;
  }

  /** What is still under way, in words. */
  async underWay(): Promise<string> {
    const waiting = (await this.#sessions()).flatMap(({ state, recordings }) => [
      ...(state === 'recorded' || state === 'interrupted' ? [] : [`session is ${state}`]),
      ...recordings.flatMap((recording) => recording.uploads.filter((upload) => !settled.has(upload.state)).map(words)),
    ]);
    return waiting.join('\n');
  }

  /** As `underWay`, multiparts that are open, and what was cancelled too late: it goes away once it is there. */
  async open(): Promise<string> {
    const { rgw, bucket } = this.#storage;
    const multiparts = (await rgw.s3.multiparts(bucket)).map(({ key }) => `the multipart of ${key} is open`);
    return [await this.underWay(), ...multiparts, ...(await this.#ownerless())]
      .filter((line) => line !== '')
      .join('\n');
  }

  async #ownerless(): Promise<string[]> {
    const uploads = (await this.#sessions()).flatMap(({ recordings }) => recordings.flatMap(({ uploads }) => uploads));
    const owned = new Set(uploads.filter(({ state }) => state === 'completed').map(({ object }) => object?.key ?? ''));
    const objects = await this.#storage.rgw.s3.objects(this.#storage.bucket);
    // The JSON of an earlier plan's object can be written after the bucket was emptied for this one: each plan answers for its own name.
    const ours = new RegExp(`Seed ${this.#plan.seed}(?!\\d)`);
    return objects
      .filter(({ key }) => ours.test(key) && !owned.has(key) && !owned.has(key.replace(/\.json$/, '')))
      .map(({ key }) => `nobody owns the object ${key}`);
  }

  /** Uploads that have failed, each with its file. */
  async failed(): Promise<{ upload: Upload; file: string }[]> {
    const recordings = (await this.#sessions()).flatMap((session) => session.recordings);
    return recordings.flatMap(({ path: file, uploads }) =>
      uploads.filter(({ state }) => state === 'failed').map((upload) => ({ upload, file })),
    );
  }

  /** Whether those that have failed say why, and the plan gave that reason. */
  async failures(): Promise<Failures> {
    const failed = await this.failed();
    return {
      codes: failed.map(({ upload }) => upload.error?.code ?? 'failed without a reason'),
      wrong: failed
        .filter(({ upload, file }) => !this.#mayFail(upload, path.basename(file)))
        .map(({ upload }) => words(upload)),
    };
  }

  async outcome(failures: Failures): Promise<Pick<Outcome, 'ends' | 'parts' | 'again' | 'wrong'>> {
    const { rgw, bucket, gate } = this.#storage;
    const sessions = await this.#sessions();
    const recordings = sessions.flatMap((session) => session.recordings);
    const uploads = recordings.flatMap((recording) => recording.uploads);
    const objects = await rgw.s3.objects(bucket);
    const wrong = [...failures.wrong];

    for (const name of this.#versions.names) {
      const count = recordings.filter((recording) => path.basename(recording.path) === name).length;
      if (count !== 1 && !(count === 0 && (this.#mayBeUnseen(name) || isAskedAbout(name, sessions))))
        wrong.push(`OBS wrote ${name}, and ${count} recordings say that they are it`);
    }
    for (const session of sessions) {
      wrong.push(...ofTimes(session));
      for (const recording of session.recordings) {
        wrong.push(...this.#ofRecording(recording, session));
        for (const upload of recording.uploads) wrong.push(...(await this.#ofUpload(recording, upload, objects)));
      }
    }
    wrong.push(...(await this.#ownerless()));
    const parts = gate.calls.filter(({ verb, status }) => verb === 'part' && status === 200);
    const distinct = new Set(parts.map((call) => `${call.path} ${call.part}`));
    const ends = [...failures.codes, ...uploads.map(({ state }) => state)];
    const again = parts.length - distinct.size;
    const cost = costOf(this.#plan, gate.calls);
    if (cost !== null) wrong.push(...tooMuch(cost, uploads, again));
    return { ends, parts: parts.length, again, wrong };
  }

  #ofRecording(recording: Recording, { metadata, notices }: Session): string[] {
    const { state, path: file, uploads } = recording;
    const name = path.basename(file);
    const there = this.#versions.of(name).length > 0;
    if (state === 'missing') {
      // Nobody had seen it before its drive went: it may as well be on another machine.
      const unreached = notices.some(({ code, params }) => code === 'path_not_reachable' && params?.path === file);
      const gone = this.#versions.wasTaken(name) || (this.#does('take the drive away') && unreached);
      return there && !gone ? [`${name} is called missing`] : [];
    }
    if (state !== 'ready') return [`${name} is ${state}`];
    if (metadata.discarded === true)
      return uploads
        .filter(({ state }) => state !== 'completed' && state !== 'cancelled')
        .map((upload) => `discarded, but ${words(upload)}`);
    return uploads.length === 1 ? [] : [`${name} has ${uploads.length} uploads: ${uploads.map(words).join('; ')}`];
  }

  async #ofUpload(recording: Recording, upload: Upload, objects: readonly S3Object[]): Promise<string[]> {
    const name = path.basename(recording.path);
    const versions = this.#versions.of(name);
    // What had failed was cancelled in the end, as was what the plan cancels.
    if (upload.state === 'cancelled') return [];
    if (upload.state !== 'completed') return [`${name}: ${words(upload)}`];
    const key = upload.object?.key ?? '';
    const object = objects.find((each) => each.key === key);
    if (object === undefined) return [`${name} is completed, but ${key} is not there`];
    const sha256 = await this.#storage.rgw.s3.sha256(this.#storage.bucket, key);
    const wrong: string[] = [];
    if (this.#versions.isRefused(sha256)) {
      wrong.push(`${name}: what was put in its place was sent`);
    }
    if (!versions.some((version) => version.sha256 === sha256)) {
      const lengths = versions.map(({ bytes }) => bytes).join(', ');
      wrong.push(`${name}: the object (${object.size} bytes) is not the file (${lengths} bytes), nor ever was`);
    }
    if (object.size !== upload.bytesTotal || object.etag !== upload.object?.etag) {
      wrong.push(
        `${name}: the agent says ${upload.bytesTotal} bytes, ETag ${upload.object?.etag}; the store ${object.size}, ${object.etag}`,
      );
    }
    return wrong;
  }

  /** Whether the plan gave the reason that the upload names. */
  #mayFail({ error }: Upload, name: string): boolean {
    const versions = this.#versions.of(name);
    switch (error?.code) {
      case 'file_missing':
        return this.#versions.wasTaken(name) || versions.length === 0;
      case 'file_changed':
        return versions.length > 1;
      case 'file_empty':
        return versions.some(({ bytes }) => bytes === 0);
      default:
        return false;
    }
  }

  /**
   * Whether a file may have escaped the agent: nobody told it of the file, and it was moved or deleted before anybody could look; or the
   * whole recording was made while the agent was away.
   */
  #mayBeUnseen(name: string): boolean {
    const away = this.#does('kill the agent', 'kill the agent at', 'drop OBS’s connections');
    const untold = away || (this.#plan.obs === '29.0' && this.#does('split'));
    return (untold && this.#versions.wasTaken(name)) || (away && this.#does('record again'));
  }

  #does(...deeds: Deed['do'][]): boolean {
    return this.#plan.steps.some(({ deed }) => deeds.includes(deed.do));
  }
}

/** Whether a person is asked if a file belongs to a session: what the first one was replaced by tells nothing of it. */
const isAskedAbout = (name: string, sessions: readonly Session[]): boolean =>
  sessions.some(({ notices }) =>
    notices.some(({ code, params }) => code === 'file_uncertain' && path.basename(`${params?.file}`) === name),
  );

/** Times that only an agent can tell which takes its time of day for more than that. */
function ofTimes({ name, startedAt, stoppedAt, durationMs }: Session): string[] {
  const wrong: string[] = [];
  if (durationMs > longestMs) wrong.push(`${name} lasts ${durationMs} ms`);
  if (stoppedAt !== null && Date.parse(stoppedAt) < Date.parse(startedAt)) {
    wrong.push(`${name} stopped at ${stoppedAt}, before it began at ${startedAt}`);
  }
  return wrong;
}

function tooMuch(cost: Cost, uploads: readonly Upload[], again: number): string[] {
  const most = cost.attempts ?? Number.POSITIVE_INFINITY;
  return [
    ...(again > cost.again ? [`${again} parts were sent again, and nothing that happened asks for it`] : []),
    ...uploads
      .filter(({ attempts }) => attempts > most)
      .map((upload) => `no more than ${most} attempts were to be expected, but ${words(upload)}`),
  ];
}

const words = ({ state, error, bytesTotal, attempts }: Upload): string =>
  `the upload is ${state}${error === null ? '' : ` (${error.code} ${JSON.stringify(error.params)})`}, ${bytesTotal} bytes, attempt ${attempts}`;
