/** What OBS answers goes into dates, the database and labels: no answer stops the agent, or any later start of it. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { isSimulated, type SimulatedObs } from '../../rig/simulated-obs.ts';
import { until } from '../../rig/until.ts';
import { World } from '../world-fixture.ts';
import { countAs } from './hostile-table-fixture.ts';

countAs('OBS');

async function started(): Promise<{ world: World; obs: SimulatedObs }> {
  const world = await World.start({ obs: 'simulated', obsOptions: { kbps: 400 }, env: { VULTR_AUTO_UPLOAD: 'false' } });
  onTestFinished(() => world.dispose());
  if (!isSimulated(world.obs)) throw new Error('not the simulated OBS');
  return { world, obs: world.obs };
}

const connected = ({ agent }: World): Promise<unknown> =>
  agent.live.until('the agent is connected to OBS', (state) => state.obs.state === 'connected');

/** The connection is lost, and made again. */
async function connectedAnew(world: World, obs: SimulatedObs): Promise<void> {
  const { connections } = obs;
  obs.dropConnections();
  await until('the agent comes back', () => obs.connections > connections);
  await connected(world);
}

const numbers: readonly number[] = [9.1e15, 1e300, 1234.5, -1, -9.1e15, -1e300, 2 ** 53];

test.each(numbers)(
  '%d for every number: nothing ends, and the session is there at every later start',
  async (value) => {
    const { world, obs } = await started();
    const { id } = await world.agent.api.start({ sessionName: 'Kept' });
    await world.written(1);
    obs.misbehave({
      answers: {
        GetRecordStatus: { outputDuration: value, outputBytes: value },
        GetStats: {
          ...{ availableDiskSpace: value, renderTotalFrames: value },
          ...{ renderSkippedFrames: value, outputSkippedFrames: value },
        },
        GetOutputStatus: { outputActive: true, outputSkippedFrames: value },
        GetVideoSettings: { outputWidth: value, outputHeight: value, fpsNumerator: value, fpsDenominator: value },
      },
    });
    // While it is recorded, at a connect, and at a start.
    await world.agent.live.until('OBS was looked at', (_, event) => event?.type === 'recording_status_update');
    await connectedAnew(world, obs);
    await world.agent.restart();
    await connected(world);
    obs.misbehave({ answers: {} });
    await world.agent.api.command('stop').catch(() => undefined);
    await until('every session has ended', async () => {
      const sessions = await world.agent.api.sessions();
      return sessions.every(({ state }) => state === 'recorded' || state === 'interrupted');
    });
    for (let start = 0; start < 2; start++) {
      await world.agent.restart();
      const sessions = await world.agent.api.sessions();
      expect(sessions.map((session) => session.id)).toContain(id);
      for (const { startedAt, durationMs } of sessions) {
        expect(Date.parse(startedAt)).toBeGreaterThan(Date.now() - 3_600_000);
        expect(durationMs).toBeLessThan(3_600_000);
      }
    }
  },
);

