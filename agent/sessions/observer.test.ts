import { describe, expect, test } from 'vitest';
import type { AnnouncementData } from '../live-events.ts';
import { TrackerFixture } from './tracker-fixture.ts';

type Look = AnnouncementData<'recording_status_update'>;

/** What clients were told of the recording from `from` on, oldest first. */
const looks = ({ live }: TrackerFixture, from = 0): Look[] =>
  live.slice(from).flatMap((event) => (event.type === 'recording_status_update' ? [event.data] : []));

/** Waits for a look from now on that `is` what is waited for. */
function look(fixture: TrackerFixture, what: string, is: (look: Look) => boolean = () => true): Promise<Look> {
  const from = fixture.live.length;
  return fixture.until(what, () => looks(fixture, from).find(is));
}

/** Records until that many bytes were told, and stops. */
async function recordBytes(fixture: TrackerFixture, count: number, bytes: number): Promise<void> {
  await fixture.obs.record();
  await fixture.reached('recording', count);
  await look(fixture, `${bytes} bytes`, (seen) => seen.bytes >= bytes);
  await fixture.obs.stop();
  await fixture.reached('recorded', count);
}

describe('bytes are counted from this recording’s beginning', () => {
  test.each(['hybrid_mp4', 'mkv'])('in %s, also for a second recording', async (format) => {
    const fixture = await TrackerFixture.start({ obs: { format } });
    await recordBytes(fixture, 1, 200_000);
    const from = fixture.live.length;
    await recordBytes(fixture, 2, 50_000);
    const bytes = looks(fixture, from).map((seen) => seen.bytes);
    // The first look comes within a moment, in which OBS writes some 4 kB per millisecond.
    expect(bytes[0]).toBeLessThan(200_000);
    expect(bytes.at(-1)).toBeGreaterThanOrEqual(50_000);
    expect([...bytes].sort((a, b) => a - b)).toEqual(bytes);
  });

  test('as far as it is on disk, for an agent that comes to it later', async () => {
    const fixture = await TrackerFixture.start({ obs: { format: 'hybrid_mp4' } });
    await recordBytes(fixture, 1, 400_000);
    await fixture.agent.close();
    const file = await fixture.obs.record();
    const size = await fixture.obs.onDisk(file, 100_000);
    await fixture.startAgent();
    await fixture.connected();
    const { id } = fixture.session();
    const first = await fixture.until('a look', () => looks(fixture).find(({ sessionId }) => sessionId === id));
    expect(first.bytes).toBeGreaterThanOrEqual(size);
    const counted = (await fixture.obs.call('GetRecordStatus')).outputBytes;
    expect(first.bytes).toBeLessThanOrEqual(counted - 400_000);
  });
});

test('clients are told time and bytes as often as OBS is looked at, as long as it records', async () => {
  const fixture = await TrackerFixture.start({ callMs: 200 });
  await fixture.obs.record();
  const { id } = await fixture.reached('recording');
  const seen = await look(fixture, 'something recorded', ({ bytes, durationMs }) => bytes > 0 && durationMs > 0);
  expect(seen).toMatchObject({ active: true, paused: false, sessionId: id });
  expect(seen.timecode).toMatch(/^00:\d\d:\d\d\.\d{3}$/);
  const status = fixture.agent.observer.status();
  expect(status).toMatchObject({ active: true, paused: false, session: { id } });
  expect(status.bytes).toBeGreaterThanOrEqual(seen.bytes);
  await fixture.obs.press('PauseRecording');
  expect((await look(fixture, 'paused', ({ paused }) => paused)).sessionId).toBe(id);
  // A look is under way when it ends.
  fixture.obs.obs.misbehave({ answerDelayMs: 20 });
  await fixture.obs.stop();
  await fixture.reached('recorded');
  const { length } = fixture.live;
  const logged = await fixture.obs.obs.log();
  fixture.obs.obs.misbehave({ unanswered: ['GetVersion'] });
  // Until this ends, that look has ended long ago, and many others would have come.
  await expect(fixture.agent.connection.ask('GetVersion')).rejects.toMatchObject({ code: 'obs_timeout' });
  expect(looks(fixture, length)).toEqual([]);
  // It is asked now and then whether it records after all, far less often than before.
  const asked = (await fixture.obs.obs.log()).slice(logged.length).match(/GetRecordStatus/g) ?? [];
  expect(asked.length).toBeLessThan(10);
  expect(fixture.agent.observer.status()).toEqual({
    ...{ active: false, paused: false, session: null, durationMs: 0, bytes: 0, timecode: '00:00:00.000' },
  });
});

/** A recording during which OBS loses so many frames; the agent knows. */
async function lose(fixture: TrackerFixture, frames: number): Promise<void> {
  await fixture.obs.record();
  await fixture.reached('recording');
  await fixture.until('the first count', () => fixture.session().metadata.skippedFrames === 0);
  fixture.obs.obs.misbehave({ lostFrames: { skipped: frames, missed: frames, dropped: frames } });
  await fixture.until('the next count', () => fixture.session().metadata.skippedFrames === frames);
}

