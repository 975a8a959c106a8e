/** What becomes of a recording when the connection to OBS, OBS itself or the agent is away for a part of it. */
import { readdir, rename, stat } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { freePort } from '../../scripts/rig/free-port.ts';
import { StateStore } from '../storage/state-store.ts';
import { TrackerFixture } from './tracker-fixture.ts';

/** A recording of that name goes on; the agent knows. @returns its file */
async function recording(fixture: TrackerFixture, name: string): Promise<string> {
  await fixture.nameFiles(name);
  const file = await fixture.obs.record();
  await fixture.until('the agent knows', () =>
    fixture
      .sessions()
      .at(-1)
      ?.run.files.some(({ path }) => path === file),
  );
  return file;
}

/** OBS cannot be reached; whatever it does is missed. @returns ends it, once the agent is connected again */
async function cutOff(fixture: TrackerFixture): Promise<() => Promise<void>> {
  const { target, obs } = fixture.obs;
  fixture.obs.target = { ...target, port: await freePort() };
  obs.dropConnections();
  await fixture.until('cut off', () => fixture.agent.connection.state === 'waiting');
  return async () => {
    fixture.obs.target = target;
    await fixture.connected();
  };
}

/** OBS crashes, having run for a while: longer than another run of it will have, when the agent connects to it. */
async function crash(fixture: TrackerFixture): Promise<void> {
  const frames = async (): Promise<number> => (await fixture.obs.call('GetStats')).renderTotalFrames;
  await expect.poll(frames, { interval: 10, timeout: 5000 }).toBeGreaterThan(100);
  await fixture.obs.obs.kill();
}

/** Waits until that many files lie where OBS records. */
const files = (fixture: TrackerFixture, count: number): Promise<void> =>
  expect.poll(() => readdir(fixture.obs.obs.recordingsDir), { interval: 5, timeout: 5000 }).toHaveLength(count);

/** Waits until that many bytes of a file are on disk. */
async function onDisk(file: string, bytes: number): Promise<void> {
  const size = (): Promise<number> =>
    stat(file).then(
      (facts) => facts.size,
      () => 0,
    );
  await expect.poll(size, { interval: 5, timeout: 8000 }).toBeGreaterThanOrEqual(bytes);
}

const states = (fixture: TrackerFixture): string[] =>
  fixture.sessions().map((session) => `${session.run.state}: ${fixture.files(session).join(', ')}`);