test('rows that nobody can read, in every table: the start succeeds, and the session says that it is damaged', async () => {
  const { world } = await started();
  const { id } = await world.agent.api.start({ sessionName: 'Damaged' });
  await world.written(1);
  await world.agent.api.command('stop');
  await world.agent.live.recorded(id);
  await world.agent.api.upload({ sessionId: id });
  await world.arrived(id);
  const { id: other } = await world.agent.api.start({ sessionName: 'Whole' });
  await world.agent.api.command('stop');
  await world.agent.stop();
  const database = new DatabaseSync(path.join(world.agent.dataDir, 'streamai.db'));
  // Of the session as an older version wrote it; of all else, as any program could.
  database.exec(`
    UPDATE sessions SET duration_ms = 9100000000000000, started_at = started_at - 9100000000000000 WHERE id = '${id}';
    INSERT INTO marks VALUES ('m', '${id}', 'x', 9100000000000000, 'here', 5, 9100000000000000);
    UPDATE uploads SET created_at = 9223372036854775807, priority = 99, error = '{' WHERE session_id = '${id}';
    UPDATE tasks SET progress = 1e300, results = '{', ended_at = NULL;
    INSERT INTO uploads (id, session_id, recording_id, destination, state, subtitle_model, priority, manual, bytes_total, created_at)
      SELECT 'lost', session_id, id, 'moon', 'queued', 'x', 1, 7, -1, 1 FROM recordings WHERE session_id = '${id}';
    INSERT INTO multiparts (id, upload_id, recording_id, endpoint, bucket, key, state, bytes, modified_at, part_bytes, created_at)
      VALUES (7, 'lost', 'r', 'http://127.0.0.1:1', 'b', 'k', 'lost', -1, 1, -1, 9223372036854775807);
    INSERT INTO parts (multipart_id, number, md5, bytes) VALUES (7, 1, 'x', 9223372036854775807);
    INSERT OR REPLACE INTO settings VALUES ('obsPort', '1e300'), ('priority', '{');
    INSERT OR REPLACE INTO state VALUES ('retention.deleting', '{'), ('sessionCounter', '1e300'), ('key_origins', '[');
    INSERT OR REPLACE INTO takes VALUES ('whole', 9223372036854775807)`);
  database.close();
  await world.agent.start();
  const sessions = await world.agent.api.sessions();
  expect(sessions.map((session) => session.id).sort()).toEqual([id, other].sort());
  const [damaged, whole] = [id, other].map((each) => sessions.find((session) => session.id === each));
  expect(damaged).toMatchObject({ name: 'Damaged', notices: [{ code: 'session_damaged' }] });
  expect(damaged?.recordings).toHaveLength(1);
  const uploads = damaged?.recordings.flatMap((recording) => recording.uploads) ?? [];
  expect(Object.fromEntries(uploads.map((upload) => [upload.state, upload.error?.code]))).toEqual({
    completed: undefined,
    failed: 'session_damaged',
  });
  expect(whole?.notices).toEqual([]);
  await world.agent.live.until('the agent is connected to OBS', ({ obs }) => obs.state === 'connected');
  await world.agent.restart();
  const log = await readFile(path.join(world.agent.dataDir, 'agent.log'), 'utf8');
  const told = log.split('\n').findLast((line) => line.includes('"session_damaged"')) ?? '';
  // Multiparts and parts are read where Object Storage is set.
  for (const name of [id, 'uploads/lost', 'tasks/']) expect(told).toContain(`damaged/${name}`);
});

test('sequences for terminals and marks that turn names around reach neither terminal, log nor labels', async () => {
  const { world, obs } = await started();
  const evil = '\u001b[31m\u001b]0;owned\u0007\u009b2J\u202e\u2066';
  const name = '👩‍👩‍👧‍👦 مقابلة';
  obs.misbehave({
    answers: {
      GetVersion: { obsVersion: `32.2${evil}`, obsWebSocketVersion: `5.6${evil}` },
      GetCurrentProgramScene: { currentProgramSceneName: `${name}${evil}` },
      GetProfileList: { currentProfileName: `${name}${evil}` },
      GetSceneCollectionList: { currentSceneCollectionName: `${name}${evil}` },
    },
  });
  await connectedAnew(world, obs);
  const { id } = await world.agent.api.start({});
  obs.tell('CurrentProgramSceneChanged', { sceneName: `Next ${name}${evil}` });
  const session = await until('its scenes are noted', async () => {
    const now = await world.agent.api.session(id);
    return now.metadata.scenes.length === 2 && now.metadata.profile !== undefined && now;
  });
  const status = await world.agent.api.status();
  const log = await readFile(path.join(world.agent.dataDir, 'agent.log'), 'utf8');
  for (const shown of [JSON.stringify(session), JSON.stringify(status), log, await world.agent.logTail()]) {
    expect(shown).not.toMatch(/\\u001b|\\u0007|[\u0080-\u009f\u202a-\u202e\u2066-\u2069]/i);
  }
  expect(session.metadata.scenes.map((scene) => scene.name.startsWith('Next') || scene.name.startsWith(name))).toEqual([
    ...[true, true],
  ]);
  expect(session.metadata.profile).toContain(name);
  await world.agent.api.command('stop');
});
