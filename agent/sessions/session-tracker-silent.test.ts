/** What becomes of a recording when OBS keeps quiet about it: a dialog holds its events back. */
import { rename } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { TrackerFixture } from './tracker-fixture.ts';

const states = (fixture: TrackerFixture): string[] =>
  fixture.sessions().map((session) => `${session.run.state}: ${fixture.files(session).join(', ')}`);

/** A recording of that name goes on; the agent knows. */
async function recording(fixture: TrackerFixture, name: string): Promise<void> {
  await fixture.nameFiles(name);
  const file = await fixture.obs.record();
  await fixture.until('the agent knows', () => fixture.sessions().some(({ run }) => run.files[0]?.path === file));
}

const outcome = (command: Promise<unknown>): Promise<unknown> =>
  command.then(
    () => 'done',
    (error: { code?: unknown }) => error.code,
  );

describe('OBS cannot write, and says so only in a message of its own', () => {
  test('the session ends as interrupted, with the reason, and what is there is sent', async () => {
    const fixture = await TrackerFixture.start({ obs: { format: 'hybrid_mp4' } });
    await recording(fixture, 'Full');
    fixture.obs.obs.failWriting();
    const { run } = await fixture.reached('interrupted');
    expect(run.ending).toBe('failed');
    expect(fixture.agent.book.view(fixture.session().id).notices).toMatchObject([{ code: 'recording_stopped_by_obs' }]);
    expect(fixture.asked).toEqual(['follow Full.mp4', 'send Full.mp4', 'closed Full.mp4']);
    expect(fixture.agent.control.status()).toMatchObject({ active: false });
  });

  test('a stop and a start need not wait until that was found out', async () => {
    const fixture = await TrackerFixture.start({ obs: { format: 'hybrid_mp4' }, lookEveryMs: 60_000 });
    const { control } = fixture.agent;
    await recording(fixture, 'Full');
    fixture.obs.obs.failWriting();
    expect((await control.stop()).notices).toMatchObject([{ code: 'recording_stopped_by_obs' }]);
    expect(await outcome(control.stop())).toBe('not_recording');
    await control.start({ sessionName: 'Anew' });
    fixture.obs.obs.failWriting();
    await control.start({ sessionName: 'Once more' });
    expect(
      fixture
        .sessions()
        .map(({ name }) => name)
        .slice(1),
    ).toEqual(['Anew', 'Once more']);
    await fixture.until('both are closed', () => fixture.sessions().every(({ run }) => run.state !== 'finalising'));
    expect(fixture.sessions().map(({ run }) => run.state)).toEqual(['interrupted', 'interrupted', 'recording']);
  });

  test('a STOPPED that comes later, with the path of the next recording, ends neither', async () => {
    const fixture = await TrackerFixture.start({ obs: { format: 'hybrid_mp4' } });
    await recording(fixture, 'Full');
    fixture.obs.obs.failWriting();
    await fixture.reached('interrupted');
    await recording(fixture, 'Anew');
    await fixture.obs.obs.closeMessage('Recording error');
    await fixture.obs.state('STOPPED');
    await fixture.agent.tracker.caughtUp();
    const from = fixture.live.length;
    await fixture.until('OBS is looked at', () =>
      fixture.live.slice(from).some(({ type }) => type === 'recording_status_update'),
    );
    expect(states(fixture)).toEqual(['interrupted: Full.mp4 ready', 'recording: Anew.mp4 writing']);
    await fixture.obs.stop();
    await fixture.reached('recorded', 2);
    expect(fixture.sessions()[0]?.notices).toMatchObject([{ code: 'recording_stopped_by_obs' }]);
    expect(fixture.asked.filter((line) => line.startsWith('send'))).toEqual(['send Full.mp4', 'send Anew.mp4']);
  });

  test('a STOPPED that comes while nothing is recorded changes nothing', async () => {
    const fixture = await TrackerFixture.start({ obs: { format: 'hybrid_mp4' } });
    await recording(fixture, 'Full');
    fixture.obs.obs.failWriting();
    const before = await fixture.reached('interrupted');
    await fixture.obs.obs.closeMessage('Recording error');
    await fixture.obs.state('STOPPED');
    await fixture.agent.tracker.caughtUp();
    expect(fixture.session()).toEqual(before);
  });

  test('another run of the agent finds it out, and that STOPPED means nothing to it either', async () => {
    const fixture = await TrackerFixture.start({ obs: { format: 'hybrid_mp4' } });
    await recording(fixture, 'Full');
    await fixture.agent.close();
    fixture.obs.obs.failWriting();
    await fixture.startAgent();
    await fixture.connected();
    expect((await fixture.reached('interrupted')).run.ending).toBe('unseen');
    await recording(fixture, 'Anew');
    await fixture.agent.close();
    await fixture.startAgent();
    await fixture.connected();
    await fixture.obs.obs.closeMessage('Recording error');
    await fixture.obs.state('STOPPED');
    await fixture.agent.tracker.caughtUp();
    expect(states(fixture)).toEqual(['interrupted: Full.mp4 ready', 'recording: Anew.mp4 writing']);
  });

  test('a new recording that OBS begins at once is another session', async () => {
    const fixture = await TrackerFixture.start({ obs: { format: 'hybrid_mp4' }, lookEveryMs: 60_000 });
    await recording(fixture, 'Full');
    fixture.obs.obs.failWriting();
    await recording(fixture, 'Anew');
    await fixture.until('the first is closed', () => fixture.asked.includes('closed Full.mp4'));
    expect(states(fixture)).toEqual(['interrupted: Full.mp4 ready', 'recording: Anew.mp4 writing']);
    expect(fixture.sessions()[0]?.notices).toMatchObject([{ code: 'recording_stopped_by_obs' }]);
  });
});

