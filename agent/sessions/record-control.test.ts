import { describe, expect, test } from 'vitest';
import { TrackerFixture } from './tracker-fixture.ts';

const commands = ['stop', 'pause', 'resume', 'split', 'chapter'] as const;

/** What a command ends with: `done`, or the code of its error. */
const outcome = (command: Promise<unknown>): Promise<string> =>
  command.then(
    () => 'done',
    (error: { code?: unknown }) => String(error.code),
  );

/** Waits until OBS has its own file name format again, as it was before a start. */
const restored = (fixture: TrackerFixture, format: string): Promise<void> =>
  expect.poll(() => fixture.fileNames(), { interval: 5, timeout: 5000 }).toBe(format);

test('each command answers with the session as it is once OBS has confirmed', async () => {
  const fixture = await TrackerFixture.start({ obs: { split: true } });
  const { control } = fixture.agent;
  const started = await control.start({ sessionName: 'Lesson' });
  expect(started).toMatchObject({ name: 'Lesson', state: 'recording', recordings: [{ state: 'writing' }] });
  expect(await control.pause()).toMatchObject({ id: started.id, state: 'paused' });
  expect(control.status()).toMatchObject({ active: true, paused: true, session: { id: started.id } });
  expect(await control.resume()).toMatchObject({ state: 'recording', metadata: { pauses: [{}] } });
  expect((await control.split()).recordings.map(({ number }) => number)).toEqual([1, 2]);
  expect((await control.chapter('One')).marks).toMatchObject([{ kind: 'chapter', text: 'One' }]);
  const stopped = await control.stop();
  expect(['finalising', 'recorded']).toContain(stopped.state);
  expect(stopped.stoppedAt).not.toBeNull();
  expect(control.status()).toMatchObject({ active: false, session: null, bytes: 0 });
});

test('a stop answers with every file, also those that must be looked for first', async () => {
  // Its clock goes about as ours: what plays for much longer than it was written to is no recording.
  const fixture = await TrackerFixture.start({ obs: { plays: '29.0', split: true, timesFaster: 2 } });
  await fixture.agent.control.start({});
  fixture.obs.obs.splitFile();
  await fixture.obs.files(2);
  expect((await fixture.agent.control.stop()).recordings.map(({ number }) => number)).toEqual([1, 2]);
});