describe('the connection is lost while OBS records', () => {
  test('and comes back: the same session goes on, and nothing happens twice', async () => {
    const fixture = await TrackerFixture.start();
    await recording(fixture, 'One');
    const { id } = fixture.session();
    for (let time = 0; time < 3; time++) {
      fixture.obs.obs.dropConnections();
      await fixture.until('lost', () => !fixture.agent.connection.connected);
      await fixture.connected();
    }
    expect(states(fixture)).toEqual(['recording: One.mkv writing']);
    await fixture.obs.stop();
    const session = await fixture.reached('recorded');
    expect(session).toMatchObject({ id, run: { ending: 'stopped', pauses: [] } });
    expect(fixture.asked).toEqual(['follow One.mkv', 'send One.mkv', 'closed One.mkv']);
  });

  test('and OBS pauses meanwhile, and resumes another time: the session is as OBS is', async () => {
    const fixture = await TrackerFixture.start();
    await recording(fixture, 'One');
    for (const [hotkey, state] of [
      ['PauseRecording', 'paused'],
      ['UnpauseRecording', 'recording'],
    ] as const) {
      const back = await cutOff(fixture);
      await fixture.obs.press(hotkey);
      await fixture.obs.state(state === 'paused' ? 'PAUSED' : 'RESUMED');
      await back();
      expect(fixture.session().run.state).toBe(state);
    }
    expect(fixture.session().run.pauses).toHaveLength(1);
  });

  test('and OBS stops meanwhile: the file tells that it ended well', async () => {
    const fixture = await TrackerFixture.start();
    await recording(fixture, 'One');
    const back = await cutOff(fixture);
    await fixture.obs.stop();
    await back();
    const { run } = await fixture.reached('recorded');
    expect(run).toMatchObject({ ending: 'unseen', files: [{ state: 'ready', finalised: true }] });
    expect(fixture.asked).toEqual(['follow One.mkv', 'send One.mkv', 'closed One.mkv']);
  });

  test('and OBS stops and records anew meanwhile: two sessions', async () => {
    const fixture = await TrackerFixture.start();
    await recording(fixture, 'One');
    const back = await cutOff(fixture);
    await fixture.obs.stop();
    await fixture.nameFiles('Two');
    await fixture.obs.record();
    await back();
    await fixture.until('the first is closed', () => fixture.asked.includes('closed One.mkv'));
    expect(states(fixture)).toEqual(['recorded: One.mkv ready', 'recording: Two.mkv writing']);
    await fixture.obs.stop();
    await fixture.reached('recorded', 2);
    expect(states(fixture)).toEqual(['recorded: One.mkv ready', 'recorded: Two.mkv ready']);
  });

  test('and OBS splits meanwhile: the file is found at the next split, in its place', async () => {
    const fixture = await TrackerFixture.start({ obs: { split: true } });
    await recording(fixture, 'One');
    const back = await cutOff(fixture);
    fixture.obs.obs.splitFile();
    await files(fixture, 2);
    await back();
    fixture.obs.obs.splitFile();
    await fixture.until('the third file', () => fixture.session().run.files.length === 3);
    expect(fixture.files(fixture.session()).map((file) => file.split('.')[0])).toEqual(['One', 'One (2)', 'One (3)']);
    await fixture.obs.stop();
    await fixture.reached('recorded');
    expect(states(fixture)).toEqual(['recorded: One.mkv ready, One (2).mkv ready, One (3).mkv ready']);
    // The first two are closed at the same time, and each is sent as soon as it is.
    const sent = fixture.asked.filter((line) => line.startsWith('send')).sort();
    expect(sent).toEqual(['send One (2).mkv', 'send One (3).mkv', 'send One.mkv']);
  });

  test('and OBS splits meanwhile for the last time: the file is found at the stop', async () => {
    const fixture = await TrackerFixture.start({ obs: { split: true } });
    await recording(fixture, 'One');
    const back = await cutOff(fixture);
    fixture.obs.obs.splitFile();
    await files(fixture, 2);
    await back();
    await fixture.obs.stop();
    await fixture.reached('recorded');
    expect(states(fixture)).toEqual(['recorded: One.mkv ready, One (2).mkv ready']);
  });
});

