import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { cached, withLock } from './cache.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'streamai-cache-test-'));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true, maxRetries: 5 });
});

describe('cached', () => {
  test('builds once, whoever asks at the same time', async () => {
    let builds = 0;
    const build = async (folder: string): Promise<void> => {
      builds++;
      await writeFile(path.join(folder, 'file'), 'built');
    };
    const folders = await Promise.all([1, 2, 3].map(() => cached('thing', build, root)));
    expect(new Set(folders)).toEqual(new Set([path.join(root, 'thing')]));
    expect(await readFile(path.join(root, 'thing', 'file'), 'utf8')).toBe('built');
    expect(builds).toBe(1);
  });

  test('shows nothing of a build that failed, and builds anew from an empty folder', async () => {
    const failing = async (folder: string): Promise<void> => {
      await writeFile(path.join(folder, 'half'), '');
      throw new Error('cut off');
    };
    await expect(cached('thing', failing, root)).rejects.toThrow('cut off');
    expect(existsSync(path.join(root, 'thing'))).toBe(false);
    const folder = await cached('thing', (into) => writeFile(path.join(into, 'whole'), ''), root);
    expect(await readdir(folder)).toEqual(['whole']);
  });
});

describe('withLock', () => {
  /** Another process that takes the lock, says so, and gives it back after its standard input has ended. */
  async function otherHolder(): Promise<ChildProcessByStdio<Writable, Readable, null>> {
    const script = `
      import { writeFileSync } from 'node:fs';
      import { withLock } from ${JSON.stringify(import.meta.resolve('./cache.ts'))};
      const root = process.argv[1];
      await withLock('it', async () => {
        console.log('held');
        for await (const chunk of process.stdin);
        writeFileSync(root + '/finished', '');
      }, root);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, root], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const gone = once(child, 'exit');
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await gone;
    });
    await once(child.stdout, 'data');
    return child;
  }

  const otherHasFinished = async (): Promise<boolean> => existsSync(path.join(root, 'finished'));

  test('waits until another process has given it back', async () => {
    const other = await otherHolder();
    const waiting = withLock('it', otherHasFinished, root);
    other.stdin.end();
    expect(await waiting).toBe(true);
  });

  test('takes it from a process that was killed', async () => {
    const other = await otherHolder();
    const waiting = withLock('it', otherHasFinished, root);
    other.kill('SIGKILL');
    expect(await waiting).toBe(false);
  });

  test('gives it back when the work failed', async () => {
    await expect(withLock('it', () => Promise.reject(new Error('no')), root)).rejects.toThrow('no');
    expect(await withLock('it', async () => 'mine', root)).toBe('mine');
  });
});
