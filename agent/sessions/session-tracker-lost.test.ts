/** What becomes of a recording when the connection to OBS is lost, or OBS itself. */
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { StoredSession } from './session-store.ts';
import { TrackerFixture } from './tracker-fixture.ts';

/** OBS crashes, having run for a while: longer than another run of it will have, when the agent connects to it. */
async function crash(fixture: TrackerFixture): Promise<void> {
  const frames = async (): Promise<number> => (await fixture.obs.call('GetStats')).renderTotalFrames;
  await expect.poll(frames, { interval: 10, timeout: 5000 }).toBeGreaterThan(100);
  await fixture.obs.obs.kill();
}

describe('the connection is lost while OBS records', () => {
  test('and comes back: the same session goes on, and nothing happens twice', async () => {
    const fixture = await TrackerFixture.start();
    await fixture.recording('One');
    const { id } = fixture.session();
    for (let time = 0; time < 3; time++) {
      fixture.obs.obs.dropConnections();
      await fixture.until('lost', () => !fixture.agent.connection.connected);
      await fixture.connected();
    }
    expect(fixture.states()).toEqual(['recording: One.mkv writing']);
    await fixture.obs.stop();
    const session = await fixture.reached('recorded');
    expect(session).toMatchObject({ id, run: { ending: 'stopped', pauses: [] } });
    expect(fixture.asked).toEqual(['follow One.mkv', 'send One.mkv', 'closed One.mkv']);
  });

  test('and OBS pauses meanwhile, and resumes another time: the session is as OBS is', async () => {
    const fixture = await TrackerFixture.start();
    await fixture.recording('One');
    for (const [hotkey, state] of [
      ['PauseRecording', 'paused'],
      ['UnpauseRecording', 'recording'],
    ] as const) {
      const back = await fixture.cutOff();
      await fixture.obs.press(hotkey);
      await fixture.obs.state(state === 'paused' ? 'PAUSED' : 'RESUMED');
      await back();
      expect(fixture.session().run.state).toBe(state);
    }
    expect(fixture.session().run.pauses).toHaveLength(1);
  });

  test('and OBS stops meanwhile: the file tells that it ended well', async () => {
    const fixture = await TrackerFixture.start();
    await fixture.recording('One');
    const back = await fixture.cutOff();
    await fixture.obs.stop();
    await back();
    const { run } = await fixture.reached('recorded');
    expect(run).toMatchObject({ ending: 'unseen', files: [{ state: 'ready', finalised: true }] });
    expect(fixture.asked).toEqual(['follow One.mkv', 'send One.mkv', 'closed One.mkv']);
  });

  test('and OBS stops meanwhile, and answers slowly when it comes back: it is the same OBS', async () => {
    // Its clock goes as ours: what it rendered is compared with the time that passed.
    const fixture = await TrackerFixture.start({ obs: { timesFaster: 1 } });
    await fixture.recording('One');
    const back = await fixture.cutOff();
    await fixture.obs.stop();
    fixture.obs.obs.misbehave({ answerDelayMs: 150 });
    await back();
    expect((await fixture.reached('recorded')).run.ending).toBe('unseen');
  });

  test('and OBS stops and records anew meanwhile: two sessions', async () => {
    const fixture = await TrackerFixture.start();
    await fixture.recording('One');
    const back = await fixture.cutOff();
    await fixture.obs.stop();
    await fixture.nameFiles('Two');
    await fixture.obs.record();
    await back();
    await fixture.until('the first is closed', () => fixture.asked.includes('closed One.mkv'));
    expect(fixture.states()).toEqual(['recorded: One.mkv ready', 'recording: Two.mkv writing']);
    await fixture.obs.stop();
    await fixture.reached('recorded', 2);
    expect(fixture.states()).toEqual(['recorded: One.mkv ready', 'recorded: Two.mkv ready']);
  });

  test('and OBS splits meanwhile: the file is found at the next split, in its place', async () => {
    const fixture = await TrackerFixture.start({ obs: { split: true } });
    await fixture.recording('One');
    const back = await fixture.cutOff();
    fixture.obs.obs.splitFile();
    await fixture.obs.files(2);
    await back();
    fixture.obs.obs.splitFile();
    await fixture.until('the third file', () => fixture.session().run.files.length === 3);
    expect(fixture.files(fixture.session()).map((file) => file.split('.')[0])).toEqual(['One', 'One (2)', 'One (3)']);
    await fixture.obs.stop();
    await fixture.reached('recorded');
    expect(fixture.states()).toEqual(['recorded: One.mkv ready, One (2).mkv ready, One (3).mkv ready']);
    // The first two are closed at the same time, and each is sent as soon as it is.
    const sent = fixture.asked.filter((line) => line.startsWith('send')).sort();
    expect(sent).toEqual(['send One (2).mkv', 'send One (3).mkv', 'send One.mkv']);
  });

  test('and OBS splits meanwhile for the last time: the file is found at the stop', async () => {
    const fixture = await TrackerFixture.start({ obs: { split: true } });
    await fixture.recording('One');
    const back = await fixture.cutOff();
    fixture.obs.obs.splitFile();
    await fixture.obs.files(2);
    await back();
    await fixture.obs.stop();
    await fixture.reached('recorded');
    expect(fixture.states()).toEqual(['recorded: One.mkv ready, One (2).mkv ready']);
  });
});