describe('is refused with the reason', () => {
  test('what needs a recording while there is none', async () => {
    const { agent } = await TrackerFixture.start({ obs: { split: true } });
    for (const command of commands) expect(await outcome(agent.control[command]())).toBe('not_recording');
  });

  test('anything while OBS cannot be reached, also in the middle of a recording', async () => {
    const fixture = await TrackerFixture.start();
    const { control } = fixture.agent;
    await control.start({ sessionName: 'Lesson' });
    await fixture.cutOff();
    for (const command of ['stop', 'pause', 'resume', 'split'] as const) {
      expect(await outcome(control[command]())).toBe('obs_not_connected');
    }
    expect(await outcome(control.start({}))).toBe('obs_not_connected');
    // A chapter is kept all the same.
    expect((await control.chapter('One')).marks).toMatchObject([{ text: 'One', inFile: false }]);
  });

  test('anything while OBS refuses our password', async () => {
    const fixture = await TrackerFixture.start();
    const { control, connection } = fixture.agent;
    fixture.obs.target = { ...fixture.obs.target, password: 'wrong' };
    connection.reconnect();
    await fixture.until('refused', () => connection.state === 'refused');
    for (const command of commands) expect(await outcome(control[command]())).toBe('obs_password_wrong');
    expect(await outcome(control.start({}))).toBe('obs_password_wrong');
  });

  test('a second start', async () => {
    const fixture = await TrackerFixture.start();
    await fixture.obs.record();
    await fixture.reached('recording');
    expect(await outcome(fixture.agent.control.start({ sessionName: 'Second' }))).toBe('already_recording');
    expect(await fixture.obs.obs.log()).not.toMatch('Second');
    expect(fixture.sessions()).toHaveLength(1);
  });

  test('whatever else than a stop while OBS hangs in stopping', async () => {
    const fixture = await TrackerFixture.start({ obs: { split: true } });
    const { control } = fixture.agent;
    await control.start({});
    fixture.obs.obs.misbehave({ stop: 'hangs' });
    await fixture.obs.call('StopRecord');
    await fixture.reached('stopping');
    for (const command of [() => control.start({}), () => control.pause(), () => control.split()]) {
      expect(await outcome(command())).toBe('obs_stop_unfinished');
    }
    expect(fixture.sessions()).toHaveLength(1);
  });

  test('the later of two starts at once: the other one has its own name, choices and file', async () => {
    const fixture = await TrackerFixture.start();
    const { control } = fixture.agent;
    const outcomes = await Promise.all([
      outcome(control.start({ sessionName: 'One', priority: 3 })),
      outcome(control.start({ sessionName: 'Two', priority: 8 })),
    ]);
    expect(outcomes).toEqual(['done', 'already_recording']);
    expect(fixture.session()).toMatchObject({ name: 'One', startedBy: 'rest', priority: 3 });
    expect(fixture.files(fixture.session())).toEqual(['One.mkv writing']);
    await control.stop();
    // The one that was refused has left nothing behind.
    expect(await control.start({})).toMatchObject({ startedBy: 'rest', priority: 1 });
    expect(fixture.session().name).not.toBe('Two');
  });

  test('a start while a dock starts, and not before the dock has', async () => {
    const fixture = await TrackerFixture.start();
    const { control, next } = fixture.agent;
    next.change({ name: 'Dock', priority: 6 });
    await control.expectDockStart();
    const rest = outcome(control.start({ sessionName: 'REST', priority: 2 }));
    await fixture.obs.record();
    expect(await rest).toBe('already_recording');
    expect(fixture.session()).toMatchObject({ name: 'Dock', startedBy: 'dock', priority: 6 });
    expect(fixture.files(fixture.session())).toEqual(['Dock.mkv writing']);
  });

  test('a name that cannot be one, before OBS is asked for anything', async () => {
    const fixture = await TrackerFixture.start();
    expect(await outcome(fixture.agent.control.start({ sessionName: 'a/b' }))).toBe('session_name_invalid');
    expect(await fixture.obs.obs.log()).not.toMatch('SetProfileParameter');
  });

  test('a second pause, and a resume without one', async () => {
    const { agent, obs } = await TrackerFixture.start();
    await agent.control.start({});
    expect(await outcome(agent.control.resume())).toBe('not_paused');
    await agent.control.pause();
    expect(await outcome(agent.control.pause())).toBe('already_paused');
    // OBS is not asked for what cannot be.
    const log = await obs.obs.log();
    expect([log.match(/PauseRecord/g), log.match(/ResumeRecord/g)]).toEqual([['PauseRecord'], null]);
  });

  test('a pause where OBS records with the stream’s encoder: it is not asked', async () => {
    const fixture = await TrackerFixture.start({ obs: { outputMode: 'Simple' } });
    const { control, observer } = fixture.agent;
    await fixture.obs.setProfile('SimpleOutput', 'RecQuality', 'Stream');
    await control.start({});
    await fixture.until('OBS’s set-up', () => !observer.canPause);
    expect(await outcome(control.pause())).toBe('pause_unavailable');
    expect(await fixture.obs.obs.log()).not.toMatch('PauseRecord');
    expect(fixture.session().run.state).toBe('recording');
  });

  test('a split where OBS does not split', async () => {
    const { agent } = await TrackerFixture.start({ obs: { split: false } });
    await agent.control.start({});
    expect(await outcome(agent.control.split())).toBe('split_unavailable');
  });
});