describe('OBS crashes while it records', () => {
  test('and another run of it comes back: interrupted, its file is sent as it lies there', async () => {
    const fixture = await TrackerFixture.start({ obs: { format: 'hybrid_mp4' } });
    const file = await recording(fixture, 'One');
    // Something of it must be on disk, as a file without a byte tells nothing.
    await onDisk(file, 1);
    await crash(fixture);
    await fixture.obs.obs.restart();
    const { run } = await fixture.reached('interrupted');
    expect(run).toMatchObject({ ending: 'vanished', files: [{ state: 'ready', finalised: false }] });
    expect(fixture.asked).toEqual(['follow One.mp4', 'send One.mp4', 'closed One.mp4']);
  });

  test('and another run of it comes back: interrupted, although its muxer closed the file', async () => {
    const fixture = await TrackerFixture.start();
    await recording(fixture, 'One');
    await crash(fixture);
    await fixture.obs.obs.restart();
    const { run } = await fixture.reached('interrupted');
    expect(run).toMatchObject({ ending: 'vanished', files: [{ state: 'ready', finalised: true }] });
  });

  test('and never comes back: interrupted once its file has stood still', async () => {
    const fixture = await TrackerFixture.start({ stillLooks: 12 });
    await recording(fixture, 'One');
    await fixture.obs.obs.kill();
    await fixture.reached('interrupted');
    expect(fixture.session().run.ending).toBe('vanished');
    expect(fixture.asked).toEqual(['follow One.mkv', 'send One.mkv', 'closed One.mkv']);
  });

  test('and the disk is full when that is to be written down: it is tried again', async () => {
    const fixture = await TrackerFixture.start({ stillLooks: 4 });
    await recording(fixture, 'One');
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
    const file = await recording(fixture, 'One');
    const back = await cutOff(fixture);
    // A second of OBS's time, which is 50 ms of ours, makes 25 kB: this takes several times as long as it may stand still.
    await onDisk(file, 25 * 25_000);
    expect(states(fixture)).toEqual(['recording: One.mkv writing']);
    await back();
    expect(states(fixture)).toEqual(['recording: One.mkv writing']);
  });

  test('the session is not given up as long as somebody answers at its address, and refuses us', async () => {
    const fixture = await TrackerFixture.start({ stillLooks: 4 });
    await recording(fixture, 'One');
    fixture.obs.obs.misbehave({ stalled: true });
    const { target } = fixture.obs;
    fixture.obs.target = { ...target, password: 'wrong' };
    fixture.obs.obs.dropConnections();
    await fixture.until('refused', () => fixture.agent.connection.state === 'refused');
    const { asked } = fixture.obs;
    // It looks for another password every 5 ms, as often as the file is looked at.
    await fixture.until('many looks', () => fixture.obs.asked > asked + 30);
    expect(states(fixture)).toEqual(['recording: One.mkv writing']);
  });

  test('a session that was given up too early goes on, and nothing of it is on its way until it has ended', async () => {
    const fixture = await TrackerFixture.start({ stillLooks: 4 });
    await recording(fixture, 'One');
    const { id } = fixture.session();
    fixture.obs.obs.misbehave({ stalled: true });
    const back = await cutOff(fixture);
    await fixture.reached('interrupted');
    expect(fixture.asked).toEqual(['follow One.mkv', 'send One.mkv', 'closed One.mkv']);
    fixture.asked.length = 0;
    fixture.obs.obs.misbehave({ stalled: false });
    await back();
    expect(fixture.session()).toMatchObject({ id, run: { state: 'recording', ending: null, stoppedAt: null } });
    expect(states(fixture)).toEqual(['recording: One.mkv writing']);
    expect(fixture.asked).toEqual(['withdraw One.mkv', 'follow One.mkv']);
    fixture.asked.length = 0;
    await fixture.obs.stop();
    await fixture.reached('recorded');
    expect(fixture.asked).toEqual(['send One.mkv', 'closed One.mkv']);
  });

  test('a session whose end is still waited for goes on: nobody waits for that file any more', async () => {
    const fixture = await TrackerFixture.start({ stillLooks: 4, obs: { format: 'hybrid_mp4' } });
    await recording(fixture, 'One');
    fixture.obs.obs.misbehave({ stalled: true });
    const back = await cutOff(fixture);
    await fixture.reached('finalising');
    await back();
    // Longer than it was to be waited for, and it has not changed since.
    const { length } = fixture.live;
    await fixture.until('many looks', () => fixture.live.length > length + 30);
    expect(states(fixture)).toEqual(['recording: One.mp4 writing']);
    fixture.obs.obs.misbehave({ stalled: false });
    await fixture.obs.stop();
    await fixture.reached('recorded');
    expect(fixture.asked.filter((line) => line.startsWith('send'))).toEqual(['send One.mp4']);
  });
});

