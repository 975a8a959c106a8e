/**
 * A path or a name is not a recording: what is sent, proven or deleted is the very file that OBS closed for its session, and
 * nothing of ours replaces an object that this upload did not write. Real Ceph RGW; OBS is simulated.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { LiveEvents } from '../../agent/live-events.ts';
import { SessionStore } from '../../agent/sessions/session-store.ts';
import { viewSession } from '../../agent/sessions/session-view.ts';
import { openDatabase } from '../../agent/storage/database.ts';
import { ObjectStorageDestination } from '../../agent/uploads/destinations/object-storage/object-storage.ts';
import { createUploads } from '../../agent/uploads/uploads.ts';
import type { Upload } from '../../shared/domain.ts';
import { defaultSettings } from '../../shared/settings.ts';
import { AgentProcess } from '../rig/agent-process.ts';
import { describePeer } from '../rig/describe-peer.ts';
import { startGate } from '../rig/gate.ts';
import { betweenCommandsMs } from '../rig/obs.ts';
import { peersOfObs } from '../rig/peers.ts';
import { type Rgw, startRgw } from '../rig/rgw.ts';
import { type S3Account, storageEnvironment } from '../rig/s3.ts';
import { sha256Of } from '../rig/sha256.ts';
import { startSimulatedObs } from '../rig/simulated-obs.ts';
import { until } from '../rig/until.ts';
import { temporaryFolder } from './simulated-world-fixture.ts';
import { mebibyte, randomContent, StorageWorld } from './storage-world-fixture.ts';
import { receivedTasks, World } from './world-fixture.ts';

/** One machine: its own OBS, its own agent, its own data folder. */
async function startStation(
  env: Record<string, string>,
): Promise<{ agent: AgentProcess; record(name: string): Promise<string> }> {
  const folder = await temporaryFolder('station');
  const obs = await startSimulatedObs({ recordingsDir: folder, kbps: 4000 });
  onTestFinished(() => obs.dispose());
  const agent = new AgentProcess(await temporaryFolder('data'), {
    OBS_HOST: obs.host,
    OBS_PORT: String(obs.port),
    OBS_PASSWORD: obs.password,
    ...env,
  });
  onTestFinished(() => agent.dispose());
  await agent.start();
  await agent.live.until('the agent is connected to OBS', (state) => state.obs.state === 'connected');
  const record = async (sessionName: string): Promise<string> => {
    const { id } = await agent.api.start({ sessionName });
    await agent.live.until('OBS wrote something', (_, event) => {
      return event?.type === 'recording_status_update' && event.data.bytes >= 100_000;
    });
    await agent.api.command('stop');
    return id;
  };
  return { agent, record };
}