describe('frames', () => {
  test('lost before this recording are none of it; what is lost until the stop is', async () => {
    const fixture = await TrackerFixture.start({
      obs: { misbehave: { lostFrames: { skipped: 100, missed: 50, dropped: 0 } } },
    });
    await fixture.obs.record();
    await fixture.reached('recording');
    await fixture.until('the first count', () => fixture.session().metadata.skippedFrames === 0);
    expect(fixture.session().metadata).toMatchObject({ skippedFrames: 0, missedFrames: 0, droppedFrames: 0 });
    fixture.obs.obs.misbehave({ lostFrames: { skipped: 103, missed: 51, dropped: 7 } });
    await fixture.until('the next count', () => fixture.session().metadata.skippedFrames === 3);
    expect(fixture.session().metadata).toMatchObject({ skippedFrames: 3, missedFrames: 1, droppedFrames: 7 });
  });

  test('are counted one last time when OBS is about to stop', async () => {
    const fixture = await TrackerFixture.start({ lookEveryMs: 60_000, obs: { timesFaster: 2 } });
    await fixture.obs.record();
    await fixture.reached('recording');
    await fixture.until('the first count', () => fixture.session().metadata.skippedFrames === 0);
    fixture.obs.obs.misbehave({ lostFrames: { skipped: 5, missed: 4, dropped: 3 } });
    await fixture.obs.stop();
    expect((await fixture.reached('recorded')).metadata).toMatchObject({
      ...{ skippedFrames: 5, missedFrames: 4, droppedFrames: 3 },
    });
  });

  test('lost before and while the connection was are not forgotten', async () => {
    const fixture = await TrackerFixture.start();
    await lose(fixture, 3);
    fixture.obs.obs.dropConnections();
    await fixture.until('lost', () => !fixture.agent.connection.connected);
    fixture.obs.obs.misbehave({ lostFrames: { skipped: 5, missed: 5, dropped: 5 } });
    await fixture.connected();
    await fixture.until('two more', () => fixture.session().metadata.skippedFrames === 5);
  });

  test('lost before the agent was away are not forgotten', async () => {
    const fixture = await TrackerFixture.start();
    await lose(fixture, 3);
    await fixture.agent.close();
    fixture.freeBytes.length = 0;
    await fixture.startAgent();
    await fixture.until('a count', () => fixture.freeBytes.length > 1);
    expect(fixture.session().metadata).toMatchObject({ skippedFrames: 3, missedFrames: 3 });
    fixture.obs.obs.misbehave({ lostFrames: { skipped: 5, missed: 5, dropped: 5 } });
    await fixture.until('two more', () => fixture.session().metadata.skippedFrames === 5);
  });
});

test('free space is passed on, in bytes', async () => {
  const fixture = await TrackerFixture.start();
  await fixture.obs.record();
  const [bytes] = await fixture.until('known', () => fixture.freeBytes.length > 0 && fixture.freeBytes);
  const { availableDiskSpace } = await fixture.obs.call('GetStats');
  // MB in OBS's own counting; others write here too.
  expect(bytes).toBeGreaterThan((availableDiskSpace - 1024) * 1024 * 1024);
  expect(bytes).toBeLessThan((availableDiskSpace + 1024) * 1024 * 1024);
});

test('how OBS is set up is noted of the session', async () => {
  const fixture = await TrackerFixture.start();
  await fixture.obs.record();
  await fixture.reached('recording');
  await fixture.until('noted', () => fixture.session().metadata.profile);
  expect(fixture.session().metadata).toMatchObject({
    ...{ profile: 'Untitled', sceneCollection: 'Untitled', width: 320, height: 180, fps: 10, obsVersion: '32.2.2' },
    scenes: [{ name: 'Scene A', atMs: 0 }],
  });
});

test('a scene is noted with the recorded time at which OBS showed it, pauses left out', async () => {
  // A look in between would find that OBS's clock goes faster than ours, and correct the recorded time.
  const fixture = await TrackerFixture.start({ obs: { timesFaster: 1 } });
  await fixture.obs.record();
  await fixture.reached('recording');
  await fixture.until('the first scene', () => fixture.session().metadata.scenes.length === 1);
  await fixture.obs.press('PauseRecording');
  const { run } = await fixture.reached('paused');
  fixture.obs.obs.switchScene('Scene B');
  await fixture.until('the second scene', () => fixture.session().metadata.scenes.length === 2);
  expect(fixture.session().metadata.scenes[1]).toEqual({ name: 'Scene B', atMs: run.asOf.recordedMs });
});

test.each([
  [{}, true],
  [{ outputMode: 'Simple' }, true],
  [{ profile: { 'AdvOut/RecEncoder': 'none' } }, false],
] as const)('whether OBS can pause this recording: %j', async (options, canPause) => {
  const fixture = await TrackerFixture.start({ obs: options });
  const { observer } = fixture.agent;
  // As long as it is not known, it can.
  expect(observer.canPause).toBe(true);
  await fixture.obs.record();
  await fixture.reached('recording');
  await fixture.until('noted', () => fixture.session().metadata.profile);
  expect(observer.canPause).toBe(canPause);
});

test('an OBS that has rendered fewer frames than were seen is another run of it', async () => {
  const { agent } = await TrackerFixture.start();
  agent.observer.sawFrames(100);
  expect([99, 100, 1000].map((frames) => agent.observer.isSameRun(frames))).toEqual([false, true, true]);
});

test('OBS is asked nothing more once all has ended, whatever is handled yet', async () => {
  const fixture = await TrackerFixture.start();
  const file = await fixture.obs.record();
  const { id } = await fixture.reached('recording');
  await look(fixture, 'a look');
  const { tracker, observer } = fixture.agent;
  tracker.close();
  observer.observe(id);
  const before = looks(fixture).length;
  const size = await fixture.obs.onDisk(file, 1);
  await fixture.obs.onDisk(file, size + 400_000);
  expect(looks(fixture)).toHaveLength(before);
});
