import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type SimulatedObs, startSimulatedObs } from '../../scripts/rig/simulated-obs.ts';
import { createObsConnection, type ObsConnection, type ObsLink } from './connection.ts';
import { phaseOf } from './record-state.ts';
import { createRecorder, type Recorder } from './recorder.ts';

let folder: string;
let obs: SimulatedObs;
let connection: ObsConnection;
let recorder: Recorder;
let links: string[];
let link: ObsLink | null;
let password: string;

const phase = () => phaseOf(recorder.state.value);
/** A condition that must come true soon. */
const until = (condition: () => void) => vi.waitFor(condition, { timeout: 5000, interval: 5 });
const untilPhase = (wanted: string) => until(() => expect(phase()).toBe(wanted));
const untilLink = (wanted: string) => until(() => expect(link?.state).toBe(wanted));

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'streamai-dock-obs-'));
  obs = await startSimulatedObs({ recordingsDir: folder, split: true });
  password = obs.password;
  links = [];
  link = null;
  connection = createObsConnection({
    findObs: async () => ({ url: `ws://${obs.host}:${obs.port}`, password }),
    onLink(next) {
      link = next;
      links.push(next.state);
      if (next.state === 'connected') void recorder.read();
    },
    onEvent: (event) => recorder.dispatch(event),
  });
  recorder = createRecorder({ call: connection.call, prepareStart: async () => true });
});
afterEach(async () => {
  connection.close();
  await obs.dispose();
  await rm(folder, { recursive: true, force: true });
});

describe('the dock’s connection to OBS', () => {
  test('records, pauses, goes on, splits and stops, each time confirmed by OBS', async () => {
    connection.retry();
    await untilPhase('idle');
    await recorder.press('start');
    await untilPhase('recording');
    await recorder.press('pause');
    await untilPhase('paused');
    await recorder.press('resume');
    await untilPhase('recording');
    await recorder.press('split');
    await until(() => expect(recorder.state.value.pending).toBeNull());
    expect(recorder.state.value.problem).toBeNull();
    await recorder.press('stop');
    await untilPhase('idle');
  });

  test.each(['duplicated', 'out-of-order'] as const)(
    'reaches the right phase when events come %s',
    async (recordEvents) => {
      obs.misbehave({ recordEvents });
      connection.retry();
      await untilPhase('idle');
      await recorder.press('start');
      await untilPhase('recording');
      await recorder.press('stop');
      await untilPhase('idle');
    },
  );

  test('does not try again by itself after a wrong password', async () => {
    password = 'wrong';
    connection.retry();
    await untilLink('refused');
    expect(link?.problem?.code).toBe('obs_password_wrong');
    connection.wake();
    expect(link?.state).toBe('refused');
    password = obs.password;
    connection.retry();
    await untilPhase('idle');
    expect(links).toEqual(['connecting', 'refused', 'connecting', 'connected']);
  });

  test('connects again once OBS is back, and only waits in between', async () => {
    connection.retry();
    await untilPhase('idle');
    await obs.kill();
    await untilLink('waiting');
    expect(phase()).toBe('unknown');
    await obs.restart();
    await untilPhase('idle');
    expect(new Set(links.slice(2, -1))).toEqual(new Set(['waiting']));
  });

  test('waits for an OBS that accepts connections and is still starting', async () => {
    obs.misbehave({ starting: true });
    connection.retry();
    await untilLink('waiting');
    expect(phase()).toBe('unknown');
    obs.misbehave({ starting: false });
    await untilPhase('idle');
    expect(link?.state).toBe('connected');
  });

  test('finds the recording that went on while the connection was cut', async () => {
    connection.retry();
    await untilPhase('idle');
    await recorder.press('start');
    await untilPhase('recording');
    obs.dropConnections();
    await untilPhase('unknown');
    connection.wake();
    await untilPhase('recording');
  });

  test('rejects with OBS’s reason where OBS refuses', async () => {
    connection.retry();
    await untilPhase('idle');
    await expect(connection.call('StopRecord')).rejects.toMatchObject({ info: { code: 'not_recording' } });
    await expect(connection.call('SplitRecordFile')).rejects.toMatchObject({ name: 'DockError' });
  });

  test('rejects at once where there is no connection', async () => {
    await expect(connection.call('StartRecord')).rejects.toMatchObject({ info: { code: 'obs_not_connected' } });
  });
});
