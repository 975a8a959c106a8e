import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { TrackerFixture } from './tracker-fixture.ts';

describe('a recording that begins', () => {
  test('by OBS’s hotkey gets the next session; its name once, the other choices again', async () => {
    const fixture = await TrackerFixture.start();
    const { next } = fixture.agent;
    next.change({ name: 'Lesson', autoUpload: false, subtitleModel: 'small', priority: 7 });
    await fixture.obs.press('StartRecording');
    const first = await fixture.reached('recording');
    const choices = { autoUpload: false, subtitleModel: 'small', priority: 7 };
    expect(first).toMatchObject({ name: 'Lesson', startedBy: 'obs', notes: '', ...choices });
    expect(first.metadata).toMatchObject({ number: 1 });
    // The file keeps the name that OBS gave it.
    expect(fixture.files(first)).toEqual([expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d-\d\d-\d\d\.mkv writing$/)]);
    expect(next.get()).toMatchObject({ name: null, ...choices });
    await fixture.obs.press('StopRecording');
    await fixture.reached('recorded');
    await fixture.obs.press('StartRecording');
    const second = await fixture.reached('recording', 2);
    expect(second).toMatchObject({ startedBy: 'obs', ...choices, metadata: { number: 2 } });
    expect(second.name).toMatch(/^\d{4}-\d\d-\d\d \d\d-\d\d-\d\d/);
  });

  test('by REST gets the name and the choices that were asked for, and so does its file', async () => {
    const fixture = await TrackerFixture.start();
    const { next, control } = fixture.agent;
    next.change({ priority: 7 });
    const before = await fixture.fileNames();
    await control.start({ sessionName: 'Été 100 %', subtitleModel: 'large', autoUpload: false });
    const session = fixture.session();
    expect(session).toMatchObject({ name: 'Été 100 %', startedBy: 'rest', subtitleModel: 'large', autoUpload: false });
    expect(session.priority).toBe(7);
    expect(fixture.files(session)).toEqual(['Été 100 %.mkv writing']);
    await expect.poll(() => fixture.fileNames(), { interval: 5, timeout: 5000 }).toBe(before);
  });

  test('by a dock gets the next session, and its file the name', async () => {
    const fixture = await TrackerFixture.start();
    fixture.agent.next.change({ name: 'Dock' });
    await fixture.agent.control.expectDockStart();
    await fixture.obs.record();
    const session = await fixture.reached('recording');
    expect(session).toMatchObject({ name: 'Dock', startedBy: 'dock' });
    expect(fixture.files(session)).toEqual(['Dock.mkv writing']);
  });

  test('long after a dock’s start that never came is OBS’s own', async () => {
    const fixture = await TrackerFixture.start({ intentLifeMs: 40 });
    const before = await fixture.fileNames();
    fixture.agent.next.change({ name: 'Dock' });
    await fixture.agent.control.expectDockStart();
    expect(await fixture.fileNames()).toBe('Dock');
    await expect.poll(() => fixture.fileNames(), { interval: 5, timeout: 5000 }).toBe(before);
    await fixture.obs.record();
    expect(await fixture.reached('recording')).toMatchObject({ name: 'Dock', startedBy: 'obs' });
  });

  test('under a name that is taken gets another', async () => {
    const fixture = await TrackerFixture.start();
    const { control } = fixture.agent;
    await control.start({ sessionName: 'Same' });
    await control.stop();
    await fixture.reached('recorded');
    await control.start({ sessionName: 'same' });
    const names = fixture.sessions().map(({ name }) => name);
    expect(names).toEqual(['Same', 'same (2)']);
  });

  test('without OBS naming its file learns it a moment later', async () => {
    const fixture = await TrackerFixture.start({ obs: { misbehave: { tellsNoPath: true } } });
    await fixture.nameFiles('Nameless');
    await fixture.obs.call('StartRecord');
    const { id } = await fixture.reached('recording');
    await fixture.until('its file', () => fixture.session().run.files.length === 1);
    await fixture.obs.stop();
    const session = await fixture.reached('recorded');
    expect(session.id).toBe(id);
    expect(fixture.files(session)).toEqual(['Nameless.mkv ready']);
    expect(fixture.asked).toEqual(['follow Nameless.mkv', 'send Nameless.mkv', 'closed Nameless.mkv']);
  });
});

