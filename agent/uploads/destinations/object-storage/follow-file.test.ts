import { randomBytes } from 'node:crypto';
import { appendFile, open, readFile, truncate, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { S3Verb } from '../../../../scripts/rig/gate.ts';
import type { FollowedNow, FollowJob } from '../destination.ts';
import { jobFor, tempFile } from '../job-fixture.ts';
import { unpaced } from '../pacer.ts';
import { RightOfWay } from '../right-of-way.ts';
import { followFile } from './follow-file.ts';
import { uploadMultipart } from './multipart-upload.ts';
import { callsOf, type StorageWorld, startMemoryWorld } from './storage-world-fixture.ts';

// Megabytes pass through four sockets of this one process: a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

const mebibyte = 1024 * 1024;
/** Of a growing file. */
const partBytes = 5 * mebibyte;
const key = 'd/recording.mkv';
const soon = { timeout: 30_000, interval: 10 };

let world: StorageWorld;
beforeEach(async () => {
  world = await startMemoryWorld();
});

/** A recording that is being written. */
class Recording {
  readonly ended = new AbortController();
  readonly path: string;
  /** What was asked for last. */
  now: (() => FollowedNow) | undefined;

  private constructor(path: string) {
    this.path = path;
  }

  static async begin(bytes = 0): Promise<Recording> {
    return new Recording(await tempFile(randomBytes(bytes)));
  }

  grow(bytes: number): Promise<void> {
    return appendFile(this.path, randomBytes(bytes));
  }

  /** As OBS does at the end, or as it is not expected to do. */
  async rewrite(position: number): Promise<void> {
    const file = await open(this.path, 'r+');
    await file.write(randomBytes(64), 0, 64, position);
    await file.close();
  }

  async follow(off: AbortSignal = new AbortController().signal, rightOfWay = new RightOfWay()): Promise<void> {
    const { upload, path, fileName } = await jobFor(this.path);
    const watch = (now: () => FollowedNow): void => {
      this.now = now;
    };
    const job: FollowJob = { upload, path, fileName, watch, ended: this.ended.signal, signal: off };
    await followFile({ ...ports(), pacer: unpaced, rightOfWay }, job);
  }

  /** Ends it, with its head written again, and waits for what follows it. */
  async end(following?: Promise<void>): Promise<void> {
    await this.rewrite(40);
    this.ended.abort();
    await following;
  }

  /** What the queue does once the file is final. */
  async send(): Promise<void> {
    await uploadMultipart({ ...ports(), pacer: unpaced, contentType: 'video/x-matroska' }, await jobFor(this.path));
  }

  async expectObject(): Promise<void> {
    const content = await readFile(this.path);
    expect((await world.read(key)).equals(content)).toBe(true);
    expect(world.journal.of('upload-1')).toMatchObject({ state: 'completed', content: { bytes: content.length } });
  }
}

function ports() {
  const { client, journal } = world;
  const note = (_: object | string, message = ''): void => world.onStep(message.replace('multipart: ', ''));
  const log = { debug: note, info() {}, warn() {} };
  return { client, journal, log, station: 'test', key: () => key, now: Date.now };
}

const calls = (): S3Verb[] => callsOf(world.gate);
/** Those that were sent, as often as they were. */
const parts = (): number[] => world.gate.calls.flatMap(({ verb, part }) => (verb === 'part' ? [part] : [])).sort();
const stored = (...numbers: number[]): Promise<void> =>
  vi.waitFor(() => {
    const id = world.journal.of('upload-1')?.id ?? 0;
    expect(world.journal.parts(id).map(({ number }) => number)).toEqual(numbers);
  }, soon);

describe('while it is written', () => {
  test('a recording of a few seconds is nothing to the store', async () => {
    const recording = await Recording.begin(2 * partBytes - 1);
    const following = recording.follow();
    await vi.waitFor(() => expect(recording.now?.().detail.bytesTotal).toBe(2 * partBytes - 1), soon);
    await recording.end(following);
    expect(calls()).toEqual([]);
    expect(world.journal.of('upload-1')).toBeUndefined();
  });

  test('each part but the first is sent once it is whole; what is left at the end is the first and the tail', async () => {
    const recording = await Recording.begin(2 * partBytes + 10);
    const following = recording.follow();
    await stored(2);
    expect(recording.now?.()).toMatchObject({
      bytesSent: partBytes,
      detail: { parts: { done: 1, total: 3 }, phase: 'following', bytesTotal: 2 * partBytes + 10 },
    });
    await recording.grow(partBytes);
    await stored(2, 3);
    await recording.end(following);
    expect(calls()).toEqual(['create', 'part', 'part']);
    world.gate.forget();
    await recording.send();
    expect(parts()).toEqual([1, 4]);
    await recording.expectObject();
    expect(await world.s3.multiparts(world.bucket)).toEqual([]);
  });

  test('what is late is told, and that it is not late any more', async () => {
    const recording = await Recording.begin(2 * partBytes);
    const sent = Promise.withResolvers<undefined>();
    world.gate.rules = { onCall: ({ verb }) => (verb === 'part' ? sent.promise : undefined) };
    const following = recording.follow();
    await vi.waitFor(() => expect(recording.now?.().detail.behindMs).toBeGreaterThan(300), soon);
    sent.resolve(undefined);
    await vi.waitFor(() => expect(recording.now?.().detail.behindMs).toBe(0), soon);
    await recording.end(following);
  });

  test('others let its parts pass, as long as any is on its way', async () => {
    const recording = await Recording.begin(partBytes);
    const rightOfWay = new RightOfWay();
    const held = vi.spyOn(rightOfWay, 'hold');
    const following = recording.follow(undefined, rightOfWay);
    await recording.grow(partBytes);
    await stored(2);
    expect(held).toHaveBeenCalledTimes(1);
    // Given back: nobody waits.
    expect(rightOfWay.yielding(unpaced).take(1, new AbortController().signal)).toBe(
      unpaced.take(1, recording.ended.signal),
    );
    await recording.end(following);
  });
});

describe('the guess that a part does not change any more', () => {
  test('is proven right or wrong once the file is final: what has changed is sent again', async () => {
    const recording = await Recording.begin(4 * partBytes);
    const following = recording.follow();
    await stored(2, 3, 4);
    await recording.rewrite(2 * partBytes + 7);
    await recording.end(following);
    world.gate.forget();
    await recording.send();
    expect(parts()).toEqual([1, 3]);
    await recording.expectObject();
  });
});

describe('after an attempt that ended', () => {
  /** Follows until a step is reached. */
  async function followUntil(recording: Recording, step: string): Promise<void> {
    const off = new AbortController();
    const reason = new Error('called off');
    world.onStep = (at) => {
      if (at === step) off.abort(reason);
    };
    await expect(recording.follow(off.signal)).rejects.toBe(reason);
    world.onStep = () => {};
    await vi.waitFor(() => expect(world.underWay()).toBe(0), soon);
    world.gate.forget();
  }

  test('what is stored is not sent again', async () => {
    const recording = await Recording.begin(3 * partBytes);
    await followUntil(recording, 'part 2 stored');
    await recording.grow(partBytes);
    const following = recording.follow();
    await stored(2, 3, 4);
    await recording.end(following);
    expect(calls()[0]).toBe('list-parts');
    expect(parts()).toEqual([3, 4]);
    await recording.send();
    await recording.expectObject();
  });

  test('what the store has and nobody wrote down is compared, and not sent again', async () => {
    const recording = await Recording.begin(2 * partBytes);
    await followUntil(recording, 'part is answered');
    const following = recording.follow();
    await stored(2);
    await recording.end(following);
    expect(calls()).toEqual(['list-parts']);
  });

  test('what the store has and the file has not any more is sent again', async () => {
    const recording = await Recording.begin(2 * partBytes);
    await followUntil(recording, 'part is answered');
    await recording.rewrite(partBytes + 3);
    const following = recording.follow();
    await stored(2);
    await recording.end(following);
    expect(parts()).toEqual([2]);
  });

  test('and nobody was there at its end, the finished file goes on from there', async () => {
    const recording = await Recording.begin(3 * partBytes + 1);
    await followUntil(recording, 'part 3 stored');
    await recording.end();
    await recording.send();
    expect(parts().filter((part) => part !== 2)).toEqual([1, 4]);
    await recording.expectObject();
  });

  test('and it was cut shorter than what was sent of it, it is begun anew', async () => {
    const recording = await Recording.begin(3 * partBytes);
    await followUntil(recording, 'part 3 stored');
    await truncate(recording.path, partBytes + 100);
    await recording.end();
    await recording.send();
    await recording.expectObject();
    expect(world.journal.aborting()).toHaveLength(1);
  });

  test('at an answer to the create that was not heard, there is one multipart in the end', async () => {
    const recording = await Recording.begin(2 * partBytes);
    await followUntil(recording, 'create is answered');
    const following = recording.follow();
    await stored(2);
    await recording.end(following);
    expect(calls().slice(0, 2)).toEqual(['list-multiparts', 'abort']);
    expect(await world.s3.multiparts(world.bucket)).toHaveLength(1);
  });
});

describe('a multipart', () => {
  test('that the store does not know any more is begun anew', async () => {
    const recording = await Recording.begin(2 * partBytes);
    const following = recording.follow();
    await stored(2);
    for (const multipart of await world.s3.multiparts(world.bucket)) await world.s3.abort(world.bucket, multipart);
    await recording.grow(partBytes);
    await stored(2, 3);
    await recording.end(following);
    expect(calls().filter((verb) => verb === 'create')).toHaveLength(2);
    await recording.send();
    await recording.expectObject();
  });

  test('of a file that was final, and is written again, is given up', async () => {
    const recording = await Recording.begin(1000);
    const off = new AbortController();
    world.onStep = (step) => {
      if (step === 'part 1 stored') off.abort();
    };
    const job = await jobFor(recording.path, { signal: off.signal });
    await uploadMultipart({ ...ports(), pacer: unpaced, contentType: 'video/x-matroska' }, job).catch(() => {});
    const final = world.journal.of('upload-1')?.id;
    await writeFile(recording.path, randomBytes(2 * partBytes));
    const following = recording.follow();
    await stored(2);
    await recording.end(following);
    expect(world.journal.aborting()).toMatchObject([{ id: final }]);
  });
});
