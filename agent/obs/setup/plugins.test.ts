import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { missingPlugins, pluginFolders } from './plugins.ts';

test.each<[readonly string[], readonly string[]]>([
  [['obs-ffmpeg.so', 'obs-websocket.so', 'obs-browser.so'], []],
  [['obs-ffmpeg.so', 'obs-websocket.so'], ['setup_no_docks']],
  [['obs-ffmpeg.so'], ['setup_no_websocket', 'setup_no_docks']],
  [['obs-ffmpeg.plugin', 'obs-websocket.plugin', 'obs-browser.plugin'], []],
  [['something.so'], []],
])('%j lacks %j', async (names, codes) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-plugins-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const name of names) await writeFile(path.join(folder, name), '');
  expect((await missingPlugins([path.join(folder, 'none'), folder])).map(({ code }) => code)).toEqual(codes);
});

test('where OBS has its plugins', () => {
  expect(pluginFolders('installed', 'linux', 'x64', '/home/ann')[0]).toBe('/usr/lib/x86_64-linux-gnu/obs-plugins');
  expect(pluginFolders('flatpak', 'linux', 'x64', '/home/ann')[1]).toContain(
    '/home/ann/.local/share/flatpak/app/com.obsproject.Studio/',
  );
  expect(pluginFolders('installed', 'darwin', 'arm64', '/Users/ann')).toEqual([
    '/Applications/OBS.app/Contents/PlugIns',
  ]);
  expect(pluginFolders('installed', 'win32', 'x64', 'C:\\Users\\ann')).toEqual([]);
});