await describePeer(['ceph'], 'several stations with one bucket', () => {
  let rgw: Rgw;
  beforeAll(async () => {
    rgw = await startRgw();
  });
  afterAll(() => rgw?.stop());

  test('two that record the same name on one day, and a third that lost its data folder: three objects, each its own', async () => {
    const bucket = `bucket-${randomUUID().slice(0, 8)}`;
    await rgw.s3.createBucket(bucket);
    const stations = await Promise.all([1, 2, 3].map(() => startStation(storageEnvironment(rgw, bucket))));
    const sessions = await Promise.all(
      stations.map(async ({ agent, record }) => {
        const id = await record('Lesson 1');
        return until(
          'it is uploaded',
          async () => {
            const session = await agent.api.session(id);
            const [upload] = session.recordings.flatMap(({ uploads }) => uploads);
            return upload?.state === 'completed' && { agent, upload, file: session.recordings[0]?.path ?? '' };
          },
          { ms: 60_000, detail: () => agent.logTail() },
        );
      }),
    );
    const keys = sessions.map(({ upload }) => upload.object?.key ?? '');
    expect(new Set(keys).size).toBe(3);
    for (const { upload, file } of sessions) {
      expect(await rgw.s3.sha256(bucket, upload.object?.key ?? '')).toBe(await sha256Of(file));
    }
    // Each JSON tells of its own recording.
    for (const key of keys) {
      const json = await until('the metadata is there', async () => {
        const text = await rgw.s3.text(bucket, `${key}.json`);
        return text?.includes('"session"') && text;
      });
      expect(JSON.parse(json).object.key).toBe(key);
    }
    // Where every station deletes what has arrived, a copy of each is left all the same.
    const recorded = await Promise.all(sessions.map(({ file }) => sha256Of(file)));
    await Promise.all(stations.map(({ agent }) => agent.api.call('PUT', '/api/settings', { deleteLocal: 'verified' })));
    for (const { agent, file } of sessions) {
      const gone = async (): Promise<boolean> => (await stat(file).catch(() => null)) === null;
      await until('the local file is deleted', gone, { ms: 60_000, detail: () => agent.logTail() });
    }
    expect(await Promise.all(keys.map((key) => rgw.s3.sha256(bucket, key)))).toEqual(recorded);
    for (const { upload } of sessions) expect(upload.provenBy).toBe('md5');
  });

  test('a path that was recorded to again is not deleted for the older recording’s copy', async () => {
    const bucket = `bucket-${randomUUID().slice(0, 8)}`;
    await rgw.s3.createBucket(bucket);
    const { agent, record } = await startStation(storageEnvironment(rgw, bucket));
    const id = await record('Overwritten');
    const file = await until(
      'it is uploaded',
      async () => {
        const [recording] = (await agent.api.session(id)).recordings;
        return recording?.uploads[0]?.state === 'completed' && recording.path;
      },
      { ms: 60_000, detail: () => agent.logTail() },
    );
    const { size, mtime } = await stat(file);
    const unproven = async (): Promise<number> => {
      const log = await readFile(path.join(agent.dataDir, 'agent.log'), 'utf8');
      return log.split('a copy is not proven').length - 1;
    };
    // As OBS overwrites it; also as long and as old as the other one was.
    for (const content of [randomContent(300_000), randomContent(size)]) {
      await writeFile(`${file}.new`, content);
      await utimes(`${file}.new`, mtime, mtime);
      const before = await unproven();
      await rename(`${file}.new`, file);
      await agent.restart();
      await agent.api.call('PUT', '/api/settings', { deleteLocal: 'verified' });
      await until('the copy is not proven', async () => (await unproven()) > before, { detail: () => agent.logTail() });
      expect((await readFile(file)).equals(content)).toBe(true);
      const [recording] = (await agent.api.session(id)).recordings;
      expect(recording?.state).not.toBe('deleted');
      await agent.api.call('PUT', '/api/settings', { deleteLocal: 'never' });
    }
  });
});

/** One station as far as its bucket is concerned: a journal of its own, and one recording that is to be sent. */
async function lightStation(rgw: S3Account, bucket: string, template: string) {
  const folder = await temporaryFolder('light');
  const database = openDatabase(':memory:');
  database.exec(`
    INSERT INTO sessions (id, name, name_key, state, started_by, started_at, duration_ms, auto_upload, subtitle_model, priority, notes, metadata)
    VALUES ('s', 'Lesson 1', 'lesson 1', 'recorded', 'rest', 0, 0, 1, 'base', 1, '', '{}')`);
  const live = new LiveEvents();
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const store = new SessionStore(database);
  const station = randomUUID().slice(0, 5);
  const settings = {
    ...defaultSettings,
    ...{ objectStorageEndpoint: rgw.url, objectStorageBucket: bucket, objectStorageKeyTemplate: template },
    ...{ objectStorageAccessKey: rgw.accessKey, objectStorageSecretKey: rgw.secretKey, objectStoragePrefix: '' },
  };
  const findSession = (id: string) => {
    const found = store.find(id);
    return found && viewSession(found, new Map(), 0);
  };
  const findRecordingPath = (id: string) => store.recordingFile(id)?.path ?? null;
  const storage = new ObjectStorageDestination({
    ...{ database, live, log, station, findSession, findRecordingPath },
    settings: () => settings,
  });
  const recordings = {
    recordingFile: (id: string) => store.recordingFile(id),
    unclosed: () => store.unclosed(),
    mayFollow: async () => true,
  };
  const uploads = createUploads({ database, live, log, drivers: [storage], objects: storage, recordings });
  uploads.start();
  let number = 0;
  return {
    /** Sends one more recording. @returns its content, and how its upload ended */
    async send(): Promise<{ content: Buffer; upload: Upload }> {
      number += 1;
      const content = randomContent(20_000);
      const file = path.join(folder, `lesson-${number}.mkv`);
      await writeFile(file, content);
      const inserted = 'INSERT INTO recordings (id, session_id, number, path, state, bytes, started_at)';
      database
        .prepare(`${inserted} VALUES (?, 's', ?, ?, 'ready', ?, 0)`)
        .run(`r${number}`, number, file, content.length);
      const request = { sessionId: 's', recordingId: `r${number}`, subtitleModel: 'base', priority: 1 } as const;
      const settled = new Promise<Upload>((resolve) => uploads.onSettled(resolve));
      uploads.enqueueAll({ ...request, manual: false, bytesTotal: content.length });
      return { content, upload: await settled };
    },
    async close(): Promise<void> {
      await uploads.close();
      database.close();
    },
  };
}

