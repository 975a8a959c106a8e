import { describe, expect, test } from 'vitest';
import type { SimulatedObsOptions } from '../../scripts/rig/simulated-obs.ts';
import { type CommandLimits, RecordCommands } from './commands.ts';
import { type HeardConnection, ObsFixture } from './obs-fixture.ts';

interface World extends HeardConnection {
  readonly fixture: ObsFixture;
  readonly commands: RecordCommands;
  /** The last state of the recording that we were told. */
  told(): string | undefined;
}

/** Commands over a connection that stands; OBS is not left alone between them unless `limits` say so. */
async function world(options: Partial<SimulatedObsOptions> = {}, limits: Partial<CommandLimits> = {}): Promise<World> {
  const fixture = await ObsFixture.start(options);
  const heard = await fixture.connected();
  const commands = new RecordCommands(heard.connection, { restMs: 0, ...limits });
  const told = (): string | undefined =>
    heard.events.flatMap((event) => (event.type === 'record_state' ? [event.state] : [])).at(-1);
  return { fixture, commands, told, ...heard };
}

/** What a command ends with: `done`, or the code of its error. */
const outcome = (command: Promise<void>): Promise<string> =>
  command.then(
    () => 'done',
    (error: { code?: unknown }) => String(error.code),
  );

/** When OBS was asked that, ms since 1970, by its own log. */
async function askedAt({ fixture }: World, request: string): Promise<number[]> {
  const lines = (await fixture.obs.log()).split('\n').filter((line) => line.includes(` ${request} `));
  return lines.map((line) => Date.parse(line.slice(0, 24)));
}

describe('a command is done once OBS’s event says so', () => {
  test('start, pause, resume, split and stop', async () => {
    const all = await world({ split: true });
    const { commands, events, told } = all;
    await commands.start();
    expect(told()).toBe('started');
    await commands.pause();
    expect(told()).toBe('paused');
    await commands.resume();
    expect(told()).toBe('resumed');
    await commands.split();
    expect(events.at(-1)?.type).toBe('record_file_changed');
    await commands.stop();
    expect(told()).toBe('stopped');
  });

  test('although the event comes before the answer', async () => {
    const { fixture, commands } = await world();
    fixture.obs.misbehave({ answerDelayMs: 100 });
    await commands.start();
  });

  test.each(['dialog', 'dialog-after-starting'] as const)('a start that ends in a %s is not', async (nextStart) => {
    const { fixture, commands } = await world({ misbehave: { nextStart } }, { confirmMs: 60 });
    expect(await outcome(commands.start())).toBe('obs_not_confirmed');
    // Nothing of it is left.
    fixture.obs.misbehave({ nextStart: 'normal' });
    await commands.start();
  });

  test('a pause that OBS takes and does not carry out is not', async () => {
    const { commands } = await world({ misbehave: { refusesPause: true } }, { confirmMs: 60 });
    await commands.start();
    expect(await outcome(commands.pause())).toBe('obs_not_confirmed');
  });

  test('a pause whose recording ends instead says so at once', async () => {
    const { fixture, commands } = await world({ misbehave: { refusesPause: true } }, { confirmMs: 60_000 });
    await commands.start();
    const paused = outcome(commands.pause());
    await expect.poll(() => fixture.obs.log(), { interval: 5, timeout: 5000 }).toMatch('PauseRecord');
    await commands.stop();
    expect(await paused).toBe('not_recording');
  });

  test('a pause whose turn comes after a stop says so, and OBS is not asked', async () => {
    const all = await world({}, { restMs: 50, confirmMs: 60_000 });
    const { fixture, commands } = all;
    await commands.start();
    const stopped = commands.stop();
    expect(await outcome(commands.pause())).toBe('not_recording');
    await stopped;
    expect(await fixture.obs.log()).not.toMatch('PauseRecord');
  });

  test('nor is what OBS never answers, even if it does it', async () => {
    const fixture = await ObsFixture.start({ misbehave: { unanswered: ['StartRecord'] } });
    const { connection } = await fixture.connected({ callMs: 60 });
    expect(await outcome(new RecordCommands(connection).start())).toBe('obs_timeout');
  });

  test('a lost connection ends it at once', async () => {
    const { fixture, commands } = await world({ misbehave: { nextStart: 'dialog' } }, { confirmMs: 60_000 });
    const started = outcome(commands.start());
    await expect.poll(() => fixture.obs.log(), { interval: 5, timeout: 5000 }).toMatch('StartRecord');
    fixture.obs.dropConnections();
    expect(await started).toBe('obs_not_connected');
  });
});