test('a recording whose file OBS names only at the stop has it from then on', async () => {
  const fixture = await TrackerFixture.start({ obs: { misbehave: { tellsNoPath: true } } });
  await fixture.nameFiles('Nameless');
  fixture.obs.obs.misbehave({ unanswered: ['GetOutputSettings'] });
  await fixture.obs.call('StartRecord');
  expect(fixture.files(await fixture.reached('recording'))).toEqual([]);
  fixture.obs.obs.misbehave({ tellsNoPath: false });
  await fixture.obs.stop();
  expect(fixture.files(await fixture.reached('recorded'))).toEqual(['Nameless.mkv ready']);
  expect(fixture.asked).toEqual(['send Nameless.mkv', 'closed Nameless.mkv']);
});

test('pauses are kept with the recorded time at which they began, and are none of it', async () => {
  // A look that finds OBS's clock faster than ours would correct the recorded time.
  const fixture = await TrackerFixture.start({ lookEveryMs: 60_000, obs: { timesFaster: 1 } });
  const { obs } = fixture;
  await obs.record();
  await fixture.reached('recording');
  await obs.press('PauseRecording');
  await fixture.reached('paused');
  await obs.press('UnpauseRecording');
  await fixture.reached('recording');
  await obs.press('PauseRecording');
  await fixture.reached('paused');
  await obs.stop();
  const { run } = await fixture.reached('recorded');
  const [first, second] = run.pauses;
  expect(run.pauses).toHaveLength(2);
  expect(first?.durationMs).toBeGreaterThan(0);
  expect(second?.atMs).toBeGreaterThanOrEqual(first?.atMs ?? Number.NaN);
  const span = (run.stoppedAt ?? 0) - run.startedAt;
  // Two clocks, each in whole milliseconds.
  expect(Math.abs(run.asOf.elapsedMs - span)).toBeLessThanOrEqual(2);
  // It was paused when it was stopped.
  expect(run.asOf.recordedMs).toBe(second?.atMs);
  expect((first?.durationMs ?? 0) + (second?.durationMs ?? 0)).toBeLessThan(span);
});

