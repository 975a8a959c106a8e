import { basename } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Upload } from '../../shared/domain.ts';
import { type ErrorInfo, errorInfo, StreamAIError } from '../../shared/errors.ts';
import { LiveEvents } from '../live-events.ts';
import type { StoredObjects } from './destinations/stored-objects.ts';
import { createRig, FakeDriver, type Rig } from './queue-fixture.ts';
import { createUploads, type UploadRequest, type Uploads } from './uploads.ts';

class FetchingDriver extends FakeDriver {
  accepts: boolean | null = true;

  acceptsSource(): boolean | null {
    return this.accepts;
  }
}

let rig: Rig;
let storage: FakeDriver;
let processing: FetchingDriver;
let policy: { mayStart: boolean; notice: ErrorInfo | null };
let uploads: Uploads;
let told: Upload[];
const presigned: string[] = [];
let live: LiveEvents;

/** The queue over these destinations, on the rig's database. */
function rebuild(drivers: FakeDriver[]): Uploads {
  const built = createUploads({
    database: rig.database,
    live,
    drivers,
    log: { info() {}, warn() {}, error() {} },
    recordings: {
      recordingFile: (id) => ({ path: rig.path(id), fileName: basename(rig.path(id)), container: 'mkv', closed: null }),
      mayFollow: async () => true,
      unclosed: () => [],
    },
    clock: rig.clock,
    random: () => 0.5,
    policy,
    objects: {
      presign: async (id: string) => {
        presigned.push(id);
        return { url: `https://s3/${id}?X-Amz-Signature=5ecret`, expiresAt: 0 };
      },
    } as unknown as StoredObjects,
  });
  onTestFinished(() => built.close());
  return built;
}

beforeEach(async () => {
  rig = await createRig();
  storage = new FakeDriver('object-storage');
  processing = new FetchingDriver('processing');
  policy = { mayStart: true, notice: null };
  presigned.length = 0;
  told = [];
  live = new LiveEvents(() => rig.clock.now());
  live.subscribe((event) => event.type === 'upload_updated' && told.push(event.data));
  uploads = rebuild([storage, processing]);
  uploads.start();
});

const request: UploadRequest = {
  sessionId: 's',
  recordingId: 'r1',
  subtitleModel: 'base',
  priority: 1,
  manual: false,
  bytesTotal: 1000,
};
const enqueue = (): [Upload, Upload] => {
  const [first, second] = uploads.enqueueAll(request);
  if (!first || !second) throw new Error('not two');
  return [first, second];
};
const reaches = (id: string, state: Upload['state']): Promise<Upload> =>
  vi.waitFor(() => {
    const upload = uploads.get(id);
    expect(upload.state).toBe(state);
    return upload;
  });
const noTask = { task: null } as const;

