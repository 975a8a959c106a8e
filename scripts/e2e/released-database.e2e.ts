/**
 * Somebody updates StreamAI from version 0.1.0, whose agent was killed in the middle of everything (agent/storage/fixtures): the
 * agent of today goes on with its database, its recordings and what lies in Object Storage, and serves what was there before.
 */
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Session, Upload } from '../../shared/domain.ts';
import { describePeer } from '../rig/describe-peer.ts';
import { type Rgw, startRgw } from '../rig/rgw.ts';
import { sha256Of } from '../rig/sha256.ts';
import { until } from '../rig/until.ts';
import {
  bucket,
  fileNameFormat,
  openTask,
  type ReleasedWorld,
  startReleasedWorld,
} from './released-database-fixture.ts';
import { receivedFiles } from './world-fixture.ts';

/** Newest first. */
const history = [
  ...['Émission en cours', 'Se termine', 'En route', 'Annulée', 'Refusée', 'En pause', 'Presque finie'],
  ...['Attente du stockage', 'Ratée', 'Sans témoin', 'Disque débranché', 'Coupure', 'Partie en deux'],
  ...['Ünal – (Scene B) T2', 'Ünal – (Scene B) T1', 'Leçon 1 – l’été', 'Vieux cours', 'Deuxième essai'],
  ...['2026-11-28 16-52-51', 'Premier essai'],
];