describe('a split', () => {
  test('that OBS tells: the file before is closed and sent while the next one is written', async () => {
    const fixture = await TrackerFixture.start({ obs: { split: true } });
    await fixture.nameFiles('Part');
    await fixture.obs.record();
    await fixture.reached('recording');
    await fixture.obs.press('SplitFile');
    await fixture.until('the first file is closed', () => fixture.asked.includes('closed Part.mkv'));
    expect(fixture.files(fixture.session())).toEqual(['Part.mkv ready', 'Part (2).mkv writing']);
    expect(fixture.session().run.state).toBe('recording');
    await fixture.obs.stop();
    const session = await fixture.reached('recorded');
    expect(fixture.files(session)).toEqual(['Part.mkv ready', 'Part (2).mkv ready']);
    expect(fixture.asked).toEqual([
      'follow Part.mkv',
      'follow Part (2).mkv',
      'send Part.mkv',
      'closed Part.mkv',
      'send Part (2).mkv',
      'closed Part (2).mkv',
    ]);
  });

  test('whose event drowns in a flood: its file is found on the disk once that is over', async () => {
    const fixture = await TrackerFixture.start({ obs: { split: true } });
    await fixture.nameFiles('Part');
    await fixture.obs.record();
    await fixture.reached('recording');
    for (let number = 0; number < 200; number++) fixture.obs.obs.tell('RecordFileChanged', { newOutputPath: number });
    await fixture.obs.press('SplitFile');
    await fixture.obs.files(2);
    await fixture.until('both files are known', () => fixture.session().run.files.length === 2);
    await fixture.obs.stop();
    expect(fixture.files(await fixture.reached('recorded'))).toEqual(['Part.mkv ready', 'Part (2).mkv ready']);
  });

  test('that OBS 29 tells nobody: its files are found at the stop, none of another session', async () => {
    // Its clock goes about as ours: what plays for much longer than it was written to is no recording.
    const fixture = await TrackerFixture.start({ obs: { plays: '29.0', split: true, timesFaster: 2 } });
    await fixture.nameFiles('Before');
    await fixture.obs.record();
    await fixture.reached('recording');
    await fixture.obs.stop();
    await fixture.reached('recorded');
    await fixture.nameFiles('Part');
    await fixture.obs.record();
    for (const count of [3, 4]) {
      fixture.obs.obs.splitFile();
      await fixture.obs.files(count);
    }
    await fixture.obs.stop();
    const session = await fixture.reached('recorded', 2);
    expect(fixture.files(session)).toEqual(['Part.mkv ready', 'Part (2).mkv ready', 'Part (3).mkv ready']);
    expect(fixture.asked.filter((line) => line.startsWith('send'))).toHaveLength(4);
  });

  test.each([
    ['', false],
    [', also by the agent’s next run', true],
  ])(
    'that OBS 29 tells nobody, and the drive is away at the stop: its files are found once it is back%s',
    async (_, isRestarted) => {
      const fixture = await TrackerFixture.start({ obs: { plays: '29.0', split: true, timesFaster: 2 } });
      const file = await fixture.recording('Part');
      await fixture.until('it was seen', () => fixture.session().run.files[0]?.inode !== null);
      fixture.obs.obs.splitFile();
      await fixture.obs.files(2);
      const [folder, away] = [path.dirname(file), `${path.dirname(file)} away`];
      await rename(folder, away);
      onTestFinished(() => rm(away, { recursive: true, force: true }));
      await fixture.obs.stop();
      await fixture.until('it is said that the drive is away', () => fixture.session().notices.length > 0);
      expect(fixture.session().notices).toMatchObject([{ code: 'file_away' }]);
      expect(fixture.states()).toEqual(['finalising: Part.mkv finalising']);
      if (isRestarted) {
        await fixture.agent.close();
        await fixture.startAgent();
      }
      await rename(away, folder);
      await fixture.until(
        'both are closed',
        () => fixture.session().run.files.filter((each) => each.state === 'ready').length === 2,
      );
      expect(fixture.states()).toEqual(['recorded: Part.mkv ready, Part (2).mkv ready']);
      expect(fixture.session().notices).toEqual([]);
      expect(fixture.asked.filter((line) => line.startsWith('send'))).toEqual(['send Part.mkv', 'send Part (2).mkv']);
    },
  );

  test('is not looked for where OBS does not split: the file of another program is no part of it', async () => {
    const fixture = await TrackerFixture.start({ obs: { plays: '29.0', split: false } });
    const file = await fixture.obs.record();
    await writeFile(path.join(path.dirname(file), 'other.mkv'), 'not OBS’s');
    await fixture.obs.stop();
    expect((await fixture.reached('recorded')).run.files).toHaveLength(1);
  });
});