describe('a stop', () => {
  // OBS's clock goes as ours: STOPPING after 10 ms, STOPPED after 200.
  const real = { timesFaster: 1 };

  test('may take longer than other commands once OBS is stopping', async () => {
    const { commands, told } = await world(real, { confirmMs: 120 });
    await commands.start();
    await commands.stop();
    expect(told()).toBe('stopped');
  });

  test('may not take for ever', async () => {
    const { fixture, commands, told } = await world(real, { stoppingMs: 20 });
    await commands.start();
    expect(await outcome(commands.stop())).toBe('obs_stop_unfinished');
    expect(told()).toBe('stopping');
    await fixture.until('stopped', () => told() === 'stopped');
  });

  test('that OBS begins and does not end says so, and so does the next one', async () => {
    const { fixture, commands, told } = await world({}, { confirmMs: 60_000, stoppingMs: 60 });
    await commands.start();
    fixture.obs.misbehave({ stop: 'hangs' });
    expect(await outcome(commands.stop())).toBe('obs_stop_unfinished');
    expect(await outcome(commands.stop())).toBe('obs_stop_unfinished');
    expect(told()).toBe('stopping');
  });

  test('that OBS does not even begin is not confirmed', async () => {
    const { fixture, commands } = await world({}, { confirmMs: 60, stoppingMs: 60_000 });
    await commands.start();
    fixture.obs.misbehave({ stop: 'ignored' });
    expect(await outcome(commands.stop())).toBe('obs_not_confirmed');
    fixture.obs.misbehave({ stop: 'normal' });
    await commands.stop();
  });

  test('ends at once when OBS is killed while it hangs', async () => {
    const { fixture, commands, told } = await world({}, { stoppingMs: 60_000 });
    await commands.start();
    fixture.obs.misbehave({ stop: 'hangs' });
    const stopped = outcome(commands.stop());
    await fixture.until('stopping', () => told() === 'stopping');
    await fixture.obs.kill();
    expect(await stopped).toBe('obs_not_connected');
  });
});

describe('OBS is left alone', () => {
  test('for a while after each change', async () => {
    const all = await world({}, { restMs: 100 });
    const { fixture, commands, connection } = all;
    let changedAt = 0;
    connection.on(() => {
      changedAt = Date.now();
    });
    await fixture.record();
    await fixture.until('heard', () => all.told() === 'started');
    for (const [command, request] of [
      ['pause', 'PauseRecord'],
      ['resume', 'ResumeRecord'],
      ['stop', 'StopRecord'],
    ] as const) {
      const before = changedAt;
      await commands[command]();
      const [at = 0] = await askedAt(all, request);
      // Timers and clocks are a millisecond apart.
      expect(at - before).toBeGreaterThanOrEqual(97);
    }
  });

  test('until its output is idle before a start, which it would lose', async () => {
    // OBS 29 keeps its output active for 50 ms after STOPPED.
    const all = await world({ plays: '29.0', timesFaster: 1 }, { confirmMs: 400 });
    const { fixture, commands, told } = all;
    await commands.start();
    await fixture.stop();
    await fixture.until('heard', () => told() === 'stopped');
    await commands.start();
    expect(told()).toBe('started');
  });
});

describe('a command that OBS cannot carry out names the reason', () => {
  test('start while it records', async () => {
    const { fixture, commands } = await world({}, { idleMs: 30 });
    await fixture.record();
    expect(await outcome(commands.start())).toBe('already_recording');
  });

  test('start while it hangs in stopping', async () => {
    const { fixture, commands, told } = await world({}, { idleMs: 30 });
    await commands.start();
    fixture.obs.misbehave({ stop: 'hangs' });
    await fixture.call('StopRecord');
    await fixture.until('stopping', () => told() === 'stopping');
    expect(await outcome(commands.start())).toBe('obs_stop_unfinished');
  });

  test('stop, resume and split while it does not record', async () => {
    const { commands } = await world({ split: true });
    expect(await outcome(commands.stop())).toBe('not_recording');
    expect(await outcome(commands.resume())).toBe('not_paused');
    expect(await outcome(commands.split())).toBe('not_recording');
    expect(await outcome(commands.chapter('One'))).toBe('not_recording');
  });

  test('pause twice, resume twice', async () => {
    const { commands } = await world();
    await commands.start();
    await commands.pause();
    expect(await outcome(commands.pause())).toBe('already_paused');
    await commands.resume();
    expect(await outcome(commands.resume())).toBe('not_paused');
  });

  test('split where splitting is off', async () => {
    const { commands } = await world({ split: false });
    await commands.start();
    expect(await outcome(commands.split())).toBe('split_unavailable');
  });

  test('chapters where the format has none, and taken where it has', async () => {
    const { commands } = await world({ format: 'mkv' });
    await commands.start();
    expect(await outcome(commands.chapter('One'))).toBe('chapter_unavailable');
    const hybrid = await world({ format: 'hybrid_mp4' });
    await hybrid.commands.start();
    expect(await outcome(hybrid.commands.chapter('One'))).toBe('done');
  });

  test('split and chapters in an OBS that has no such request, which is not asked', async () => {
    const all = await world({ plays: '29.0', split: true });
    await all.commands.start();
    expect(await outcome(all.commands.split())).toBe('split_unavailable');
    expect(await outcome(all.commands.chapter('One'))).toBe('chapter_unavailable');
    expect(await askedAt(all, 'SplitRecordFile')).toEqual([]);
    expect(await askedAt(all, 'CreateRecordChapter')).toEqual([]);
  });

  test('anything while OBS says that it is not ready', async () => {
    const { fixture, commands, connection } = await world();
    fixture.obs.misbehave({ starting: true });
    expect(await outcome(commands.start())).toBe('obs_refused');
    expect(await outcome(commands.stop())).toBe('obs_refused');
    expect(connection.connected).toBe(true);
  });

  test('anything without a connection', async () => {
    const fixture = await ObsFixture.start();
    fixture.target = { ...fixture.target, password: 'wrong' };
    const { connection } = fixture.connect();
    const commands = new RecordCommands(connection);
    const every = (): Promise<string[]> =>
      Promise.all([commands.start(), commands.stop(), commands.split(), commands.chapter('One')].map(outcome));
    expect(new Set(await every())).toEqual(new Set(['obs_not_connected']));
    await fixture.until('refused', () => connection.state === 'refused');
    expect(new Set(await every())).toEqual(new Set(['obs_password_wrong']));
  });
});