describe('a recording for both destinations', () => {
  test('goes to Object Storage, and from there to a server that can fetch', async () => {
    const [first, second] = enqueue();
    expect(first.destination).toBe('object-storage');
    expect(second).toMatchObject({ destination: 'processing', afterUploadId: first.id });
    (await storage.sending(1)).succeed(noTask);
    const sending = await processing.sending(1);
    expect(processing.sends).toHaveLength(1);
    expect(await sending.job.source?.()).toBe(`https://s3/${first.id}?X-Amz-Signature=5ecret`);
    sending.succeed({ sentAs: 'source_url' });
    expect(await reaches(second.id, 'completed')).toMatchObject({ sentAs: 'source_url', notice: null });
    expect(uploads.get(first.id).sentAs).toBe('file');
    expect(JSON.stringify(told)).not.toContain('5ecret');
  });

  test('waits with the server until it is known whether it can fetch', async () => {
    processing.accepts = null;
    const [, second] = enqueue();
    await storage.sending(1);
    expect(uploads.get(second.id)).toMatchObject({ state: 'queued', notice: { code: 'waits_for_object_storage' } });
    processing.accepts = false;
    uploads.wake();
    const { job } = await processing.sending(1);
    expect(job.source).toBeNull();
    expect(uploads.get(second.id).notice).toBeNull();
  });

  test('is sent to both at once where the server cannot fetch', async () => {
    processing.accepts = false;
    enqueue();
    const [, { job }] = await Promise.all([storage.sending(1), processing.sending(1)]);
    expect(job.source).toBeNull();
  });

  test.each<[string, (id: string) => Promise<unknown> | unknown]>([
    ['fails', async () => (await storage.sending(1)).fail(new StreamAIError('file_empty', { file: 'x' }))],
    ['is cancelled', (id) => uploads.cancel(id)],
  ])('is sent as a file when the way to Object Storage %s', async (_how, end) => {
    const [first] = enqueue();
    await storage.sending(1);
    await end(first.id);
    const { job } = await processing.sending(1);
    expect(job.source).toBeNull();
    expect(presigned).toEqual([]);
  });

  test('waits as long as Object Storage is paused', async () => {
    const [first, second] = enqueue();
    await storage.sending(1);
    uploads.pause(first.id);
    expect(uploads.get(second.id).state).toBe('queued');
    uploads.resume(first.id);
    (await storage.sending(2)).succeed(noTask);
    await processing.sending(1);
  });

  test('is sent as a file once Object Storage is not set up any more', async () => {
    const [first, second] = enqueue();
    await storage.sending(1);
    uploads.pause(first.id);
    storage.usable = false;
    uploads.wake();
    const { job } = await processing.sending(1);
    expect(job).toMatchObject({ upload: { id: second.id }, source: null });
    expect(uploads.get(second.id).notice).toBeNull();
  });

  test('is sent as a file after three attempts of the server to fetch it', async () => {
    enqueue();
    (await storage.sending(1)).succeed(noTask);
    for (let attempt = 1; attempt <= 3; attempt++) {
      const sending = await processing.sending(attempt);
      expect(sending.job.source).not.toBeNull();
      sending.fail(new StreamAIError('destination_failed', { status: 502, detail: '' }));
      await vi.waitFor(() => expect(uploads.counts().waiting).toBe(1));
      rig.clock.advance(10_000);
    }
    expect((await processing.sending(4)).job.source).toBeNull();
  });

  test('waits at the start until the server has said whether it fetches files: it is not sent what it can fetch', async () => {
    const [first, second] = enqueue();
    (await storage.sending(1)).succeed(noTask);
    await reaches(first.id, 'completed');
    await processing.sending(1);
    await uploads.close();
    // As a kill leaves it, after a restart.
    const fresh = new FetchingDriver('processing');
    fresh.accepts = null;
    const answered = Promise.withResolvers<void>();
    fresh.checkHealth = () => answered.promise;
    const again = rebuild([storage, fresh]);
    again.start();
    await vi.waitFor(() => expect(again.get(second.id).state).toBe('queued'));
    expect(fresh.sends).toEqual([]);
    fresh.accepts = true;
    answered.resolve();
    expect((await fresh.sending(1)).job.source).not.toBeNull();
  });

  test('goes to the one that is set up alone', () => {
    storage.usable = false;
    const [only, none] = uploads.enqueueAll(request);
    expect(only).toMatchObject({ destination: 'processing', afterUploadId: null });
    expect(none).toBeUndefined();
  });
});

describe('while OBS is on air and uploads wait', () => {
  test('nothing begins, the reason is told, and all goes on afterwards', async () => {
    Object.assign(policy, { mayStart: false, notice: errorInfo('held_on_air') });
    const [first] = enqueue();
    expect(uploads.get(first.id)).toMatchObject({ state: 'queued', notice: { code: 'held_on_air' } });
    expect(storage.sends).toEqual([]);
    Object.assign(policy, { mayStart: true, notice: null });
    told.length = 0;
    uploads.policyChanged();
    expect(told.find(({ id }) => id === first.id)?.notice).toBeNull();
    await storage.sending(1);
  });

  test('an upload on its way says why it is slow', async () => {
    const [first] = enqueue();
    await storage.sending(1);
    policy.notice = errorInfo('slowed_for_obs', { mbit: 3 });
    uploads.policyChanged();
    expect(told.at(-2)).toMatchObject({ id: first.id, state: 'uploading', notice: { code: 'slowed_for_obs' } });
  });
});