test('what may be a split’s, of one that nobody saw, is asked about at the end: then all that OBS wrote is closed', async () => {
  const fixture = await TrackerFixture.start({ obs: { split: true } });
  const file = await fixture.recording('One');
  await fixture.obs.onDisk(file, 1);
  const back = await fixture.cutOff();
  const other = path.join(path.dirname(file), 'One (7).mkv');
  await copyFile(file, other);
  await back();
  expect(fixture.session().notices).toEqual([]);
  await fixture.obs.stop();
  await fixture.reached('recorded');
  expect(fixture.states()).toEqual(['recorded: One.mkv ready']);
  expect(fixture.session().notices).toMatchObject([{ code: 'file_uncertain', params: { file: other } }]);
});

describe('scenes are switched while nobody listens', () => {
  const firstScene = (fixture: TrackerFixture): Promise<unknown> =>
    fixture.until('the first scene', () => fixture.session().metadata.scenes.length === 1);
  const recordedMs = async (fixture: TrackerFixture): Promise<number> =>
    (await fixture.obs.call('GetRecordStatus')).outputDuration;
  const scenes = ({ metadata }: StoredSession): string[] => metadata.scenes.map(({ name }) => name);

  test.each([
    ['the connection was lost', (fixture: TrackerFixture) => fixture.cutOff()],
    [
      'the agent was away',
      async (fixture: TrackerFixture) => {
        await fixture.agent.close();
        return async () => {
          await fixture.startAgent();
          await fixture.connected();
        };
      },
    ],
  ])('%s: the one that is shown then is noted, from then on', async (_, goAway) => {
    const fixture = await TrackerFixture.start();
    await fixture.recording('One');
    await firstScene(fixture);
    const back = await goAway(fixture);
    fixture.obs.obs.switchScene('Scene B');
    const { recordedMs: seenUntil } = fixture.session().run.asOf;
    await expect.poll(() => recordedMs(fixture), { interval: 5, timeout: 5000 }).toBeGreaterThan(seenUntil + 1000);
    const atLeast = await recordedMs(fixture);
    await back();
    expect(scenes(fixture.session())).toEqual(['Scene A', 'Scene B']);
    expect(fixture.session().metadata.scenes[1]?.atMs).toBeGreaterThanOrEqual(atLeast);
  });

  test('the agent was away, and another recording goes on by then: the scene is that one’s', async () => {
    const fixture = await TrackerFixture.start();
    await fixture.recording('One');
    await firstScene(fixture);
    await fixture.agent.close();
    await fixture.obs.stop();
    fixture.obs.obs.switchScene('Scene B');
    await fixture.nameFiles('Two');
    await fixture.obs.record();
    await fixture.startAgent();
    await fixture.connected();
    expect(fixture.sessions().map(scenes)).toEqual([['Scene A'], ['Scene B']]);
  });
});