await describePeer(['ceph'], 'one name, again and again', () => {
  let rgw: Rgw;
  beforeAll(async () => {
    rgw = await startRgw();
  });
  afterAll(() => rgw?.stop());

  /** `STREAMAI_RACE_ROUNDS=200 npm test -- identity` runs more of them. */
  const rounds = Number(process.env.STREAMAI_RACE_ROUNDS ?? 15);

  test.each([
    ['that knows conditional writes', rounds, false],
    // Each looks, claims and looks again: that takes longer.
    ['that knows none', Math.ceil(rounds / (process.env.STREAMAI_RACE_ROUNDS === undefined ? 3 : 1)), true],
  ])(
    'on a store %s, %i rounds of three stations, one of which has lost its data folder: no object is replaced',
    async (_, rounds, plain) => {
      const bucket = `bucket-${randomUUID().slice(0, 8)}`;
      await rgw.s3.createBucket(bucket);
      const template = 'Lesson 1.mkv';
      const gate = await startGate(rgw.url);
      onTestFinished(() => gate.close());
      gate.rules = {
        onCall: ({ headers }) =>
          plain && headers['if-none-match'] !== undefined ? { status: 501, code: 'NotImplemented' } : undefined,
      };
      const store = { ...rgw, url: gate.url };
      const [one, other] = [await lightStation(store, bucket, template), await lightStation(store, bucket, template)];
      const sent = new Map<string, Buffer>();
      for (let round = 1; round <= rounds; round += 1) {
        const fresh = await lightStation(store, bucket, template);
        for (const { content, upload } of await Promise.all([one, other, fresh].map((station) => station.send()))) {
          expect(upload).toMatchObject({ state: 'completed' });
          const key = upload.object?.key ?? '';
          expect(sent.has(key), `${key} was given twice`).toBe(false);
          sent.set(key, content);
        }
        await fresh.close();
      }
      await one.close();
      await other.close();
      let replaced = 0;
      for (const [key, content] of sent) {
        const wanted = createHash('sha256').update(content).digest('hex');
        if ((await rgw.s3.sha256(bucket, key)) !== wanted) replaced += 1;
      }
      console.log(`${sent.size} objects of one name, ${replaced} replaced`);
      expect([sent.size, replaced]).toEqual([3 * rounds, 0]);
    },
    600_000,
  );
});

await describePeer(['ceph'], 'one recording’s file', () => {
  let rgw: Rgw;
  let storage: StorageWorld;
  beforeAll(async () => {
    rgw = await startRgw();
    storage = await StorageWorld.start(rgw);
  });
  afterAll(async () => {
    await storage?.dispose();
    await rgw?.stop();
  });

  /** An upload of 40 MiB that is held in its middle. */
  async function inMiddle(name: string) {
    const content = randomContent(40 * mebibyte);
    const { sessionId, file } = await storage.recorded(name, content);
    await storage.agent.api.call('PUT', '/api/settings', { bandwidthLimit: 80_000_000 });
    storage.gate.forget();
    await storage.send(sessionId);
    await until('a part has arrived', async () => storage.partBytes > 0);
    return { content, sessionId, file };
  }
  const atFullSpeed = (): Promise<unknown> => storage.agent.api.call('PUT', '/api/settings', { bandwidthLimit: null });

  test('that is replaced by rename while it is sent is not passed off as the new one', async () => {
    const { sessionId, file } = await inMiddle('Replaced');
    const other = `${file}.new`;
    await writeFile(other, randomContent(41 * mebibyte));
    await rename(other, file);
    await atFullSpeed();
    const upload = await storage.reaches(sessionId, ['failed', 'completed']);
    expect(upload).toMatchObject({ state: 'failed', error: { code: 'file_changed' } });
    // By hand it is taken as it is now.
    const [again] = await storage.agent.api.upload({ sessionId, destination: 'object-storage' });
    expect(again).toBeDefined();
    await storage.expectStored(await storage.arrived(sessionId), await readFile(file));
  });

  test('that is touched while it is sent goes on: no part is sent twice', async () => {
    const { content, sessionId, file } = await inMiddle('Touched');
    await utimes(file, new Date(), new Date());
    await atFullSpeed();
    const upload = await storage.arrived(sessionId);
    await until('the object is there', async () => upload.object !== null);
    expect(await rgw.s3.sha256(storage.bucket, upload.object?.key ?? '')).toBe(await sha256Of(file));
    // What was on its way when the attempt ended may be sent again: at most one part on each of four lanes.
    expect(storage.partBytes).toBeLessThan(content.length + 1);
  });
});