await describePeer(['ceph'], 'the agent over a database of version 0.1.0', () => {
  let rgw: Rgw;
  let world: ReleasedWorld;
  beforeAll(async () => {
    rgw = await startRgw();
    world = await startReleasedWorld(rgw);
    await world.agent.start();
  });
  afterAll(async () => {
    await world?.dispose();
    await rgw?.stop();
  });

  const api = (): ReleasedWorld['agent']['api'] => world.agent.api;
  const get = async (route: string): Promise<unknown> => {
    const { status, body } = await api().call('GET', route);
    expect(status, JSON.stringify(body)).toBe(200);
    return body;
  };
  const named = async (name: string): Promise<Session> => {
    const found = (await api().sessions('?limit=200')).find((session) => session.name === name);
    if (found === undefined) throw new Error(`there is no session ${name}`);
    return found;
  };
  const newest = async (name: string, destination: Upload['destination']): Promise<Upload> => {
    const uploads = (await named(name)).recordings.flatMap((recording) => recording.uploads);
    const found = uploads.findLast((upload) => upload.destination === destination);
    if (found === undefined) throw new Error(`nothing of ${name} goes to ${destination}`);
    return found;
  };
  const arrived = (name: string, destination: Upload['destination']): Promise<Upload> =>
    until(
      `${name} arrived at ${destination}`,
      async () => {
        const upload = await newest(name, destination);
        if (upload.state === 'failed') throw new Error(`${name} failed: ${JSON.stringify(upload.error)}`);
        return upload.state === 'completed' && upload;
      },
      { ms: 60_000, detail: () => world.agent.logTail() },
    );
  /** The numbers of a file's parts that this version sent, as the store saw them. */
  const sentParts = (name: string): Set<number> => {
    const parts = world.gate.calls.filter(({ verb, path: place }) => {
      return verb === 'part' && decodeURIComponent(place).endsWith(`/${name}.mp4`);
    });
    return new Set(parts.map(({ part }) => part));
  };

  test('ends the session whose file OBS was closing, and sends it', async () => {
    // First of all: OBS is waited for, but not for ever.
    expect((await named('Se termine')).state).toBe('finalising');
    world.closeSeTermine();
    await arrived('Se termine', 'object-storage');
    await arrived('Se termine', 'processing');
    expect(await named('Se termine')).toMatchObject({
      ...{ state: 'recorded', recordings: [{ state: 'ready', bytes: 314_058, finalised: true }] },
    });
  });

  test('serves the history as it was', async () => {
    expect((await api().sessions('?limit=200')).map(({ name }) => name)).toEqual(history);
    expect((await api().sessions('?q=%C3%A9t%C3%A9')).map(({ name }) => name)).toEqual(['Leçon 1 – l’été']);
    expect(await named('Leçon 1 – l’été')).toMatchObject({
      ...{ state: 'recorded', startedBy: 'rest', durationMs: 3808, subtitleModel: 'large', priority: 9 },
      notes: 'Série d’été.\nVersion longue.',
      marks: [
        { kind: 'note', atMs: 1000, text: 'Relire avant publication', inFile: false },
        { kind: 'chapter', atMs: 1050, text: 'Introduction', inFile: true },
        { kind: 'note', atMs: 1076, text: 'À couper : le micro était fermé', inFile: false },
        { kind: 'chapter', atMs: 1080, text: '', inFile: true },
        { kind: 'chapter', atMs: 3593, text: 'Questions', inFile: true },
      ],
      metadata: { number: 5, pauses: [{ atMs: 1070, durationMs: 518 }], stopToUploadedMs: 596 },
      recordings: [
        {
          ...{ fileName: 'Leçon 1.mp4', state: 'ready', bytes: 18_002_313, container: 'mp4', finalised: true },
          uploads: [
            {
              ...{
                destination: 'object-storage',
                state: 'completed',
                bytesSent: 18_002_313,
                parts: { done: 4, total: 4 },
              },
              object: { bucket, key: 'studio/2026-11-28/5 Leçon 1/Leçon 1.mp4' },
            },
            {
              ...{ destination: 'processing', state: 'completed', sentAs: 'source_url' },
              task: { status: 'completed', progress: 100, message: 'Sous-titres prêts' },
            },
          ],
        },
      ],
    });
    expect(Object.keys((await newest('Leçon 1 – l’été', 'processing')).task?.results ?? {})).toEqual([
      ...['video', 'subtitles'],
    ]);
    expect((await named('Vieux cours')).recordings).toMatchObject([{ state: 'deleted' }]);
    expect(await named('Disque débranché')).toMatchObject({ state: 'interrupted', recordings: [{ state: 'missing' }] });
    expect((await newest('Ünal – (Scene B) T2', 'processing')).task).toMatchObject({ status: 'unknown' });
  });

  test('serves every picture', async () => {
    for (const { sessionId, jpeg } of world.written('thumbnails')) {
      const answer = await fetch(`${world.agent.url}/api/integrated/recordings/${sessionId}/thumbnail`, {
        headers: { authorization: `Bearer ${world.agent.token}` },
      });
      expect(new Uint8Array(await answer.arrayBuffer())).toEqual(jpeg);
    }
  });

  test('serves the settings and the next session as they were', async () => {
    expect(await get('/api/settings')).toEqual({
      values: {
        ...{ obsHost: '127.0.0.1', obsPort: world.obs.port, recordingsDir: world.recordingsDir },
        ...{ processingUrl: world.receiver.url, uploadEndpoint: '/upload', statusEndpoint: '/status' },
        ...{ autoUpload: false, subtitleModel: 'small', priority: 3, uploadWhileRecording: false },
        ...{ bandwidthLimit: 80_000_000, whileOnAir: 'limit', whileOnAirLimit: 8_000_000 },
        ...{ deleteLocal: 'verified', keepLast: 50, keepFreeBytes: 20_000_000_000, language: 'fr' },
        nameTemplate: '{client} – {project} ({scene}) T{take}',
        ...{
          objectStorageEndpoint: world.gate.url,
          objectStorageBucket: bucket,
          objectStorageAccessKey: rgw.accessKey,
        },
        objectStoragePrefix: 'studio/',
        objectStorageKeyTemplate: '{client}/{date}/{counter} {session}/{file}',
        // Younger than that version.
        ...{ objectStorageAddressing: 'auto', objectStorageRegion: null, pathMappings: null, setupSeen: false },
      },
      secrets: { obsPassword: true, processingApiKey: true, objectStorageSecretKey: true },
      fixed: {},
    });
    expect(await get('/api/integrated/next-session')).toMatchObject({
      ...{ name: 'Émission du soir', autoUpload: true, subtitleModel: 'medium', priority: 7 },
      fields: { client: 'Café Noir', project: 'Saison 2' },
    });
  });

  test('gives OBS its file name format back', async () => {
    const client = await world.obsClient();
    await until('it is as it was', async () => {
      const { parameterValue } = await client.call('GetProfileParameter', fileNameFormat);
      return parameterValue === '%CCYY-%MM-%DD %hh-%mm-%ss';
    });
  });

  test('ends the session that was being recorded, and sends what of it had not arrived', async () => {
    const ended = await until('it has ended', async () => {
      const session = await named('Émission en cours');
      return session.state === 'interrupted' && session;
    });
    expect(ended.recordings).toMatchObject([{ state: 'ready', bytes: 15_001_235, finalised: false }]);
    // OBS never closed its file, so the chapter is not in it.
    expect(ended.marks).toMatchObject([
      { kind: 'chapter', text: 'Générique', inFile: false },
      { kind: 'note', text: 'Invité en retard' },
    ]);
    await arrived('Émission en cours', 'object-storage');
    expect(sentParts('Émission en cours')).toEqual(new Set([1, 3]));
    expect(await arrived('Émission en cours', 'processing')).toMatchObject({ sentAs: 'source_url' });
  });

  test('goes on with every upload from what had arrived', async () => {
    for (const name of ['En route', 'Attente du stockage', 'Presque finie', 'Premier essai']) {
      await arrived(name, 'object-storage');
    }
    expect(sentParts('En route')).toEqual(new Set([2]));
    expect(sentParts('Attente du stockage')).toEqual(new Set([1]));
    // Its object was there; only that it is the file was not proven.
    expect(sentParts('Presque finie')).toEqual(new Set());
    for (const name of ['Attente du stockage', 'Sans témoin', '2026-11-28 16-52-51', 'Deuxième essai']) {
      await arrived(name, 'processing');
    }
    // The server fetches it from the upload that this one follows.
    expect(await arrived('En route', 'processing')).toMatchObject({ sentAs: 'source_url' });
    const keys = world.receiver.requests
      .filter(({ method }) => method === 'POST')
      .map((post) => post.headers.authorization);
    expect(new Set(keys)).toEqual(new Set(['Bearer not-a-real-key']));
  });

  test('leaves paused what a person paused, and goes on when asked to', async () => {
    const stored = await newest('En pause', 'object-storage');
    const sent = await newest('Presque finie', 'processing');
    expect([stored, sent]).toMatchObject([{ state: 'paused' }, { state: 'paused' }]);
    for (const { id } of [stored, sent]) await api().uploadCommand(id, 'resume');
    await arrived('En pause', 'object-storage');
    expect(sentParts('En pause')).toEqual(new Set());
    await arrived('En pause', 'processing');
    await arrived('Presque finie', 'processing');
  });

  test('lets what failed be retried', async () => {
    const refused = await newest('Refusée', 'object-storage');
    const unauthorised = await newest('Coupure', 'processing');
    const withoutResult = await newest('Ünal – (Scene B) T1', 'processing');
    expect(refused).toMatchObject({ state: 'failed', error: { code: 'storage_denied' } });
    expect(unauthorised).toMatchObject({ state: 'failed', error: { code: 'destination_auth' } });
    expect(withoutResult).toMatchObject({
      state: 'completed',
      task: { status: 'error', error: { code: 'task_failed' } },
    });
    for (const { id } of [refused, unauthorised, withoutResult]) await api().uploadCommand(id, 'retry');
    await arrived('Refusée', 'object-storage');
    expect(sentParts('Refusée')).toEqual(new Set([2]));
    await arrived('Coupure', 'processing');
    expect((await arrived('Ünal – (Scene B) T1', 'processing')).task?.id).not.toBe(withoutResult.task?.id);
  });

  test('tracks the tasks that had not ended', async () => {
    const task = await until('the task has ended', async () => {
      const { task } = await newest('Refusée', 'processing');
      return task?.endedAt && task;
    });
    expect(task).toMatchObject({ id: openTask(world.written), status: 'completed_simple', progress: 100 });
    // The embedded receiver is not there: nobody can be asked, and nothing is claimed.
    const [sent] = (await named('Deuxième essai')).recordings[0]?.uploads ?? [];
    expect(sent?.task).toMatchObject({ status: 'uploaded', endedAt: null, error: { code: 'destination_unreachable' } });
  });

  test('takes away what was being aborted, and leaves nothing half done in the store', async () => {
    await until('no multipart is open', async () => (await rgw.s3.multiparts(bucket)).length === 0, {
      detail: async () => `${JSON.stringify(await rgw.s3.multiparts(bucket))}\n${await world.agent.logTail()}`,
    });
    const keys = (await rgw.s3.objects(bucket)).map(({ key }) => key);
    expect(keys.filter((key) => /Ratée|Annulée/.test(key))).toEqual([]);
    expect((await named('Ratée')).recordings).toMatchObject([{ state: 'ready', uploads: [] }]);
    expect((await named('Annulée')).recordings[0]?.uploads).toMatchObject([
      ...[{ state: 'cancelled' }, { state: 'cancelled' }],
    ]);
  });

  test('writes the JSON beside the object that had none', async () => {
    const { object } = await newest('Ünal – (Scene B) T2', 'object-storage');
    const text = await until('it is written', () => rgw.s3.text(bucket, `${object?.key}.json`));
    expect(JSON.parse(text)).toMatchObject({ session: { name: 'Ünal – (Scene B) T2' } });
  });

  test('proves in the end that everything arrived, byte for byte', async () => {
    const { uploads } = await api().status();
    expect(uploads).toEqual({ queued: 0, uploading: 0, waiting: 0, paused: 0, failed: 0 });
    const received = await receivedFiles(world.receiver.dir);
    const before = new Set(world.written('uploads').flatMap(({ id, state }) => (state === 'completed' ? [id] : [])));
    const sessions = await api().sessions('?limit=200');
    const recordings = sessions.flatMap((session) => session.recordings);
    const now = recordings.flatMap(({ path: file, uploads }) =>
      uploads.filter(({ id, state }) => state === 'completed' && !before.has(id)).map((upload) => ({ file, upload })),
    );
    // 14 that were open, 2 that had failed, and the sessions that had not ended go to the processing server too.
    expect(now).toHaveLength(18);
    for (const { file, upload } of now) {
      const { id, destination, object, task } = upload;
      const { body } = await api().call('POST', `/api/integrated/uploads/${id}/verify`);
      expect(body, `${path.basename(file)} at ${destination}`).toMatchObject({ verified: true, problem: null });
      const sha256 = await sha256Of(file);
      if (object !== null) expect(await rgw.s3.sha256(bucket, object.key)).toBe(sha256);
      else expect(received.find(({ taskId }) => taskId === task?.id)?.sha256).toBe(sha256);
    }
  });
});