describe('the agent is away', () => {
  test('over the start: it takes the recording up, with the next session and its beginning', async () => {
    const fixture = await TrackerFixture.start();
    fixture.agent.next.change({ name: 'Lesson', subtitleModel: 'large' });
    await fixture.agent.close();
    await fixture.nameFiles('One');
    await fixture.obs.record();
    const recorded = async (): Promise<number> => (await fixture.obs.call('GetRecordStatus')).outputDuration;
    await expect.poll(recorded, { interval: 5, timeout: 5000 }).toBeGreaterThan(1000);
    const before = Date.now();
    await fixture.startAgent();
    await fixture.connected();
    const session = fixture.session();
    expect(session).toMatchObject({ name: 'Lesson', subtitleModel: 'large', startedBy: 'obs' });
    // OBS's clock goes 20 times faster than ours: it says that it has recorded for more than a second.
    expect(session.run.startedAt).toBeLessThan(before - 900);
    expect(states(fixture)).toEqual(['recording: One.mkv writing']);
    await fixture.obs.stop();
    await fixture.reached('recorded');
    expect(fixture.asked).toEqual(['follow One.mkv', 'send One.mkv', 'closed One.mkv']);
  });

  test('over the start and a pause: it takes the recording up as paused', async () => {
    const fixture = await TrackerFixture.start();
    await fixture.agent.close();
    await fixture.obs.record();
    await fixture.obs.press('PauseRecording');
    await fixture.obs.state('PAUSED');
    await fixture.startAgent();
    await fixture.connected();
    expect(fixture.session().run.state).toBe('paused');
  });

  test('over the stop: the file tells that it ended well', async () => {
    const fixture = await TrackerFixture.start();
    await recording(fixture, 'One');
    await fixture.agent.close();
    await fixture.obs.stop();
    await fixture.startAgent();
    const { run } = await fixture.reached('recorded');
    expect(run.ending).toBe('unseen');
    // Nobody saw the end: the last write is the best witness of it.
    const { mtimeMs } = await stat(run.files[0]?.path ?? '');
    expect(run.stoppedAt).toBe(Math.trunc(mtimeMs));
    expect(fixture.asked).toEqual(['follow One.mkv', 'send One.mkv', 'closed One.mkv']);
  });

  test('over OBS’s crash: the file tells that it was interrupted, whether OBS is back or not', async () => {
    for (const isBack of [true, false]) {
      const fixture = await TrackerFixture.start({ stillLooks: 12, obs: { format: 'hybrid_mp4' } });
      const file = await recording(fixture, 'One');
      await onDisk(file, 1);
      await fixture.agent.close();
      await fixture.obs.obs.kill();
      if (isBack) await fixture.obs.obs.restart();
      await fixture.startAgent();
      const { run } = await fixture.reached('interrupted');
      expect(run).toMatchObject({ ending: 'unseen', files: [{ state: 'ready', finalised: false }] });
    }
  });

  test('over a split: both files are the session’s', async () => {
    const fixture = await TrackerFixture.start({ obs: { split: true } });
    await recording(fixture, 'One');
    await fixture.agent.close();
    fixture.obs.obs.splitFile();
    await files(fixture, 2);
    await fixture.startAgent();
    await fixture.connected();
    await fixture.until('the second file', () => fixture.session().run.files.length === 2);
    expect(states(fixture)).toEqual([
      expect.stringMatching(/^recording: One.mkv (finalising|ready), One \(2\).mkv writing$/),
    ]);
    await fixture.obs.stop();
    await fixture.reached('recorded');
    expect(states(fixture)).toEqual(['recorded: One.mkv ready, One (2).mkv ready']);
  });

  test('over the stop and another start: two sessions', async () => {
    const fixture = await TrackerFixture.start();
    await recording(fixture, 'One');
    await fixture.agent.close();
    await fixture.obs.stop();
    await fixture.nameFiles('Two');
    await fixture.obs.record();
    await fixture.startAgent();
    await fixture.until('the first is closed', () => fixture.asked.includes('closed One.mkv'));
    expect(states(fixture)).toEqual(['recorded: One.mkv ready', 'recording: Two.mkv writing']);
  });

  test('over the start of a recording at the path of one that OBS had ended: two sessions', async () => {
    const fixture = await TrackerFixture.start();
    const file = await recording(fixture, 'Same');
    await fixture.obs.stop();
    await fixture.reached('recorded');
    await rename(file, `${file}.old`);
    await fixture.agent.close();
    expect(await fixture.obs.record()).toBe(file);
    await fixture.startAgent();
    await fixture.connected();
    expect(states(fixture)).toEqual(['recorded: Same.mkv ready', 'recording: Same.mkv writing']);
  });

  test.each([
    [1000, 'Named', 'rest'],
    [20_000, null, 'obs'],
  ])('after it announced a start, which comes %i ms later', async (age, name, startedBy) => {
    const fixture = await TrackerFixture.start({ intentLifeMs: 12_000 });
    await fixture.agent.close();
    // As an agent leaves it that is killed.
    new StateStore(fixture.database).set('startIntent', { by: 'rest', name: 'Named', at: Date.now() - age });
    await fixture.startAgent();
    await fixture.connected();
    await fixture.obs.record();
    const session = await fixture.reached('recording');
    expect(session.startedBy).toBe(startedBy);
    expect(session.name === 'Named' ? session.name : null).toBe(name);
  });

  test('while OBS closes the file: the next run waits for it', async () => {
    const fixture = await TrackerFixture.start({ obs: { format: 'hybrid_mp4', misbehave: { finaliseDelayMs: 2000 } } });
    await recording(fixture, 'Late');
    await fixture.obs.stop();
    await fixture.reached('finalising');
    await fixture.agent.close();
    expect(states(fixture)).toEqual(['finalising: Late.mp4 finalising']);
    await fixture.startAgent();
    await fixture.reached('recorded');
    expect(fixture.asked).toEqual(['follow Late.mp4', 'send Late.mp4', 'closed Late.mp4']);
  });
});