describe('a start that OBS does not confirm', () => {
  test.each(['dialog', 'dialog-after-starting'] as const)(
    'because it shows a %s leaves nothing behind',
    async (how) => {
      const fixture = await TrackerFixture.start({ confirmMs: 60, obs: { misbehave: { nextStart: how } } });
      const { control, next } = fixture.agent;
      const before = await fixture.fileNames();
      next.change({ name: 'Next' });
      expect(await outcome(control.start({ sessionName: 'Never', priority: 9 }))).toBe('obs_not_confirmed');
      expect(await fixture.fileNames()).toBe(before);
      expect(fixture.sessions()).toEqual([]);
      // The next recording is nobody's but OBS's, with the next session.
      await fixture.obs.record();
      expect(await fixture.reached('recording')).toMatchObject({ name: 'Next', startedBy: 'obs', priority: 1 });
    },
  );

  test('because it does not answer leaves nothing behind, whatever it does not answer', async () => {
    const fixture = await TrackerFixture.start({ callMs: 150 });
    const { control } = fixture.agent;
    const before = await fixture.fileNames();
    for (const request of ['GetProfileList', 'SetProfileParameter']) {
      fixture.obs.obs.misbehave({ unanswered: [request] });
      expect(await outcome(control.start({ sessionName: 'Mute' }))).toBe('obs_timeout');
    }
    fixture.obs.obs.misbehave({ unanswered: [] });
    await fixture.obs.record();
    const session = await fixture.reached('recording');
    expect(session).toMatchObject({ startedBy: 'obs' });
    expect(session.name).not.toBe('Mute');
    await restored(fixture, before);
  });
});

test('a stop while OBS has not confirmed a pause waits for it', async () => {
  const fixture = await TrackerFixture.start();
  const { control } = fixture.agent;
  await control.start({});
  expect(await Promise.all([outcome(control.pause()), outcome(control.stop())])).toEqual(['done', 'done']);
  expect((await fixture.reached('recorded')).run.pauses).toHaveLength(1);
});

describe('a start by a dock', () => {
  test('that OBS cannot be prepared for works all the same: the session has its name, the file OBS’s', async () => {
    const fixture = await TrackerFixture.start({ callMs: 150 });
    const { control, next } = fixture.agent;
    next.change({ name: 'Lesson' });
    fixture.obs.obs.misbehave({ unanswered: ['SetProfileParameter', 'GetProfileList'] });
    await control.expectDockStart();
    fixture.obs.obs.misbehave({ unanswered: [] });
    await fixture.obs.record();
    const session = await fixture.reached('recording');
    expect(session).toMatchObject({ name: 'Lesson', startedBy: 'dock' });
    expect(fixture.files(session)).not.toEqual(['Lesson.mkv writing']);
  });

  test('is not expected while OBS records, nor while it cannot be reached', async () => {
    const fixture = await TrackerFixture.start();
    const { control, next } = fixture.agent;
    const before = await fixture.fileNames();
    await fixture.obs.record();
    await fixture.reached('recording');
    next.change({ name: 'Next' });
    await control.expectDockStart();
    expect(await fixture.fileNames()).toBe(before);
    await fixture.obs.stop();
    await fixture.reached('recorded');
    const back = await fixture.cutOff();
    await control.expectDockStart();
    await back();
    await fixture.obs.record();
    expect(await fixture.reached('recording', 2)).toMatchObject({ name: 'Next', startedBy: 'obs' });
  });
});

test('a pause that OBS takes and does not carry out is not confirmed, and the recording goes on', async () => {
  const fixture = await TrackerFixture.start({ confirmMs: 60, obs: { misbehave: { refusesPause: true } } });
  await fixture.agent.control.start({});
  expect(await outcome(fixture.agent.control.pause())).toBe('obs_not_confirmed');
  expect(fixture.agent.control.status()).toMatchObject({ active: true, paused: false });
});
