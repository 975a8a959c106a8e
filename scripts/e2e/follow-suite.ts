/**
 * Upload while recording on one real OBS: every container that it writes, over a line that is not much faster than the
 * recording. The object is the final file; which parts were sent twice is printed.
 */
import { readFile, rename, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Session, Upload } from '../../shared/domain.ts';
import { describePeer } from '../rig/describe-peer.ts';
import type { ObsKind } from '../rig/obs-types.ts';
import { peersOfObs } from '../rig/peers.ts';
import { type Rgw, startRgw } from '../rig/rgw.ts';
import { sha256Of } from '../rig/sha256.ts';
import { until } from '../rig/until.ts';
import { StorageWorld } from './storage-world-fixture.ts';

/** Seconds of each recording; 60 for the figures in the documentation. */
const seconds = Number(process.env.STREAMAI_LIVE_SECONDS ?? 8);
const recordedAt = 20_000_000;
const lineRate = 40_000_000;

export interface LiveUploadOptions {
  readonly kind: Exclude<ObsKind, 'simulated'>;
  /** OBS's key for the format: RecFormat up to 29.1, RecFormat2 later. */
  readonly key: 'RecFormat' | 'RecFormat2';
  readonly formats: readonly string[];
}

export async function describeLiveUpload({ kind, key, formats }: LiveUploadOptions): Promise<void> {
  await describePeer(['ceph', ...peersOfObs[kind]], `upload while recording, OBS ${kind}`, () => {
    let rgw: Rgw;
    let world: StorageWorld;
    beforeAll(async () => {
      rgw = await startRgw({ bytes: 4 * 1024 ** 3 });
      const obsOptions = { kbps: recordedAt / 1000, split: true };
      // No processing server: what happens there begins when all of this is over.
      world = await StorageWorld.start(rgw, {}, { obs: kind, obsOptions, processingUrl: '' });
      world.link.setRate(lineRate);
    });
    afterAll(async () => {
      await world?.dispose();
      await rgw?.stop();
    });
    beforeEach(() => {
      world.gate.forget();
      world.gate.rules = {};
    });

    const setProfile = async (category: string, name: string, value: string): Promise<void> => {
      const client = await world.world.obsClient();
      const parameter = { parameterCategory: category, parameterName: name, parameterValue: value };
      await client.call('SetProfileParameter', parameter);
    };
    const live = async (what: string, holds: (upload: Upload) => boolean): Promise<Upload> =>
      until(
        what,
        async () => {
          const [session] = await world.agent.api.sessions();
          return session?.recordings.flatMap(({ uploads }) => uploads).find(holds) ?? null;
        },
        { ms: 40_000, detail: () => world.agent.logTail() },
      );
    /** Starts, and resolves when parts have gone. */
    const recordSome = async (name: string, parts = 1): Promise<Session> => {
      const session = await world.agent.api.start({ sessionName: name });
      await live(
        'parts go while OBS records',
        (upload) => upload.phase === 'following' && (upload.parts?.done ?? 0) >= parts,
      );
      return session;
    };
    /** On a busy machine OBS is behind with encoding, and takes longer than the agent waits for its word: then that is its answer. */
    const stop = async (): Promise<void> => {
      const { status, body } = await world.agent.api.call('POST', '/api/integrated/recording/stop');
      if (status !== 200) expect(body).toMatchObject({ error: { code: 'obs_not_confirmed' } });
      await world.agent.live.session('OBS has stopped', ({ state }) => state !== 'recording', 60_000);
    };
    const expectWhole = async (sessionId: string, path?: string): Promise<Session> => {
      const session = await arrivedSession(world, sessionId);
      for (const recording of session.recordings) {
        const upload = recording.uploads.find(({ destination }) => destination === 'object-storage');
        const file = path ?? recording.path;
        expect(upload?.bytesTotal).toBe((await stat(file)).size);
        expect(await rgw.s3.sha256(world.bucket, upload?.object?.key ?? '')).toBe(await sha256Of(file));
      }
      await until('nothing half-done is left', async () => (await rgw.s3.multiparts(world.bucket)).length === 0);
      return session;
    };

    test.each(formats)(`%s: ${seconds} s at 20 Mbit/s over 40 Mbit/s`, async (format) => {
      await setProfile('AdvOut', key, format);
      const before = await bytesRead(world.agent.child.pid);
      const { id } = await recordSome(`Live ${format}`);
      const behind = await live('how far behind is said', ({ behindMs }) => behindMs !== null);
      await delay(Math.max(0, seconds * 1000 - 4000));
      await stop();
      const session = await expectWhole(id);
      const [recording] = session.recordings;
      const read = (await bytesRead(world.agent.child.pid)) - before;
      const parts = world.gate.calls.filter(({ verb, end }) => verb === 'part' && end === 'delivered');
      const twice = parts.map(({ part }) => part).filter((part, index, all) => all.indexOf(part) !== index);
      const bytes = recording?.bytes ?? 0;
      console.log(
        `${kind} ${format}: ${(bytes / 1e6).toFixed(1)} MB in ${parts.length} parts, sent twice: ${twice.join(', ') || 'none'}; ` +
          `stop to uploaded ${session.metadata.stopToUploadedMs} ms; ` +
          `read ${(read / bytes).toFixed(2)} times; ${((behind.behindMs ?? 0) / 1000).toFixed(1)} s behind live`,
      );
      expect(parts.length).toBeGreaterThan(2);
      expect(twice).toEqual([]);
      expect(session.metadata.stopToUploadedMs).toBeGreaterThan(0);
    });

    test('paused and resumed: nothing is lost, the rest goes on', async () => {
      const { id } = await recordSome('Live paused');
      await delay(600);
      await world.agent.api.command('pause');
      await delay(600);
      await world.agent.api.command('resume');
      await delay(1000);
      await stop();
      await expectWhole(id);
    });

    test('the agent killed and back in mid-recording: goes on from the parts that are there', async () => {
      const { id } = await recordSome('Live agent killed', 2);
      await world.agent.kill();
      const sent = new Set(delivered(world));
      world.gate.forget();
      await world.agent.start();
      await live('parts go again', (upload) => upload.phase === 'following' && (upload.parts?.done ?? 0) > sent.size);
      await stop();
      await expectWhole(id);
      // What was on its way may be there without the journal knowing; it is compared, not sent.
      expect(delivered(world).filter((part) => sent.has(part))).toEqual([]);
    });

    test('the line is lost for 5 s in mid-recording', async () => {
      const { id } = await recordSome('Live line lost');
      world.link.refuse(true);
      await delay(5000);
      world.link.refuse(false);
      await stop();
      await expectWhole(id);
    });

    test('discarded in mid-recording: what was sent is taken away, the file stays', async () => {
      const { id } = await recordSome('Live discarded');
      const discarded = await world.agent.api.discard(id);
      expect(discarded.metadata.discarded).toBe(true);
      await until('the multipart is aborted', async () => (await rgw.s3.multiparts(world.bucket)).length === 0);
      await stop();
      const session = await world.agent.live.recorded(id);
      expect(session.recordings.flatMap(({ uploads }) => uploads)).toEqual([]);
      expect((await stat(session.recordings[0]?.path ?? '')).size).toBeGreaterThan(0);
    });

    test('OBS killed in mid-recording: the file as it is on disk is what arrives', async () => {
      const { id } = await recordSome('Live OBS killed');
      await world.world.obs.kill();
      await world.world.obs.restart();
      const session = await expectWhole(id);
      expect(session.state).toBe('interrupted');
      await world.agent.live.until('the agent is connected to OBS', ({ obs }) => obs.state === 'connected');
    });

    test('OBS remuxes the file after the stop: what arrives is what it recorded', async () => {
      await setProfile('AdvOut', key, 'mkv');
      await setProfile('Video', 'AutoRemux', 'true');
      const { id } = await recordSome('Live remuxed');
      await stop();
      const { recordings } = await expectWhole(id);
      await setProfile('Video', 'AutoRemux', 'false');
      expect(recordings.map(({ fileName }) => fileName)).toEqual(['Live remuxed.mkv']);
      const remuxed = recordings[0]?.path.replace(/mkv$/, 'mp4') ?? '';
      await until('OBS has remuxed it', () =>
        stat(remuxed).then(
          ({ size }) => size > 0,
          () => false,
        ),
      );
    });

    test('moved right after the stop: a clear failure or the whole file, and after moving back it arrives', async () => {
      const { id } = await recordSome('Live moved');
      const [recording] = (await world.agent.api.session(id)).recordings;
      const file = recording?.path ?? '';
      world.link.cut();
      await stop();
      await world.agent.live.recorded(id);
      await rename(file, `${file}.moved`);
      world.link.restore();
      const upload = await world.reaches(id, ['completed', 'failed']);
      if (upload.state === 'failed') {
        expect(upload.error?.code).toBe('file_missing');
        await rename(`${file}.moved`, file);
        await world.agent.api.uploadCommand(upload.id, 'retry');
        await expectWhole(id);
      } else await expectWhole(id, `${file}.moved`);
    });

    if (kind === 'newest') {
      test('split: each file is finished as soon as OBS moves on', async () => {
        const { id } = await recordSome('Live split');
        await world.agent.api.command('split');
        await live('the first file has arrived while the second one is recorded', ({ state }) => state === 'completed');
        expect((await world.agent.api.session(id)).state).toBe('recording');
        await delay(1000);
        await stop();
        const session = await expectWhole(id);
        expect(session.recordings).toHaveLength(2);
      });
    }
  });
}

async function arrivedSession(world: StorageWorld, id: string): Promise<Session> {
  return until(
    'everything has arrived',
    async () => {
      const session = await world.agent.api.session(id);
      const uploads = session.recordings.flatMap((recording) => recording.uploads);
      const failed = uploads.find(({ state }) => state === 'failed');
      if (failed) throw new Error(`an upload failed: ${JSON.stringify(failed.error)}`);
      const whole = uploads.length >= session.recordings.length && uploads.every(({ state }) => state === 'completed');
      return whole ? session : null;
    },
    { ms: 90_000, detail: () => world.agent.logTail() },
  );
}

function delivered(world: StorageWorld): number[] {
  return world.gate.calls.filter(({ verb, end }) => verb === 'part' && end === 'delivered').map(({ part }) => part);
}

/** Bytes that a process has read from files so far, from disk or cache; what its sockets got is little beside it. */
async function bytesRead(pid: number | undefined): Promise<number> {
  const text = await readFile(`/proc/${pid}/io`, 'utf8');
  return Number(/rchar: (\d+)/.exec(text)?.[1] ?? Number.NaN);
}
