import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dependencyState, ensureDependencies, fingerprint } from './dependencies.mjs';

let root: string;
let cache: string;
const calls: string[][] = [];

/** What npm does to the folder, without its downloads. */
const npm = async (args: string[], cwd: string): Promise<void> => {
  calls.push(args);
  await rm(path.join(cwd, 'node_modules'), { recursive: true, force: true });
  await mkdir(path.join(cwd, 'node_modules'));
};
const ensure = (run = npm): Promise<void> => ensureDependencies(root, cache, () => {}, run);
const writeLock = (content: string): Promise<void> => writeFile(path.join(root, 'package-lock.json'), content);

beforeEach(async () => {
  calls.length = 0;
  root = await mkdtemp(path.join(tmpdir(), 'streamai-deps-'));
  cache = path.join(root, 'cache');
  await writeLock('{"lockfileVersion": 3}');
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe('fingerprint', () => {
  test('changes with the lock file, the platform and the architecture', () => {
    const all = [
      fingerprint('a', 'linux', 'x64'),
      fingerprint('b', 'linux', 'x64'),
      fingerprint('a', 'win32', 'x64'),
      fingerprint('a', 'linux', 'arm64'),
    ];
    expect(new Set(all).size).toBe(4);
    expect(fingerprint(Buffer.from('a'), 'linux', 'x64')).toBe(all[0]);
  });
});

describe('ensureDependencies', () => {
  test('installs when they are missing, development dependencies included', async () => {
    await ensure();
    expect(calls).toEqual([['ci', '--include=dev', '--include=optional']]);
    expect((await dependencyState(root)).current).toBe(true);
  });

  test('does nothing when they are current', async () => {
    await ensure();
    await ensure();
    expect(calls).toHaveLength(1);
  });

  test('installs again when the lock file changes', async () => {
    await ensure();
    await writeLock('{"lockfileVersion": 3, "changed": true}');
    await ensure();
    expect(calls).toHaveLength(2);
  });

  test('installs over dependencies whose origin is unknown', async () => {
    await mkdir(path.join(root, 'node_modules'));
    await ensure();
    expect(calls).toHaveLength(1);
  });

  test('tries again after a failure', async () => {
    const failing = async (): Promise<void> => {
      throw new Error('no network');
    };
    await expect(ensure(failing)).rejects.toThrow('no network');
    expect((await dependencyState(root)).current).toBe(false);
    await ensure();
    expect((await dependencyState(root)).current).toBe(true);
  });

  test('installs once when two begin at the same time', async () => {
    await Promise.all([ensure(), ensure()]);
    expect(calls).toHaveLength(1);
    const left = await readdir(cache);
    expect(left).toEqual([expect.stringMatching(/^install\.lock\.\d+$/)]);
    // Given back.
    expect((await stat(path.join(cache, left[0] ?? ''))).mtimeMs).toBe(0);
  });
});
