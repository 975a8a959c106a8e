/** What becomes of a recording that goes on without the agent, and what is known when the agent connects again. */
import { rename, stat } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { StateStore } from '../storage/state-store.ts';
import { TrackerFixture } from './tracker-fixture.ts';

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
    expect(fixture.states()).toEqual(['recording: One.mkv writing']);
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
    await fixture.recording('One');
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
      const file = await fixture.recording('One');
      await fixture.obs.onDisk(file, 1);
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
    await fixture.recording('One');
    await fixture.agent.close();
    fixture.obs.obs.splitFile();
    await fixture.obs.files(2);
    await fixture.startAgent();
    await fixture.connected();
    await fixture.until('the second file', () => fixture.session().run.files.length === 2);
    expect(fixture.states()).toEqual([
      expect.stringMatching(/^recording: One.mkv (finalising|ready), One \(2\).mkv writing$/),
    ]);
    await fixture.obs.stop();
    await fixture.reached('recorded');
    expect(fixture.states()).toEqual(['recorded: One.mkv ready, One (2).mkv ready']);
  });

  test('over the stop and another start: two sessions', async () => {
    const fixture = await TrackerFixture.start();
    await fixture.recording('One');
    await fixture.agent.close();
    await fixture.obs.stop();
    await fixture.nameFiles('Two');
    await fixture.obs.record();
    await fixture.startAgent();
    await fixture.until('the first is closed', () => fixture.asked.includes('closed One.mkv'));
    expect(fixture.states()).toEqual(['recorded: One.mkv ready', 'recording: Two.mkv writing']);
  });

  test('over the start of a recording at the path of one that OBS had ended: two sessions', async () => {
    const fixture = await TrackerFixture.start();
    const file = await fixture.recording('Same');
    await fixture.obs.stop();
    await fixture.reached('recorded');
    await rename(file, `${file}.old`);
    await fixture.agent.close();
    expect(await fixture.obs.record()).toBe(file);
    await fixture.startAgent();
    await fixture.connected();
    expect(fixture.states()).toEqual(['recorded: Same.mkv ready', 'recording: Same.mkv writing']);
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
    await fixture.recording('Late');
    await fixture.obs.stop();
    await fixture.reached('finalising');
    await fixture.agent.close();
    expect(fixture.states()).toEqual(['finalising: Late.mp4 finalising']);
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
    expect(fixture.states()).toEqual(['recording: ']);
    fixture.obs.obs.misbehave({ unanswered: [] });
    await fixture.until('its file', () => fixture.session().run.files.length === 1);
    await fixture.obs.stop();
    await fixture.reached('recorded');
    expect(fixture.states()).toEqual(['recorded: One.mkv ready']);
  });

  test('may not tell its file, which is known: the session goes on', async () => {
    const fixture = await TrackerFixture.start({ callMs: 150 });
    await fixture.recording('One');
    const back = await fixture.cutOff();
    fixture.obs.obs.misbehave({ unanswered: ['GetOutputSettings'] });
    await back();
    expect(fixture.states()).toEqual(['recording: One.mkv writing']);
  });

  test('may record another file than its next event speaks of: that event is of the session before', async () => {
    const fixture = await TrackerFixture.start();
    await fixture.recording('One');
    // While it is asked how things stand, it stops and records anew; the events come after the answer that knows it already.
    fixture.obs.obs.misbehave({ answerDelayMs: 150 });
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
    expect(fixture.states()).toEqual(['recorded: One.mkv ready', 'recording: Two.mkv writing']);
    await fixture.until('its end is told', () => fixture.sessions()[0]?.run.ending === 'stopped');
    // And the one that goes on is observed.
    const { length } = fixture.live;
    await fixture.until('a look', () =>
      fixture.live.slice(length).some(({ type }) => type === 'recording_status_update'),
    );
    await fixture.obs.stop();
    await fixture.until('the second is closed', () => fixture.asked.includes('closed Two.mkv'));
    expect(fixture.states()).toEqual(['recorded: One.mkv ready', 'recorded: Two.mkv ready']);
  });

  test('may call its output active although it has stopped: the session ends at one of the next looks', async () => {
    // OBS 29 keeps its output active for a moment after STOPPED, here for 50 ms.
    const fixture = await TrackerFixture.start({ obs: { plays: '29.0', timesFaster: 1 } });
    await fixture.recording('One');
    const back = await fixture.cutOff();
    await fixture.obs.stop();
    await back();
    const { run } = await fixture.reached('recorded');
    expect(run.files).toMatchObject([{ state: 'ready', finalised: true }]);
    expect(fixture.sessions()).toHaveLength(1);
  });

  test('may call its output active although it has stopped: the session ends when the next one starts', async () => {
    const fixture = await TrackerFixture.start({ lookEveryMs: 60_000, obs: { plays: '29.0', timesFaster: 1 } });
    await fixture.recording('One');
    const back = await fixture.cutOff();
    await fixture.obs.stop();
    await back();
    await fixture.recording('Two');
    await fixture.until('the first is closed', () => fixture.asked.includes('closed One.mkv'));
    expect(fixture.states()).toEqual(['recorded: One.mkv ready', 'recording: Two.mkv writing']);
  });
});