describe('a dialog of OBS holds its events back', () => {
  async function held(confirmMs = 60): Promise<TrackerFixture> {
    const fixture = await TrackerFixture.start({ confirmMs });
    return fixture;
  }
  const hold = ({ obs }: TrackerFixture): void => obs.obs.misbehave({ holdsEvents: true });
  /** The dialog is clicked away, and what comes then is handled. */
  async function release(fixture: TrackerFixture): Promise<void> {
    fixture.obs.obs.misbehave({ holdsEvents: false });
    await fixture.agent.connection.ask('GetStats');
    await fixture.agent.tracker.caughtUp();
  }

  test('over a start by REST: it is confirmed by what OBS answers, with its name', async () => {
    const fixture = await held();
    hold(fixture);
    const { id } = await fixture.agent.control.start({ sessionName: 'Lesson', priority: 9 });
    expect(fixture.session()).toMatchObject({ id, name: 'Lesson', startedBy: 'rest', priority: 9 });
    await release(fixture);
    expect(states(fixture)).toEqual(['recording: Lesson.mkv writing']);
  });

  test('over a start by OBS’s button: the session begins, and once', async () => {
    const fixture = await held();
    hold(fixture);
    await fixture.nameFiles('One');
    await fixture.obs.call('StartRecord');
    await fixture.reached('recording');
    await release(fixture);
    expect(states(fixture)).toEqual(['recording: One.mkv writing']);
    await fixture.obs.stop();
    await fixture.reached('recorded');
  });

  test('over a pause and its end: the session follows', async () => {
    const fixture = await held();
    await recording(fixture, 'One');
    hold(fixture);
    expect((await fixture.agent.control.pause()).state).toBe('paused');
    await fixture.obs.call('ResumeRecord');
    await fixture.reached('recording');
    await fixture.obs.call('PauseRecord');
    await fixture.reached('paused');
    expect((await fixture.agent.control.resume()).state).toBe('recording');
    await release(fixture);
    expect(fixture.session().run).toMatchObject({ state: 'recording', pauses: [{}, {}] });
  });

  test('over a stop by OBS’s button: it is over, and well once OBS says that somebody stopped it', async () => {
    const fixture = await held();
    await recording(fixture, 'One');
    hold(fixture);
    await fixture.obs.call('StopRecord');
    await fixture.reached('interrupted');
    await release(fixture);
    expect(fixture.session()).toMatchObject({ run: { state: 'recorded' }, notices: [] });
    expect(fixture.asked).toEqual(['follow One.mkv', 'send One.mkv', 'closed One.mkv']);
  });

  test('over a stop by OBS’s button, and the next recording fails by itself: that nobody had stopped stays true', async () => {
    const fixture = await TrackerFixture.start({ confirmMs: 60, obs: { format: 'hybrid_mp4' } });
    await recording(fixture, 'One');
    hold(fixture);
    await fixture.obs.call('StopRecord');
    await fixture.reached('interrupted');
    await release(fixture);
    await fixture.reached('recorded');
    await recording(fixture, 'Two');
    fixture.obs.obs.failWriting();
    await fixture.reached('interrupted', 2);
    await fixture.obs.obs.closeMessage('Recording error');
    await release(fixture);
    expect(fixture.session()).toMatchObject({
      run: { ending: 'failed' },
      notices: [{ code: 'recording_stopped_by_obs' }],
    });
    expect(states(fixture)).toEqual(['recorded: One.mp4 ready', 'interrupted: Two.mp4 ready']);
  });

  test('over a stop by REST: it is done', async () => {
    const fixture = await held();
    await recording(fixture, 'One');
    hold(fixture);
    await fixture.agent.control.stop();
    await fixture.reached('interrupted');
    await release(fixture);
    expect(fixture.session()).toMatchObject({ run: { state: 'recorded' }, notices: [] });
  });

  test('after STOPPING: it ends as any stop', async () => {
    const fixture = await TrackerFixture.start({ obs: { timesFaster: 2 } });
    await recording(fixture, 'One');
    await fixture.obs.call('StopRecord');
    await fixture.reached('stopping');
    hold(fixture);
    let told = false;
    fixture.agent.connection.on((event) => {
      if (event.type === 'record_state' && event.state === 'stopped') told = true;
    });
    expect(await fixture.reached('recorded')).toMatchObject({ run: { ending: 'stopped' }, notices: [] });
    expect(told).toBe(false);
    // It was in fact held back.
    await release(fixture);
    await expect.poll(() => told).toBe(true);
  });

  test('over a stop and another start: two sessions', async () => {
    const fixture = await held();
    await recording(fixture, 'One');
    await fixture.until('it was looked at', () => fixture.agent.observer.witnessed);
    const counted = async (): Promise<number> => (await fixture.obs.call('GetRecordStatus')).outputDuration;
    await expect.poll(counted, { interval: 10, timeout: 5000 }).toBeGreaterThan(4000);
    hold(fixture);
    await fixture.obs.call('StopRecord');
    await expect.poll(counted, { interval: 1, timeout: 5000 }).toBe(0);
    await fixture.nameFiles('Two');
    await expect
      .poll(async () => (await fixture.obs.call('GetRecordStatus')).outputActive, { interval: 1 })
      .toBe(false);
    await fixture.obs.call('StartRecord');
    await fixture.until('both', () => fixture.sessions().length === 2);
    await fixture.until('the first is closed', () => fixture.asked.includes('closed One.mkv'));
    expect(fixture.session().run.files[0]?.path).toMatch('Two');
    expect(fixture.session().run.state).toBe('recording');
  });
});

test('a recording at the path of one that failed is another', async () => {
  const fixture = await TrackerFixture.start({ obs: { format: 'hybrid_mp4' } });
  await recording(fixture, 'Same');
  const counted = async (): Promise<number> => (await fixture.obs.call('GetRecordStatus')).outputDuration;
  await expect.poll(counted, { interval: 10, timeout: 5000 }).toBeGreaterThan(4000);
  await fixture.until('looked at', () => fixture.session().run.asOf.recordedMs > 4000);
  fixture.obs.obs.failWriting();
  const { run } = await fixture.reached('interrupted');
  const file = run.files[0]?.path ?? '';
  await rename(file, `${file}.old`);
  await fixture.agent.close();
  expect(await fixture.obs.record()).toBe(file);
  await fixture.startAgent();
  await fixture.connected();
  expect(fixture.sessions().map(({ run: each }) => each.state)).toEqual(['interrupted', 'recording']);
});