describe('OBS crashes while it records', () => {
  test('and another run of it comes back: interrupted, its file is sent as it lies there', async () => {
    const fixture = await TrackerFixture.start({ obs: { format: 'hybrid_mp4' } });
    const file = await fixture.recording('One');
    // Something of it must be on disk, as a file without a byte tells nothing.
    await fixture.obs.onDisk(file, 1);
    await crash(fixture);
    await fixture.obs.obs.restart();
    const { run } = await fixture.reached('interrupted');
    expect(run).toMatchObject({ ending: 'vanished', files: [{ state: 'ready', finalised: false }] });
    expect(fixture.asked).toEqual(['follow One.mp4', 'send One.mp4', 'closed One.mp4']);
  });

  test('and another run of it comes back: interrupted, although its muxer closed the file', async () => {
    const fixture = await TrackerFixture.start();
    await fixture.recording('One');
    await crash(fixture);
    await fixture.obs.obs.restart();
    const { run } = await fixture.reached('interrupted');
    expect(run).toMatchObject({ ending: 'vanished', files: [{ state: 'ready', finalised: true }] });
  });

  test('and never comes back: interrupted once its file has stood still', async () => {
    const fixture = await TrackerFixture.start({ stillLooks: 12 });
    await fixture.recording('One');
    await fixture.obs.obs.kill();
    await fixture.reached('interrupted');
    expect(fixture.session().run.ending).toBe('vanished');
    expect(fixture.asked).toEqual(['follow One.mkv', 'send One.mkv', 'closed One.mkv']);
  });

  test('and the disk is full when that is to be written down: it is tried again', async () => {
    const fixture = await TrackerFixture.start({ stillLooks: 4 });
    await fixture.recording('One');
    fixture.database.exec(`CREATE TRIGGER full BEFORE UPDATE ON sessions BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
    await fixture.obs.obs.kill();
    await expect.poll(() => fixture.errors.length, { interval: 5, timeout: 5000 }).toBeGreaterThan(1);
    fixture.database.exec('DROP TRIGGER full');
    await fixture.reached('interrupted');
    expect(new Set(fixture.errors.splice(0))).toEqual(new Set(['Error: disk full "handling an OBS event failed"']));
  });
});

describe('OBS cannot be reached while it records', () => {
  test('the session is not given up as long as its file grows', async () => {
    const fixture = await TrackerFixture.start({ stillLooks: 60 });
    const file = await fixture.recording('One');
    const back = await fixture.cutOff();
    // A second of OBS's time, which is 50 ms of ours, makes 25 kB: this takes several times as long as it may stand still.
    await fixture.obs.onDisk(file, 25 * 25_000);
    expect(fixture.states()).toEqual(['recording: One.mkv writing']);
    await back();
    expect(fixture.states()).toEqual(['recording: One.mkv writing']);
  });

  test('the session is not given up as long as somebody answers at its address, and refuses us', async () => {
    const fixture = await TrackerFixture.start({ stillLooks: 4 });
    await fixture.recording('One');
    fixture.obs.obs.misbehave({ stalled: true });
    const { target } = fixture.obs;
    fixture.obs.target = { ...target, password: 'wrong' };
    fixture.obs.obs.dropConnections();
    await fixture.until('refused', () => fixture.agent.connection.state === 'refused');
    const { asked } = fixture.obs;
    // It looks for another password every 5 ms, as often as the file is looked at.
    await fixture.until('many looks', () => fixture.obs.asked > asked + 30);
    expect(fixture.states()).toEqual(['recording: One.mkv writing']);
  });

  test('a session that was given up too early goes on, and nothing of it is on its way until it has ended', async () => {
    const fixture = await TrackerFixture.start({ stillLooks: 4 });
    await fixture.recording('One');
    const { id } = fixture.session();
    fixture.obs.obs.misbehave({ stalled: true });
    const back = await fixture.cutOff();
    await fixture.reached('interrupted');
    expect(fixture.asked).toEqual(['follow One.mkv', 'send One.mkv', 'closed One.mkv']);
    fixture.asked.length = 0;
    fixture.obs.obs.misbehave({ stalled: false });
    await back();
    expect(fixture.session()).toMatchObject({ id, run: { state: 'recording', ending: null, stoppedAt: null } });
    expect(fixture.states()).toEqual(['recording: One.mkv writing']);
    expect(fixture.asked).toEqual(['withdraw One.mkv', 'follow One.mkv']);
    fixture.asked.length = 0;
    await fixture.obs.stop();
    await fixture.reached('recorded');
    expect(fixture.asked).toEqual(['send One.mkv', 'closed One.mkv']);
  });

  test('a session whose end is still waited for goes on: nobody waits for that file any more', async () => {
    const fixture = await TrackerFixture.start({ stillLooks: 4, obs: { format: 'hybrid_mp4' } });
    await fixture.recording('One');
    fixture.obs.obs.misbehave({ stalled: true });
    const back = await fixture.cutOff();
    await fixture.reached('finalising');
    await back();
    // Longer than it was to be waited for, and it has not changed since.
    const { length } = fixture.live;
    await fixture.until('many looks', () => fixture.live.length > length + 30);
    expect(fixture.states()).toEqual(['recording: One.mp4 writing']);
    fixture.obs.obs.misbehave({ stalled: false });
    await fixture.obs.stop();
    await fixture.reached('recorded');
    expect(fixture.asked.filter((line) => line.startsWith('send'))).toEqual(['send One.mp4']);
  });
});