for (const kind of ['simulated', 'newest', 'system'] as const) {
  await describePeer(peersOfObs[kind], `a path that OBS ${kind} records to again`, () => {
    test('the older session says so, and is not sent the newer one’s bytes', async () => {
      const world = await World.start({ obs: kind, obsOptions: { kbps: 4000 } });
      onTestFinished(() => world.dispose());
      await world.receiver?.down();
      const { agent } = world;
      const button = await world.obsClient();
      const set = (parameterName: string, parameterValue: string) =>
        button.call('SetProfileParameter', { parameterCategory: 'Output', parameterName, parameterValue });
      await set('FilenameFormatting', 'always');
      await set('OverwriteIfExists', 'true');
      const known: string[] = [];
      const record = async (bytes: number): Promise<string> => {
        await button.call('StartRecord');
        await until('OBS records', async () => (await button.call('GetRecordStatus')).outputBytes > bytes);
        await setTimeout(betweenCommandsMs);
        await button.call('StopRecord');
        const { id } = await agent.live.session(
          'recorded',
          ({ id, state }) => state === 'recorded' && !known.includes(id),
        );
        known.push(id);
        await until('OBS has stopped', async () => !(await button.call('GetRecordStatus')).outputActive);
        await setTimeout(betweenCommandsMs);
        return id;
      };
      const earlier = await record(300_000);
      const later = await record(1_500_000);
      const [first, second] = await Promise.all([agent.api.session(earlier), agent.api.session(later)]);
      expect(first.recordings[0]?.path).toBe(second.recordings[0]?.path);
      await world.receiver?.up();
      const failed = await until(
        'the older one has failed',
        async () => {
          const upload = (await agent.api.session(earlier)).recordings[0]?.uploads[0];
          return upload?.state === 'failed' && upload;
        },
        { ms: 60_000, detail: () => agent.logTail() },
      );
      const file = path.basename(first.recordings[0]?.path ?? '');
      // OBS takes the old file away before it makes the new one: an attempt may look in between.
      expect(failed.error).toMatchObject({ code: expect.stringMatching(/^file_(changed|missing)$/), params: { file } });
      await world.expectArrivedOnce(await world.arrived(later));
      expect(await receivedTasks(world.receiver?.dir ?? '')).toHaveLength(1);
      // Nor can it be had by hand: the file is the later session's.
      const byHand = await agent.api.call('POST', '/api/integrated/upload/manual', { sessionId: earlier });
      expect(byHand.body).toMatchObject({ error: { code: expect.stringMatching(/^file_(changed|missing)$/) } });
    });
  });
}

for (const kind of ['simulated', 'newest'] as const) {
  await describePeer(peersOfObs[kind], `a new recording of OBS ${kind}`, () => {
    test('a name whose file is there already is not given again, also when its session was forgotten and OBS overwrites', async () => {
      const world = await World.start({ obs: kind, obsOptions: { kbps: 8000 } });
      onTestFinished(() => world.dispose());
      const { agent } = world;
      const button = await world.obsClient();
      await button.call('SetProfileParameter', {
        parameterCategory: 'Output',
        parameterName: 'OverwriteIfExists',
        parameterValue: 'true',
      });
      const { id } = await agent.api.start({ sessionName: 'Leçon' });
      await world.written(100_000);
      await agent.api.command('stop');
      const done = await world.arrived(id);
      expect((await agent.api.call('DELETE', `/api/integrated/recordings/${id}`)).status).toBe(204);
      const before = await sha256Of(done.recordings[0]?.path ?? '');
      const again = await agent.api.start({ sessionName: 'LEÇON' });
      expect(again.name).toBe('LEÇON (2)');
      await agent.api.command('stop');
      expect(await sha256Of(done.recordings[0]?.path ?? '')).toBe(before);
      await rm(done.recordings[0]?.path ?? '');
    });
  });
}