describe('at the connect OBS', () => {
  test('may not tell its file: that is learned a moment later', async () => {
    const fixture = await TrackerFixture.start({ callMs: 150 });
    await fixture.agent.close();
    await fixture.nameFiles('One');
    await fixture.obs.record();
    fixture.obs.obs.misbehave({ unanswered: ['GetOutputSettings'] });
    await fixture.startAgent();
    await fixture.connected();
    expect(states(fixture)).toEqual(['recording: ']);
    fixture.obs.obs.misbehave({ unanswered: [] });
    await fixture.until('its file', () => fixture.session().run.files.length === 1);
    await fixture.obs.stop();
    await fixture.reached('recorded');
    expect(states(fixture)).toEqual(['recorded: One.mkv ready']);
  });

  test('may not tell its file, which is known: the session goes on', async () => {
    const fixture = await TrackerFixture.start({ callMs: 150 });
    await recording(fixture, 'One');
    const back = await cutOff(fixture);
    fixture.obs.obs.misbehave({ unanswered: ['GetOutputSettings'] });
    await back();
    expect(states(fixture)).toEqual(['recording: One.mkv writing']);
  });

  test('may record another file than its next event speaks of: that event is of the session before', async () => {
    const fixture = await TrackerFixture.start();
    await recording(fixture, 'One');
    // While it is asked how things stand, it stops and records anew; the events come after the answer that knows it already.
    fixture.obs.obs.misbehave({ answerDelayMs: 100 });
    fixture.obs.obs.dropConnections();
    await expect
      .poll(() => fixture.obs.obs.log(), { interval: 1, timeout: 5000 })
      .toMatch(/GetVersion(.|\n)*GetVersion/);
    void fixture.obs.call('StopRecord');
    await fixture.obs.state('STOPPED');
    await fixture.obs.obs.allClosed();
    void fixture.nameFiles('Two');
    void fixture.obs.call('StartRecord');
    await fixture.obs.state('STARTED');
    fixture.obs.obs.misbehave({ answerDelayMs: 0 });
    await fixture.until('the first is closed', () => fixture.asked.includes('closed One.mkv'));
    await fixture.connected();
    expect(states(fixture)).toEqual(['recorded: One.mkv ready', 'recording: Two.mkv writing']);
    await fixture.until('its end is told', () => fixture.sessions()[0]?.run.ending === 'stopped');
    // And the one that goes on is observed.
    const { length } = fixture.live;
    await fixture.until('a look', () =>
      fixture.live.slice(length).some(({ type }) => type === 'recording_status_update'),
    );
    await fixture.obs.stop();
    await fixture.until('the second is closed', () => fixture.asked.includes('closed Two.mkv'));
    expect(states(fixture)).toEqual(['recorded: One.mkv ready', 'recorded: Two.mkv ready']);
  });

  test('may call its output active although it has stopped: the session ends at one of the next looks', async () => {
    // OBS 29 keeps its output active for a moment after STOPPED, here for 100 ms.
    const fixture = await TrackerFixture.start({ obs: { plays: '29.0', timesFaster: 0.5 } });
    await recording(fixture, 'One');
    const back = await cutOff(fixture);
    await fixture.obs.stop();
    await back();
    const { run } = await fixture.reached('recorded');
    expect(run.files).toMatchObject([{ state: 'ready', finalised: true }]);
    expect(fixture.sessions()).toHaveLength(1);
  });

  test('may call its output active although it has stopped: the session ends when the next one starts', async () => {
    const fixture = await TrackerFixture.start({ lookEveryMs: 60_000, obs: { plays: '29.0', timesFaster: 0.5 } });
    await recording(fixture, 'One');
    const back = await cutOff(fixture);
    await fixture.obs.stop();
    await back();
    await recording(fixture, 'Two');
    await fixture.until('the first is closed', () => fixture.asked.includes('closed One.mkv'));
    expect(states(fixture)).toEqual(['recorded: One.mkv ready', 'recording: Two.mkv writing']);
  });
});
