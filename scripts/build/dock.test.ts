import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isStale } from './dock.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'streamai-dock-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function put(name: string, content = ''): Promise<void> {
  const file = path.join(root, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
}
/** Seconds on a clock of the test's own. */
const touch = (name: string, seconds: number): Promise<void> => utimes(path.join(root, name), seconds, seconds);

describe('isStale', () => {
  const stale = (): Promise<boolean> =>
    isStale(path.join(root, 'dock/dist/index.html'), [path.join(root, 'dock'), path.join(root, 'package-lock.json')]);

  beforeEach(async () => {
    for (const name of ['dock/dist/index.html', 'dock/dist/app.js', 'dock/components/card.tsx', 'package-lock.json']) {
      await put(name);
    }
    for (const name of ['dock/components/card.tsx', 'dock/components', 'dock', 'package-lock.json']) {
      await touch(name, 1_000);
    }
    await touch('dock/dist/index.html', 2_000);
  });

  test('is false when everything is older, whatever else the build wrote', async () => {
    expect(await stale()).toBe(false);
  });

  test.each(['dock/components/card.tsx', 'package-lock.json'])('is true when %s is newer', async (name) => {
    await touch(name, 3_000);
    expect(await stale()).toBe(true);
  });

  test('is true when a source was removed', async () => {
    await rm(path.join(root, 'dock/components/card.tsx'));
    expect(await stale()).toBe(true);
  });

  test('is true when nothing is built', async () => {
    await rm(path.join(root, 'dock/dist'), { recursive: true });
    expect(await stale()).toBe(true);
  });
});
