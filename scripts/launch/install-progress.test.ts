import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { root } from '../test/tools.ts';
import { drawInstall, packageFolders, progressBar } from './install-progress.mjs';

const lock = JSON.stringify({
  packages: {
    '': {},
    'node_modules/a': {},
    'node_modules/a/node_modules/b': {},
    'node_modules/on-linux': { os: ['linux'], cpu: ['x64'] },
    'node_modules/on-mac': { os: ['darwin'] },
    'node_modules/not-on-windows': { os: ['!win32'] },
  },
});

test.each([
  ['linux', 'x64', ['a', 'a/node_modules/b', 'on-linux', 'not-on-windows']],
  ['linux', 'arm64', ['a', 'a/node_modules/b', 'not-on-windows']],
  ['darwin', 'arm64', ['a', 'a/node_modules/b', 'on-mac', 'not-on-windows']],
  ['win32', 'x64', ['a', 'a/node_modules/b']],
])('what npm installs on %s-%s', (platform, arch, names) => {
  expect(packageFolders(lock, platform, arch)).toEqual(names.map((name) => `node_modules/${name}`));
});

test('of this project that is a part of what its lock file names', async () => {
  const folders = packageFolders(await readFile(path.join(root, 'package-lock.json'), 'utf8'), 'linux', 'x64');
  expect(folders).toContain('node_modules/zod');
  expect(folders.filter((folder) => folder.includes('win32'))).toEqual([]);
});

test.each([
  [0, 10, `${'░'.repeat(24)}   0 %`],
  [5, 10, `${'█'.repeat(12)}${'░'.repeat(12)}  50 %`],
  [10, 10, `${'█'.repeat(24)} 100 %`],
  [0, 0, `${'█'.repeat(24)} 100 %`],
])('%i of %i packages', (done, total, line) => expect(progressBar(done, total)).toBe(line));

async function folderWithLock(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-install-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const packages = { '': {}, 'node_modules/a': {}, 'node_modules/b': {} };
  await writeFile(path.join(folder, 'package-lock.json'), JSON.stringify({ packages }));
  return folder;
}

test('is drawn while they come, and taken away at the end', async () => {
  const folder = await folderWithLock();
  const written: string[] = [];
  const end = await drawInstall(folder, { isTTY: true, write: (text) => written.push(text) }, {});
  await vi.waitFor(() => expect(written.at(-1)).toContain('  0 %'), 5000);
  await mkdir(path.join(folder, 'node_modules/a'), { recursive: true });
  await writeFile(path.join(folder, 'node_modules/a/package.json'), '{}');
  await vi.waitFor(() => expect(written.at(-1)).toContain(' 50 %'), 5000);
  end();
  expect(written.at(-1)).toBe('\r\u001b[K');
});

test.each([
  ['no terminal', { isTTY: false }, {}],
  ['a dumb one', { isTTY: true }, { TERM: 'dumb' }],
])('is nothing on %s', async (_, output, env) => {
  const write = vi.fn();
  (await drawInstall('/nowhere', { ...output, write }, env))();
  expect(write).not.toHaveBeenCalled();
});
