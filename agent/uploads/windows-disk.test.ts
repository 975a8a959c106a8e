/** What Windows' disks do now and then, by a disk that does it on command. */
import { mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { StreamAIError } from '../../shared/errors.ts';
import { finalise, finalisedNow, realPorts } from '../files/finalise.ts';
import { localFiles, newAside } from '../files/local-files.ts';
import { type HeldOperation, heldCodes, misbehavingDisk } from '../files/misbehaving-disk-fixture.ts';
import { checkUnchanged, fileFailure, inodeOf, measureFile, modifiedAtOf, openFile } from '../files/recording-file.ts';
import { isRetryable } from './destinations/failures.ts';
import { GrowingFile } from './destinations/object-storage/parts/growing-file.ts';

const { signal } = new AbortController();
const hourAgo = Math.trunc(Date.now() / 1000) * 1000 - 3_600_000;

/** A recording without a mark of its end, as it lies there after OBS's stop. */
async function recording(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-windows-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const file = path.join(folder, 'Leçon 2 — 🎬.ts');
  await writeFile(file, Buffer.alloc(1880, 0x47));
  return file;
}

const operations: readonly HeldOperation[] = ['lstat', 'open', 'read'];
describe.each(heldCodes)('a scanner holds a file, and Windows says %s', (code) => {
  test.each(operations)('to %s for its first moments: it is waited for, and is the file', async (operation) => {
    const file = await recording();
    const odd = misbehavingDisk();
    odd.hold(operation, code, 3);
    // The clock of this test goes as fast as it is asked.
    let at = 0;
    const sleep = async (ms: number): Promise<void> => {
      at += ms;
    };
    const found = await finalise(file, () => true, signal, { ...realPorts, now: () => at, sleep });
    expect(found).toMatchObject({ found: true, bytes: 1880, finalised: true });
    expect(odd.held()).toBe(0);
  });

  test('while its recording begins: the follow waits, and goes on with it', async () => {
    const file = await recording();
    misbehavingDisk().hold('open', code, 2);
    const growing = await GrowingFile.open(file, new AbortController().signal, signal);
    onTestFinished(() => growing?.handle.close());
    expect(await growing?.look()).toBe(1880);
  });

  test('for good: the follow ends with what the person can read, and the recording is sent when it is closed', async () => {
    const file = await recording();
    misbehavingDisk().hold('open', code, 1000);
    let at = 0;
    const opening = GrowingFile.open(file, new AbortController().signal, signal, () => (at += 20_000));
    await expect(opening).rejects.toMatchObject({ code: 'file_unreadable' });
  });

  test.each(operations)('to %s when an upload begins: it is tried again', async (operation) => {
    const file = await recording();
    const content = await measureFile(file);
    misbehavingDisk().hold(operation, code, 1);
    const send = async (): Promise<void> => {
      const handle = await openFile(file, content);
      try {
        await handle.read(Buffer.alloc(10), 0, 10, 0);
      } finally {
        await handle.close();
      }
    };
    const failure: unknown = await send().catch((error: unknown) => fileFailure(error, file));
    expect(failure).toMatchObject({ code: 'file_unreadable' });
    expect(failure instanceof StreamAIError && isRetryable(failure.code)).toBe(true);
    await send();
  });

  test.each(['open', 'rename', 'unlink'] as const)(
    'to %s when it is deleted: it stays where it was',
    async (operation) => {
      const file = await recording();
      const facts = await localFiles.facts(file);
      if (facts === null || facts === 'away') throw new Error('it is there');
      misbehavingDisk().hold(operation, code, 1);
      await expect(localFiles.delete(file, facts, newAside(file))).rejects.toMatchObject({ code });
      expect(await readdir(path.dirname(file))).toEqual([path.basename(file)]);
      await localFiles.delete(file, facts, newAside(file));
      expect(await readdir(path.dirname(file))).toEqual([]);
    },
  );
});

describe('NTFS writes the time of a change down late', () => {
  test('after OBS has closed the file: it is the file that was closed, and what is sent is as it is now', async () => {
    const file = await recording();
    const odd = misbehavingDisk();
    odd.reportTime(hourAgo);
    const seen = await finalisedNow(file, true);
    if (!seen.found) throw new Error('it is there');
    expect(seen.modifiedAt).toBe(hourAgo);
    odd.reportTime(null);
    const stats = await stat(file, { bigint: true });
    expect(await measureFile(file, seen)).toEqual({ bytes: 1880, modifiedAt: modifiedAtOf(stats) });
    expect(seen.inode).toBe(inodeOf(stats));
  });

  test('while it is waited for: the wait begins anew', async () => {
    const file = await recording();
    const odd = misbehavingDisk();
    odd.reportTime(hourAgo);
    let at = 0;
    const sleep = async (ms: number): Promise<void> => {
      at += ms;
      if (at === 300) odd.reportTime(hourAgo + 2000);
    };
    const found = await finalise(file, () => true, signal, { ...realPorts, now: () => at, sleep });
    expect(found).toMatchObject({ found: true, modifiedAt: hourAgo + 2000 });
    expect(at).toBe(800);
  });

  test('while it is sent: what arrived is not believed, and it is sent once more', async () => {
    const file = await recording();
    const odd = misbehavingDisk();
    odd.reportTime(hourAgo);
    const content = await measureFile(file);
    const handle = await openFile(file, content);
    onTestFinished(() => handle.close());
    await checkUnchanged(handle, file, content);
    odd.reportTime(null);
    const failure: unknown = await checkUnchanged(handle, file, content).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'file_changing' });
    expect(failure instanceof StreamAIError && isRetryable(failure.code)).toBe(true);
  });

  test('another file of that length in its place is another one, whatever its time says', async () => {
    const file = await recording();
    const odd = misbehavingDisk();
    odd.reportTime(hourAgo);
    const seen = await finalisedNow(file, true);
    if (!seen.found) throw new Error('it is there');
    odd.reportTime(null);
    await writeFile(`${file}.new`, Buffer.alloc(1880, 0x48));
    await rename(`${file}.new`, file);
    await expect(measureFile(file, seen)).rejects.toMatchObject({ code: 'file_changed' });
  });

  test('before it is deleted: it is put back, and looked at anew', async () => {
    const file = await recording();
    const odd = misbehavingDisk();
    odd.reportTime(hourAgo);
    const facts = await localFiles.facts(file);
    if (facts === null || facts === 'away') throw new Error('it is there');
    odd.reportTime(null);
    await expect(localFiles.delete(file, facts, newAside(file))).rejects.toMatchObject({ code: 'file_changed' });
    expect((await stat(file)).size).toBe(1880);
  });
});
