/** For tests of the queue: a database with a session and recordings, and destinations that wait for what the test decides. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';
import type { DestinationStatus, Upload } from '../../shared/domain.ts';
import { TestClock } from '../clock-fixture.ts';
import { type Announcement, LiveEvents } from '../live-events.ts';
import { afterCommit, type Database, openDatabase } from '../storage/database.ts';
import type { DestinationDriver, FollowJob, SendJob, SendResult, StoredState } from './destinations/destination.ts';
import { createUploads, type NewUpload, type Uploads } from './uploads.ts';

interface Sending {
  readonly job: SendJob;
  succeed(result?: Partial<SendResult>): void;
  fail(error: Error): void;
}

/** A destination whose every send waits for the test's decision. */
export class FakeDriver implements DestinationDriver {
  readonly id: 'processing' | 'object-storage';
  readonly sends: Sending[] = [];
  healthChecks = 0;
  usable = true;
  /** What an aborted send waits for before it ends. */
  unwound: Promise<void> = Promise.resolve();
  stored?: (uploadId: string) => StoredState | null;
  cancelled?: (uploadId: string) => void;

  constructor(id: 'processing' | 'object-storage' = 'processing') {
    this.id = id;
  }

  configured(): boolean {
    return this.usable;
  }

  status(): DestinationStatus {
    return {
      id: this.id,
      configured: this.usable,
      reachable: null,
      address: null,
      proxy: null,
      embedded: false,
      problem: null,
    };
  }

  send(job: SendJob): Promise<SendResult> {
    const { promise, resolve, reject } = Promise.withResolvers<SendResult>();
    const task = {
      id: `task-${this.sends.length + 1}`,
      server: 'http://s',
      status: 'uploaded',
      message: null,
      progress: null,
    } as const;
    this.sends.push({
      job,
      succeed: (result) => resolve({ sha256: 'ab', bytes: job.content.bytes, task, ...result }),
      fail: reject,
    });
    job.signal.addEventListener('abort', () => this.unwound.then(() => reject(job.signal.reason as Error)));
    return promise;
  }

  async checkHealth(): Promise<void> {
    this.healthChecks += 1;
  }

  async close(): Promise<void> {}

  /** The n-th send (1-based), as soon as it is there. */
  async sending(number: number): Promise<Sending> {
    return vi.waitFor(() => {
      const found = this.sends[number - 1];
      if (found === undefined) throw new Error(`send ${number} has not begun`);
      return found;
    });
  }
}

/** One that can follow files; each follow waits for the test to fail it, or until OBS has closed the file. */
export class FollowingDriver extends FakeDriver {
  readonly follows: { readonly job: FollowJob; fail(error: Error): void }[] = [];

  constructor() {
    super('object-storage');
  }

  follow(job: FollowJob): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.follows.push({ job, fail: reject });
    job.ended.addEventListener('abort', () => resolve());
    job.signal.addEventListener('abort', () => reject(job.signal.reason as Error));
    return promise;
  }

  /** The n-th follow (1-based), as soon as it is there. */
  async following(number: number): Promise<(typeof this.follows)[number]> {
    return vi.waitFor(() => {
      const found = this.follows[number - 1];
      if (found === undefined) throw new Error(`follow ${number} has not begun`);
      return found;
    });
  }
}

export interface Rig {
  readonly database: Database;
  readonly clock: TestClock;
  readonly driver: FakeDriver;
  readonly uploads: Uploads;
  readonly events: Announcement[];
  readonly settled: Upload[];
  /** What went to the log as an error. */
  readonly problems: string[];
  readonly folder: string;
  /** Recordings whose files OBS writes, or has not closed yet. */
  readonly unclosed: Set<string>;
  /** Recordings that are not followed, as things are. */
  readonly held: Set<string>;
  /** The path of recording `r1`, `r2`, `r3`. */
  path(recordingId: string): string;
  enqueue(recordingId: string, change?: Partial<NewUpload>): Upload;
  /** Resolves with the upload once it is in that state. */
  state(id: string, state: Upload['state']): Promise<Upload>;
  /** The same database under a new queue, as after a restart. */
  restart(driver?: FakeDriver): Rig;
}

/** A queue that is not started yet, with three recordings of 1000 bytes. */
export async function createRig(driver = new FakeDriver()): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'streamai-queue-'));
  const database = openDatabase(':memory:');
  database.exec(`
    INSERT INTO sessions (id, name, name_key, state, started_by, started_at, duration_ms, auto_upload, subtitle_model, priority, notes, metadata)
    VALUES ('s', 'Session', 'session', 'recorded', 'rest', 0, 0, 1, 'base', 1, '', '{}')`);
  for (const [index, id] of ['r1', 'r2', 'r3'].entries()) {
    const path = join(folder, `${id}.mkv`);
    await writeFile(path, Buffer.alloc(1000));
    database
      .prepare(
        `INSERT INTO recordings (id, session_id, number, path, state, bytes, started_at) VALUES (?, 's', ?, ?, 'ready', 1000, 0)`,
      )
      .run(id, index + 1, path);
  }
  onTestFinished(async () => {
    database.close();
    await rm(folder, { recursive: true, force: true });
  });
  return rigOn(database, folder, new TestClock(), driver);
}

function rigOn(database: Database, folder: string, clock: TestClock, driver: FakeDriver): Rig {
  const live = new LiveEvents(
    () => clock.now(),
    (announce) => afterCommit(database, announce),
  );
  const events: Announcement[] = [];
  const settled: Upload[] = [];
  const problems: string[] = [];
  live.subscribe((event) => events.push(event));
  const path = (recordingId: string): string => join(folder, `${recordingId}.mkv`);
  const unclosed = new Set<string>();
  const held = new Set<string>();
  const uploads = createUploads({
    database,
    live,
    drivers: [driver],
    log: { info() {}, warn() {}, error: (...words: unknown[]) => void problems.push(String(words.at(-1))) },
    recordings: {
      recordingFile: (id) => ({ path: path(id), fileName: basename(path(id)), container: 'mkv', closed: null }),
      mayFollow: async (id) => !held.has(id),
      unclosed: () => [...unclosed],
    },
    clock,
    random: () => 0.5,
  });
  uploads.onSettled((upload) => settled.push(upload));
  onTestFinished(() => uploads.close());
  return {
    database,
    clock,
    driver,
    uploads,
    events,
    settled,
    problems,
    folder,
    unclosed,
    held,
    path,
    enqueue: (recordingId, change) =>
      uploads.enqueue({
        sessionId: 's',
        recordingId,
        destination: 'processing',
        subtitleModel: 'base',
        priority: 1,
        manual: false,
        bytesTotal: 1000,
        ...change,
      }),
    state: (id, state) =>
      vi.waitFor(() => {
        const upload = uploads.get(id);
        expect(upload.state).toBe(state);
        return upload;
      }),
    restart: (next = new FakeDriver()) => rigOn(database, folder, clock, next),
  };
}
