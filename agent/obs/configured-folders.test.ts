import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { configuredFolders } from './configured-folders.ts';

test('every profile’s folders, each once; what cannot be read has none', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'streamai-profiles-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const profile = async (name: string, text: string): Promise<void> => {
    await mkdir(path.join(root, 'basic', 'profiles', name), { recursive: true });
    await writeFile(path.join(root, 'basic', 'profiles', name, 'basic.ini'), text);
  };
  await profile('A', '[SimpleOutput]\nFilePath=\\\\\\\\nas\\\\rec\nRecFormat2=mkv\n[AdvOut]\nRecFilePath=D:/Videos\n');
  await profile('B', '\uFEFF[SimpleOutput]\r\nFilePath=D:/Videos\r\n[AdvOut]\r\nFFFilePath=E:/ff\r\n');
  await mkdir(path.join(root, 'basic', 'profiles', 'empty'));
  const folders = await configuredFolders([root, path.join(root, 'none')]);
  expect(folders.sort()).toEqual(['D:/Videos', 'E:/ff', '\\\\nas\\rec']);
});
