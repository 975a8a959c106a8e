/**
 * Both destinations together, on a real Ceph RGW: a recording is sent once, the processing server fetches it from there, and
 * the local file goes when it is asked for, never before its copy is proven.
 */
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Session, Upload } from '../../shared/domain.ts';
import { describePeer } from '../rig/describe-peer.ts';
import { type Rgw, startRgw } from '../rig/rgw.ts';
import { storageEnvironment } from '../rig/s3.ts';
import { sha256Of } from '../rig/sha256.ts';
import { until } from '../rig/until.ts';
import { World } from './world-fixture.ts';

await describePeer(['ceph'], 'sent once', () => {
  const bucket = 'recordings';
  let rgw: Rgw;
  let world: World;
  beforeAll(async () => {
    rgw = await startRgw();
    await rgw.s3.createBucket(bucket);
    world = await World.start({
      obs: 'simulated',
      obsOptions: { kbps: 8000 },
      receiverOptions: { allowPrivateSources: true },
      env: {
        ...storageEnvironment(rgw, bucket),
        STREAMAI_LOG_LEVEL: 'debug',
      },
    });
  });
  afterAll(async () => {
    await world?.dispose();
    await rgw?.stop();
  });

  const api = (): World['agent']['api'] => world.agent.api;
  const call = async (method: string, route: string, body?: unknown): Promise<unknown> => {
    const answer = await api().call(method, route, body);
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
    return answer.body;
  };
  const record = async (sessionName: string, autoUpload = true): Promise<Session> => {
    const { id } = await api().start({ sessionName, autoUpload });
    await world.written(300_000);
    await api().command('stop');
    return until('it is recorded', async () => {
      const session = await api().session(id);
      return session.state === 'recorded' ? session : null;
    });
  };
  const both = async (id: string): Promise<{ stored: Upload; sent: Upload; session: Session }> =>
    until(
      'both uploads arrived',
      async () => {
        const session = await api().session(id);
        const uploads = session.recordings.flatMap((recording) => recording.uploads);
        const stored = uploads.find(({ destination }) => destination === 'object-storage');
        const sent = uploads.find(({ destination }) => destination === 'processing');
        return stored?.state === 'completed' && sent?.state === 'completed' ? { stored, sent, session } : null;
      },
      { detail: async () => `${JSON.stringify(await api().session(id))}\n${await world.agent.logTail()}` },
    );
  const fileOf = (session: Session): string => session.recordings[0]?.path ?? '';

  test('a test of each destination says that it works', async () => {
    for (const id of ['object-storage', 'processing']) {
      expect(await call('POST', `/api/destinations/${id}/test`)).toEqual({ ok: true, problem: null });
    }
    expect(await rgw.s3.objects(bucket)).toEqual([]);
  });

  let first: Session;
  test('a recording goes to Object Storage, and the processing server fetches it there', async () => {
    first = await record('Sent once');
    const { stored, sent } = await both(first.id);
    expect(stored).toMatchObject({ sentAs: 'file', object: { bucket } });
    expect(sent).toMatchObject({ sentAs: 'source_url', afterUploadId: stored.id });
    const posts = (world.receiver?.requests ?? []).filter(({ method }) => method === 'POST');
    expect(posts).toHaveLength(1);
    expect(posts[0]?.bodyBytes).toBeLessThan(4000);
    expect(sent.sha256).toBe(await sha256Of(fileOf(first)));
    const log = await readFile(path.join(world.agent.dataDir, 'agent.log'), 'utf8');
    expect(log).not.toMatch(/X-Amz-Signature=[0-9a-f]{8}/i);
    expect(JSON.stringify(await api().session(first.id))).not.toContain('X-Amz');
  });

  test('its copies are proven on demand, and a link fetches it', async () => {
    const { stored, sent } = await both(first.id);
    for (const { id } of [stored, sent]) {
      expect(await call('POST', `/api/integrated/uploads/${id}/verify`)).toMatchObject({
        verified: true,
        problem: null,
      });
    }
    const link = (await call('POST', `/api/integrated/uploads/${stored.id}/link`, { expiresInSeconds: 60 })) as {
      url: string;
    };
    const fetched = await request(link.url);
    expect(fetched.statusCode).toBe(200);
    expect(Buffer.from(await fetched.body.arrayBuffer()).equals(await readFile(fileOf(first)))).toBe(true);
  });

  test('what an earlier crash left in the bucket is listed, and aborted when it is asked for', async () => {
    await rgw.s3.call('POST', `${bucket}/left-behind.mkv?uploads`);
    const { orphans } = (await call('GET', '/api/destinations/object-storage/orphans')) as {
      orphans: { key: string; uploadId: string }[];
    };
    expect(orphans).toEqual([expect.objectContaining({ key: 'left-behind.mkv', bytes: 0, young: true })]);
    const [{ key, uploadId } = { key: '', uploadId: '' }] = orphans;
    // It may be another station's that runs: a second word is asked for.
    const orphan = '/api/destinations/object-storage/orphans';
    expect((await api().call('DELETE', orphan, { key, uploadId })).status).toBe(409);
    expect(await rgw.s3.multiparts(bucket)).toHaveLength(1);
    await call('DELETE', orphan, { key, uploadId, confirm: true });
    expect(await rgw.s3.multiparts(bucket)).toEqual([]);
  });

  test('with “wait”, an upload waits while OBS records, says why, and goes on afterwards', async () => {
    await call('PUT', '/api/settings', { whileOnAir: 'wait' });
    const session = await record('Waits', false);
    const onAir = await api().start({ sessionName: 'On air', autoUpload: false });
    await api().upload({ sessionId: session.id });
    const [upload] = (await api().session(session.id)).recordings[0]?.uploads ?? [];
    expect(upload).toMatchObject({ state: 'queued', notice: { code: 'held_on_air' } });
    await world.written(300_000);
    await api().command('stop');
    await until('the other one is recorded', async () => (await api().session(onAir.id)).state === 'recorded');
    const { stored } = await both(session.id);
    expect(stored.notice).toBeNull();
    await call('PUT', '/api/settings', { whileOnAir: 'full' });
  });

  test('local files go where that is asked for, once their copy is proven; what is not stored stays', async () => {
    const unstored = (await api().sessions()).find(({ name }) => name === 'On air');
    expect(unstored?.recordings[0]?.state).toBe('ready');
    await call('PUT', '/api/settings', { deleteLocal: 'verified' });
    const gone = await until('the local file is deleted', async () => {
      const session = await api().session(first.id);
      return session.recordings[0]?.state === 'deleted' ? session : null;
    });
    await expect(access(fileOf(gone))).rejects.toMatchObject({ code: 'ENOENT' });
    await access(unstored ? fileOf(unstored) : '');
    expect((await rgw.s3.objects(bucket)).filter(({ key }) => !key.endsWith('.json'))).toHaveLength(2);
  });
});
