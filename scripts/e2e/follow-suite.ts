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
const seconds = Number(process.env.STREAMAI_FOLLOW_SECONDS ?? 8);
const recordedAt = 20_000_000;
const lineRate = 40_000_000;

export interface FollowingOptions {
  readonly kind: Exclude<ObsKind, 'simulated'>;
  /** OBS's key for the format: RecFormat up to 29.1, RecFormat2 later. */
  readonly key: 'RecFormat' | 'RecFormat2';
  readonly formats: readonly string[];
}

export async function describeFollowing({ kind, key, formats }: FollowingOptions): Promise<void> {
  await describePeer(['ceph', ...peersOfObs[kind]], `upload while recording, OBS ${kind}`, () => {
    let rgw: Rgw;
    let storage: StorageWorld;
    beforeAll(async () => {
      rgw = await startRgw({ bytes: 4 * 1024 ** 3 });
      const obsOptions = { kbps: recordedAt / 1000, split: true };
      // No processing server: what happens there begins when all of this is over.
      storage = await StorageWorld.start(rgw, {}, { obs: kind, obsOptions, processingUrl: '' });
      storage.link.setRate(lineRate);
    });
    afterAll(async () => {
      await storage?.dispose();
      await rgw?.stop();
    });
    beforeEach(() => {
      storage.gate.forget();
      storage.gate.rules = {};
    });

    const setProfile = async (category: string, name: string, value: string): Promise<void> => {
      const client = await storage.world.obsClient();
      const parameter = { parameterCategory: category, parameterName: name, parameterValue: value };
      await client.call('SetProfileParameter', parameter);
    };
    const uploadThat = async (what: string, holds: (upload: Upload) => boolean): Promise<Upload> =>
      until(
        what,
        async () => {
          const [session] = await storage.agent.api.sessions();
          return session?.recordings.flatMap(({ uploads }) => uploads).find(holds) ?? null;
        },
        { ms: 40_000, detail: () => storage.agent.logTail() },
      );
    /** Starts a recording; resolves once that many parts of it have arrived. */
    const recordSome = async (name: string, parts = 1): Promise<Session> => {
      const session = await storage.agent.api.start({ sessionName: name });
      await uploadThat(
        'parts go while OBS records',
        (upload) => upload.phase === 'following' && (upload.parts?.done ?? 0) >= parts,
      );
      return session;
    };
    /** A busy OBS, behind with encoding, may take longer to stop than the agent waits: then the agent says so. */
    const stop = async (): Promise<void> => {
      const { status, body } = await storage.agent.api.call('POST', '/api/integrated/recording/stop');
      if (status !== 200) expect(body).toMatchObject({ error: { code: 'obs_not_confirmed' } });
      const stopped = ({ state }: Session): boolean => !['recording', 'paused', 'stopping'].includes(state);
      await storage.agent.live.session('OBS has stopped', stopped, 60_000);
    };
    const expectWhole = async (sessionId: string, path?: string): Promise<Session> => {
      const session = await arrivedSession(storage, sessionId);
      for (const recording of session.recordings) {
        const upload = recording.uploads.find(({ destination }) => destination === 'object-storage');
        const file = path ?? recording.path;
        expect(upload?.bytesTotal).toBe((await stat(file)).size);
        expect(await rgw.s3.sha256(storage.bucket, upload?.object?.key ?? '')).toBe(await sha256Of(file));
      }
      await until('nothing half-done is left', async () => (await rgw.s3.multiparts(storage.bucket)).length === 0);
      return session;
    };

    test.each(formats)(`%s: ${seconds} s at 20 Mbit/s over 40 Mbit/s`, async (format) => {
      await setProfile('AdvOut', key, format);
      const before = await bytesRead(storage.agent.child.pid);
      const { id } = await recordSome(`Following ${format}`);
      const behind = await uploadThat('how far behind is said', ({ behindMs }) => behindMs !== null);
      await delay(Math.max(0, seconds * 1000 - 4000));
      await stop();
      const session = await expectWhole(id);
      const [recording] = session.recordings;
      const read = (await bytesRead(storage.agent.child.pid)) - before;
      const parts = storage.gate.calls.filter(({ verb, end }) => verb === 'part' && end === 'delivered');
      const twice = parts.map(({ part }) => part).filter((part, index, all) => all.indexOf(part) !== index);
      const bytes = recording?.bytes ?? 0;
      console.log(
        `${kind} ${format}: ${(bytes / 1e6).toFixed(1)} MB in ${parts.length} parts, sent twice: ${twice.join(', ') || 'none'}; ` +
          `stop to uploaded ${session.metadata.stopToUploadedMs} ms; ` +
          `read ${(read / bytes).toFixed(2)} times; ${((behind.behindMs ?? 0) / 1000).toFixed(1)} s behind OBS`,
      );
      expect(parts.length).toBeGreaterThan(2);
      expect(twice).toEqual([]);
      expect(session.metadata.stopToUploadedMs).toBeGreaterThan(0);
    });

    test('paused and resumed: nothing is lost, the rest goes on', async () => {
      const { id } = await recordSome('Paused');
      await delay(600);
      await storage.agent.api.command('pause');
      await delay(600);
      await storage.agent.api.command('resume');
      await delay(1000);
      await stop();
      await expectWhole(id);
    });

    test('the agent killed and back in mid-recording: goes on from the parts that are there', async () => {
      const { id } = await recordSome('Agent killed', 2);
      await storage.agent.kill();
      const sent = new Set(delivered(storage));
      storage.gate.forget();
      await storage.agent.start();
      await uploadThat(
        'parts go again',
        (upload) => upload.phase === 'following' && (upload.parts?.done ?? 0) > sent.size,
      );
      await stop();
      await expectWhole(id);
      // What was on its way may be there without the journal knowing; it is compared, not sent.
      expect(delivered(storage).filter((part) => sent.has(part))).toEqual([]);
    });

    test('the line is lost for 5 s in mid-recording', async () => {
      const { id } = await recordSome('Line lost');
      storage.link.refuse(true);
      await delay(5000);
      storage.link.refuse(false);
      await stop();
      await expectWhole(id);
    });

    test('discarded in mid-recording: what was sent is taken away, the file stays', async () => {
      const { id } = await recordSome('Discarded');
      const discarded = await storage.agent.api.discard(id);
      expect(discarded.metadata.discarded).toBe(true);
      await until('the multipart is aborted', async () => (await rgw.s3.multiparts(storage.bucket)).length === 0);
      await stop();
      const session = await storage.agent.live.recorded(id);
      expect(session.recordings.flatMap(({ uploads }) => uploads)).toEqual([]);
      expect((await stat(session.recordings[0]?.path ?? '')).size).toBeGreaterThan(0);
    });

    test('OBS killed in mid-recording: the file as it is on disk is what arrives', async () => {
      const { id } = await recordSome('OBS killed');
      await storage.world.obs.kill();
      await storage.world.obs.restart();
      const session = await expectWhole(id);
      expect(session.state).toBe('interrupted');
      await storage.agent.live.until('the agent is connected to OBS', ({ obs }) => obs.state === 'connected');
    });

    test('OBS remuxes the file after the stop: what arrives is what it recorded', async () => {
      await setProfile('AdvOut', key, 'mkv');
      await setProfile('Video', 'AutoRemux', 'true');
      const { id } = await recordSome('Remuxed');
      await stop();
      const { recordings } = await expectWhole(id);
      await setProfile('Video', 'AutoRemux', 'false');
      expect(recordings.map(({ fileName }) => fileName)).toEqual(['Remuxed.mkv']);
      const remuxed = recordings[0]?.path.replace(/mkv$/, 'mp4') ?? '';
      await until('OBS has remuxed it', () =>
        stat(remuxed).then(
          ({ size }) => size > 0,
          () => false,
        ),
      );
    });

    test('moved right after the stop: a clear failure or the whole file, and after moving back it arrives', async () => {
      const { id } = await recordSome('Moved');
      const [recording] = (await storage.agent.api.session(id)).recordings;
      const file = recording?.path ?? '';
      storage.link.cut();
      await stop();
      await storage.agent.live.recorded(id);
      await rename(file, `${file}.moved`);
      storage.link.restore();
      const upload = await storage.reaches(id, ['completed', 'failed']);
      if (upload.state === 'failed') {
        expect(upload.error?.code).toBe('file_missing');
        await rename(`${file}.moved`, file);
        await storage.agent.api.uploadCommand(upload.id, 'retry');
        await expectWhole(id);
      } else await expectWhole(id, `${file}.moved`);
    });

    if (kind === 'newest') {
      test('split: each file is finished as soon as OBS moves on', async () => {
        const { id } = await recordSome('Split');
        await storage.agent.api.command('split');
        await uploadThat(
          'the first file has arrived while the second one is recorded',
          ({ state }) => state === 'completed',
        );
        expect((await storage.agent.api.session(id)).state).toBe('recording');
        await delay(1000);
        await stop();
        const session = await expectWhole(id);
        expect(session.recordings).toHaveLength(2);
      });
    }
  });
}

async function arrivedSession(storage: StorageWorld, id: string): Promise<Session> {
  return until(
    'everything has arrived',
    async () => {
      const session = await storage.agent.api.session(id);
      const uploads = session.recordings.flatMap((recording) => recording.uploads);
      const failed = uploads.find(({ state }) => state === 'failed');
      if (failed) throw new Error(`an upload failed: ${JSON.stringify(failed.error)}`);
      const whole = uploads.length >= session.recordings.length && uploads.every(({ state }) => state === 'completed');
      return whole ? session : null;
    },
    { ms: 90_000, detail: () => storage.agent.logTail() },
  );
}

function delivered(storage: StorageWorld): number[] {
  return storage.gate.calls.filter(({ verb, end }) => verb === 'part' && end === 'delivered').map(({ part }) => part);
}

/** Bytes that a process has read from files so far, from disk or cache; what its sockets got is little beside it. */
async function bytesRead(pid: number | undefined): Promise<number> {
  const text = await readFile(`/proc/${pid}/io`, 'utf8');
  return Number(/rchar: (\d+)/.exec(text)?.[1] ?? Number.NaN);
}
