import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { StreamAIError } from '../../shared/errors.ts';
import { type FinalisePorts, finalise, type Look, lookAt, quietMs, quietOnShareMs } from './finalise.ts';

const facts = { recognised: true, owner: 0, names: 1 };
const open: Look = { container: 'mp4', closed: 'open', bytes: 100, modifiedAt: 1, inode: '1:1', ...facts };
const closed: Look = { ...open, closed: 'closed', modifiedAt: 2, inode: '1:1' };
const unmarked: Look = { ...open, container: 'ts', closed: 'unmarked' };

/** A clock that only sleeping moves, and a file whose look depends on the time (ms). */
function ports(look: (at: number) => Look | null): FinalisePorts & { elapsed: () => number } {
  let at = 0;
  return {
    look: async () => look(at),
    now: () => at,
    sleep: async (ms) => {
      at += ms;
    },
    elapsed: () => at,
  };
}
const signal = new AbortController().signal;

test('a file that says it is closed is believed after one quiet moment', async () => {
  const world = ports(() => closed);
  expect(await finalise('x', () => true, signal, world)).toEqual({
    found: true,
    bytes: 100,
    container: 'mp4',
    finalised: true,
    modifiedAt: 2,
    inode: '1:1',
  });
  expect(world.elapsed()).toBeLessThan(quietMs.closed + 200);
});

test('a header that is rewritten seconds after OBS’s stop is waited for', async () => {
  const world = ports((at) => (at < 9000 ? open : closed));
  expect(await finalise('x', () => true, signal, world)).toMatchObject({
    finalised: true,
    modifiedAt: 2,
    inode: '1:1',
  });
  expect(world.elapsed()).toBeGreaterThanOrEqual(9000);
});

test('a tail that grows after the mark was set is waited for', async () => {
  const world = ports((at) => ({ ...closed, bytes: at < 3000 ? 100 + at : 3100 }));
  expect(await finalise('x', () => true, signal, world)).toMatchObject({ bytes: 3100 });
});

test('a file that stays open is given up, sooner when OBS is gone', async () => {
  const stoppedWell = ports(() => open);
  expect(await finalise('x', () => true, signal, stoppedWell)).toMatchObject({ finalised: false });
  const crashed = ports(() => open);
  expect(await finalise('x', () => false, signal, crashed)).toMatchObject({ finalised: false });
  expect(stoppedWell.elapsed()).toBeGreaterThanOrEqual(quietMs.openAfterStop);
  expect(crashed.elapsed()).toBeLessThan(quietMs.openAfterLoss + 300);
});

test('a container without a mark counts as closed only on OBS’s word', async () => {
  expect(
    await finalise(
      'x',
      () => true,
      signal,
      ports(() => unmarked),
    ),
  ).toMatchObject({ finalised: true });
  expect(
    await finalise(
      'x',
      () => false,
      signal,
      ports(() => unmarked),
    ),
  ).toMatchObject({ finalised: null });
});

test('a container without a mark is believed sooner when OBS said that it stopped', async () => {
  const [stopped, unseen] = [ports(() => unmarked), ports(() => unmarked)];
  await finalise('x', () => true, signal, stopped);
  await finalise('x', () => false, signal, unseen);
  expect(stopped.elapsed()).toBeLessThan(quietMs.unmarkedAfterStop + 200);
  expect(unseen.elapsed()).toBeGreaterThanOrEqual(quietMs.unmarked);
});

test('a file that appears late is found, one that never appears is not', async () => {
  expect(
    await finalise(
      'x',
      () => true,
      signal,
      ports((at) => (at < 2000 ? null : closed)),
    ),
  ).toMatchObject({ found: true });
  expect(
    await finalise(
      'x',
      () => true,
      signal,
      ports(() => null),
    ),
  ).toEqual({ found: false });
});

test.each([
  ['appears after most of a minute', (at: number) => (at < 55_000 ? null : closed), 100, 55_000],
  [
    'grows in jumps of seconds after it said that it is closed',
    (at: number) => ({ ...closed, bytes: Math.min(4000, 1000 + 1000 * Math.floor(at / 1500)) }),
    4000,
    4500,
  ],
  [
    'has no mark, and grows in jumps of seconds',
    (at: number) => ({ ...unmarked, bytes: Math.min(4000, 1000 + 1000 * Math.floor(at / 4000)) }),
    4000,
    12_000,
  ],
])('on a share that is seen through a cache, one that %s is waited for', async (_, look, bytes, atLeastMs) => {
  const world = { ...ports(look), quiet: quietOnShareMs };
  expect(await finalise('x', () => true, signal, world)).toMatchObject({ found: true, bytes });
  expect(world.elapsed()).toBeGreaterThanOrEqual(atLeastMs);
});

test('a file that cannot be read for a while is waited for', async () => {
  const world = ports((at) => {
    if (at < 10_000) throw Object.assign(new Error('held'), { code: 'EACCES', syscall: 'open' });
    return closed;
  });
  expect(await finalise('x', () => true, signal, world)).toMatchObject({ found: true, bytes: 100, finalised: true });
});

test('a file that can never be read is given up; what is no fault of the disk is not taken for one', async () => {
  const held = ports(() => {
    throw Object.assign(new Error('held'), { code: 'EBUSY', syscall: 'open' });
  });
  expect(await finalise('x', () => false, signal, held)).toEqual({ found: false, unreadable: true });
  expect(held.elapsed()).toBeGreaterThanOrEqual(quietMs.openAfterStop);
  const broken = ports(() => {
    throw new TypeError('a mistake');
  });
  await expect(finalise('x', () => true, signal, broken)).rejects.toThrow('a mistake');
});

test('each time that it is away or held starts the wait anew', async () => {
  const world = ports((at) => {
    if (at < 4000) return null;
    if (at < 8000) throw Object.assign(new Error('held'), { code: 'EIO', syscall: 'read' });
    return at < 12_000 ? null : closed;
  });
  expect(await finalise('x', () => true, signal, world)).toMatchObject({ found: true });
});

test('waiting ends when its signal is aborted', async () => {
  const abort = new AbortController();
  const waiting = finalise(path.resolve('/nowhere/at/all.mkv'), () => true, abort.signal);
  abort.abort();
  await expect(waiting).rejects.toThrow();
});

test('a real file is looked at, a missing one is null, one that cannot be read is neither', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-finalise-'));
  try {
    const file = path.join(folder, 'Séance ① .ts');
    await writeFile(file, Buffer.alloc(376, 0x47));
    expect(await lookAt(file)).toMatchObject({ container: 'ts', bytes: 376 });
    expect(await lookAt(path.join(folder, 'none'))).toBeNull();
    expect(await lookAt(path.join(file, 'below a file'))).toBeNull();
    // The one thing that no user of any system can read.
    await expect(lookAt(folder)).rejects.toThrow();
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('what can be no recording is told at once, and not waited for', async () => {
  const subject = ports(() => {
    throw new StreamAIError('file_refused', { file: 'a.mkv' });
  });
  expect(await finalise('a.mkv', () => true, AbortSignal.timeout(1000), subject)).toEqual({
    found: false,
    refused: true,
  });
  expect(subject.elapsed()).toBe(0);
});

test('a drive that does not answer is waited for, however long', async () => {
  const anHour = 3_600_000;
  const subject = ports((at) => {
    if (at < anHour) throw new StreamAIError('file_away', { file: 'a.mkv' });
    return closed;
  });
  const found = await finalise('a.mkv', () => true, new AbortController().signal, subject);
  expect(found).toMatchObject({ found: true, finalised: true });
  expect(subject.elapsed()).toBeGreaterThanOrEqual(anHour);
});
