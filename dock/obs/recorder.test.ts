import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DockError } from '../errors.ts';
import type { RecordRequest } from './connection.ts';
import { phaseOf } from './record-state.ts';
import { confirmationMs, createRecorder } from './recorder.ts';

/** An OBS that takes every request and says nothing, unless the test makes it. */
function setUp(options: { active?: boolean; prepare?: () => Promise<boolean>; call?: () => Promise<unknown> } = {}) {
  const { active = false, prepare = async () => true, call = async () => ({}) } = options;
  const calls: RecordRequest[] = [];
  const recorder = createRecorder({
    async call(request) {
      calls.push(request);
      if (request !== 'GetRecordStatus') return call();
      return { outputActive: active, outputPaused: false, outputDuration: 0, outputBytes: 0 };
    },
    prepareStart: prepare,
    now: () => Date.now(),
  });
  const obs = (output: string): void => recorder.dispatch({ type: 'output', output, at: Date.now() });
  return { recorder, calls, obs, phase: () => phaseOf(recorder.state.value) };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a press on record', () => {
  test('is pending before anything was sent', async () => {
    const { recorder, calls, phase } = setUp({ prepare: () => new Promise(() => {}) });
    await recorder.read();
    void recorder.press('start');
    expect(phase()).toBe('starting');
    expect(calls).toEqual(['GetRecordStatus']);
  });

  test('is confirmed by OBS’s event alone', async () => {
    const { recorder, obs, phase } = setUp();
    await recorder.read();
    await recorder.press('start');
    expect(phase()).toBe('starting');
    obs('STARTED');
    expect(phase()).toBe('recording');
    await vi.advanceTimersByTimeAsync(2 * confirmationMs);
    expect(recorder.state.value.problem).toBeNull();
  });

  test('that OBS does not confirm in time says so, and OBS’s status is read', async () => {
    const { recorder, calls, phase } = setUp();
    await recorder.read();
    await recorder.press('start');
    await vi.advanceTimersByTimeAsync(confirmationMs - 1);
    expect(phase()).toBe('starting');
    await vi.advanceTimersByTimeAsync(1);
    expect(phase()).toBe('idle');
    expect(recorder.state.value.problem?.code).toBe('obs_not_confirmed');
    expect(calls).toEqual(['GetRecordStatus', 'GetRecordStatus', 'StartRecord', 'GetRecordStatus']);
  });

  test('is given its time from the request on, not from the preparation', async () => {
    const { recorder, phase } = setUp({
      prepare: () => new Promise((resolve) => setTimeout(() => resolve(true), 2000)),
    });
    await recorder.read();
    void recorder.press('start');
    await vi.advanceTimersByTimeAsync(confirmationMs + 1000);
    expect(phase()).toBe('starting');
  });

  test('with a refused name never reaches OBS', async () => {
    const { recorder, calls, phase } = setUp({ prepare: async () => false });
    await recorder.read();
    await recorder.press('start');
    expect(phase()).toBe('idle');
    expect(calls).not.toContain('StartRecord');
  });

  test('that a hotkey overtakes does not start twice', async () => {
    let go: (ready: boolean) => void = () => {};
    const { recorder, calls, obs, phase } = setUp({
      prepare: () =>
        new Promise((resolve) => {
          go = resolve;
        }),
    });
    await recorder.read();
    const pressed = recorder.press('start');
    obs('STARTED');
    go(true);
    await pressed;
    expect(calls).not.toContain('StartRecord');
    expect(phase()).toBe('recording');
  });

  test('right after a stop waits until OBS’s output is idle again', async () => {
    let active = true;
    const asked: RecordRequest[] = [];
    const recorder = createRecorder({
      async call(request) {
        asked.push(request);
        return request === 'GetRecordStatus' ? { outputActive: active, outputPaused: false } : {};
      },
      prepareStart: async () => true,
      now: () => Date.now(),
    });
    recorder.dispatch({ type: 'output', output: 'STOPPED', at: Date.now() });
    const pressed = recorder.press('start');
    await vi.advanceTimersByTimeAsync(550);
    expect(asked).not.toContain('StartRecord');
    active = false;
    await vi.advanceTimersByTimeAsync(100);
    await pressed;
    expect(asked.at(-1)).toBe('StartRecord');
  });

  test('that OBS refuses shows OBS’s reason', async () => {
    const { recorder, phase } = setUp({
      call: async () => {
        throw new DockError('obs_refused', { reason: 'not now' });
      },
    });
    await recorder.read();
    await recorder.press('start');
    expect(phase()).toBe('idle');
    expect(recorder.state.value.problem?.params).toEqual({ reason: 'not now' });
  });
});

test('a pause right after the start waits until OBS can take it', async () => {
  const { recorder, calls, obs } = setUp();
  obs('STARTED');
  const pressed = recorder.press('pause');
  await vi.advanceTimersByTimeAsync(450);
  expect(calls).toEqual([]);
  await vi.advanceTimersByTimeAsync(100);
  await pressed;
  expect(calls).toEqual(['PauseRecord']);
});

test('a stop right after a pause, which OBS has not confirmed yet, waits until OBS can take it', async () => {
  const { recorder, calls, phase } = setUp({ active: true });
  await recorder.read();
  await recorder.press('pause');
  const pressed = recorder.press('stop');
  expect(phase()).toBe('stopping');
  await vi.advanceTimersByTimeAsync(450);
  expect(calls).not.toContain('StopRecord');
  await vi.advanceTimersByTimeAsync(100);
  await pressed;
  expect(calls.at(-1)).toBe('StopRecord');
});

test('a STOPPED of the recording before, held back behind an error box, does not hide that OBS records', async () => {
  const { obs, phase } = setUp({ active: true });
  obs('STARTED');
  obs('STOPPED');
  expect(phase()).toBe('idle');
  await vi.advanceTimersByTimeAsync(500);
  expect(phase()).toBe('recording');
});

test('a stop that OBS takes its time for ends as OBS says', async () => {
  const { recorder, obs, phase } = setUp({ active: true });
  await recorder.read();
  await recorder.press('stop');
  obs('STOPPING');
  await vi.advanceTimersByTimeAsync(confirmationMs);
  expect(phase()).toBe('recording');
  expect(recorder.state.value.problem?.code).toBe('obs_not_confirmed');
  obs('STOPPED');
  expect(phase()).toBe('idle');
  expect(recorder.state.value.problem).toBeNull();
});

test('a hotkey’s start that never comes about is noticed too', async () => {
  const { recorder, obs, phase } = setUp();
  await recorder.read();
  obs('STARTING');
  await vi.advanceTimersByTimeAsync(confirmationMs);
  expect(phase()).toBe('idle');
});

test.each([[null], ['text'], [{ outputActive: 'yes' }]])(
  'an answer that makes no sense is ignored: %j',
  async (answer) => {
    const recorder = createRecorder({ call: async () => answer, prepareStart: async () => true });
    await recorder.read();
    expect(phaseOf(recorder.state.value)).toBe('unknown');
  },
);