describe('a recording that ends', () => {
  test('is announced, closed, and then sent', async () => {
    const fixture = await TrackerFixture.start();
    await fixture.nameFiles('One');
    await fixture.obs.record();
    await fixture.reached('recording');
    await fixture.obs.stop();
    const { run } = await fixture.reached('recorded');
    expect(run).toMatchObject({ ending: 'stopped', files: [{ state: 'ready', container: 'mkv', finalised: true }] });
    expect(run.files[0]?.bytes).toBeGreaterThan(0);
    expect(fixture.asked).toEqual(['follow One.mkv', 'send One.mkv', 'closed One.mkv']);
    const heard = fixture.heard();
    expect(heard[0]).toBe('recording_started');
    expect(heard.filter((type) => type === 'recording_stopped')).toHaveLength(1);
    expect(heard.lastIndexOf('session_updated')).toBeGreaterThan(heard.indexOf('recording_stopped'));
  });

  test('is not sent where that is not wanted, but its file is waited for', async () => {
    const fixture = await TrackerFixture.start();
    fixture.agent.next.change({ autoUpload: false });
    await fixture.nameFiles('One');
    await fixture.obs.record();
    await fixture.obs.stop();
    expect(fixture.files(await fixture.reached('recorded'))).toEqual(['One.mkv ready']);
    expect(fixture.asked).toEqual(['closed One.mkv']);
  });

  test('without its file has none: nothing is sent', async () => {
    const fixture = await TrackerFixture.start();
    await fixture.nameFiles('One');
    const file = await fixture.obs.record();
    await expect
      .poll(
        () =>
          rename(file, `${file}.away`).then(
            () => true,
            () => false,
          ),
        { interval: 5, timeout: 5000 },
      )
      .toBe(true);
    await fixture.obs.stop();
    expect(fixture.files(await fixture.reached('recorded'))).toEqual(['One.mkv missing']);
    expect(fixture.asked).toEqual(['follow One.mkv', 'closed One.mkv']);
  });

  test('is sent as it is once OBS has put its head right, however late', async () => {
    const fixture = await TrackerFixture.start({ obs: { format: 'hybrid_mp4', misbehave: { finaliseDelayMs: 2000 } } });
    await fixture.nameFiles('Late');
    await fixture.obs.record();
    await fixture.obs.stop();
    await fixture.reached('finalising');
    expect(fixture.asked).toEqual(['follow Late.mp4']);
    expect((await fixture.reached('recorded')).run.files).toMatchObject([{ container: 'mp4', finalised: true }]);
    expect(fixture.asked).toEqual(['follow Late.mp4', 'send Late.mp4', 'closed Late.mp4']);
  });

  test('because the disk is full is sent as it lies there', async () => {
    const fixture = await TrackerFixture.start();
    await fixture.nameFiles('Full');
    await fixture.obs.record();
    await fixture.reached('recording');
    fixture.obs.obs.fillDisk();
    const { run } = await fixture.reached('recorded');
    expect(run).toMatchObject({ ending: 'stopped', files: [{ state: 'ready', finalised: false }] });
    expect(fixture.asked).toEqual(['follow Full.mkv', 'send Full.mkv', 'closed Full.mkv']);
  });

  test('is closed and sent beside the one that follows at once', async () => {
    const fixture = await TrackerFixture.start({ obs: { format: 'hybrid_mp4', misbehave: { finaliseDelayMs: 2000 } } });
    await fixture.nameFiles('Take');
    await fixture.obs.record();
    await fixture.obs.stop();
    await fixture.obs.record();
    await fixture.until('both', () => fixture.sessions().length === 2);
    expect(fixture.sessions().map(({ run }) => run.state)).toEqual(['finalising', 'recording']);
    await fixture.until('the first is closed', () => fixture.asked.includes('closed Take.mp4'));
    expect(fixture.sessions().map(({ run }) => run.state)).toEqual(['recorded', 'recording']);
    expect(fixture.asked).toEqual(['follow Take.mp4', 'follow Take (2).mp4', 'send Take.mp4', 'closed Take.mp4']);
  });
});

describe('what OBS says', () => {
  test.each(['duplicated', 'out-of-order'] as const)('%s makes one session', async (recordEvents) => {
    const fixture = await TrackerFixture.start({ obs: { misbehave: { recordEvents } } });
    await fixture.nameFiles('One');
    await fixture.obs.record();
    await fixture.reached('recording');
    await fixture.obs.press('PauseRecording');
    await fixture.reached('paused');
    await fixture.obs.press('UnpauseRecording');
    await fixture.reached('recording');
    await fixture.obs.stop();
    const { run } = await fixture.reached('recorded');
    expect(run.pauses).toHaveLength(1);
    expect(fixture.asked).toEqual(['follow One.mkv', 'send One.mkv', 'closed One.mkv']);
    const heard = fixture.heard();
    expect(heard.filter((type) => type.startsWith('recording_'))).toEqual(['recording_started', 'recording_stopped']);
  });

  test('makes a new session of a new recording at an old path', async () => {
    const fixture = await TrackerFixture.start();
    await fixture.nameFiles('Same');
    const file = await fixture.obs.record();
    await fixture.obs.stop();
    await fixture.reached('recorded');
    await rename(file, `${file}.old`);
    expect(await fixture.obs.record()).toBe(file);
    await fixture.reached('recording', 2);
    await fixture.obs.stop();
    await fixture.reached('recorded', 2);
    expect(fixture.sessions().map(({ run }) => run.files.length)).toEqual([1, 1]);
    expect(fixture.asked.filter((line) => line === 'send Same.mkv')).toHaveLength(2);
    const [first, second] = fixture.sessions();
    expect(first?.fileIds).not.toEqual(second?.fileIds);
  });
});
