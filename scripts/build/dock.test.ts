import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isStale, isWritable, mustBuild } from './dock.ts';

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
  const built = (): string => path.join(root, 'dock/dist/index.html');
  const sources = (): string[] => [path.join(root, 'dock'), path.join(root, 'package-lock.json')];
  const stale = (): Promise<boolean> => isStale(built(), sources());
  const must = (writable: () => Promise<boolean>): Promise<boolean> =>
    mustBuild(built(), sources(), path.join(root, 'dock'), writable);

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

  test.each([
    ['a folder that can be written', true, true],
    ['one that cannot, as below C:\\Program Files', false, false],
  ])('in %s, a dock that seems old is built anew: %s', async (_, writable, expected) => {
    await touch('package-lock.json', 3_000);
    expect(await must(async () => writable)).toBe(expected);
  });

  test('a dock that is not there is built wherever it is, and one that is new nowhere', async () => {
    expect(await must(async () => true)).toBe(false);
    await rm(path.join(root, 'dock/dist'), { recursive: true });
    expect(await must(async () => false)).toBe(true);
  });

  test('whether a folder can be written is found by trying, and leaves nothing', async () => {
    expect(await isWritable(root)).toBe(true);
    expect((await readdir(root)).sort()).toEqual(['dock', 'package-lock.json']);
    expect(await isWritable(path.join(root, 'package-lock.json'))).toBe(false);
  });
});
