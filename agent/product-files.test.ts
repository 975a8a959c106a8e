import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { settingsFolder } from './config/environment.ts';
import { isPackaged, productFiles } from './product-files.ts';

test('in a checkout everything lies beside package.json', () => {
  expect(isPackaged).toBe(false);
  expect(existsSync(path.join(productFiles.root, 'package.json'))).toBe(true);
  for (const file of [productFiles.receiver, productFiles.hashWorker]) expect(existsSync(file), file).toBe(true);
  expect(path.relative(productFiles.root, productFiles.dock)).toBe(path.join('dock', 'dist'));
});

test.each([
  ['linux', {}, '/home/zoe/.local/share/streamai'],
  ['linux', { STREAMAI_DATA_DIR: ' ' }, '/home/zoe/.local/share/streamai'],
  ['linux', { STREAMAI_DATA_DIR: '/srv/streamai' }, '/srv/streamai'],
  ['linux', { STREAMAI_DATA_DIR: '~/s' }, '/home/zoe/s'],
  ['darwin', {}, '/home/zoe/Library/Application Support/StreamAI'],
] as const)('an installed package on %s with %j has its .env in %s', (platform, env, expected) => {
  expect(settingsFolder({ platform, env, home: '/home/zoe' })).toBe(expected);
});

test('on Windows it is in the user’s profile', () => {
  const env = { LOCALAPPDATA: 'C:\\Users\\Zoë\\AppData\\Local' };
  const machine = { platform: 'win32' as const, home: 'C:\\Users\\Zoë' };
  expect(settingsFolder({ ...machine, env })).toBe('C:\\Users\\Zoë\\AppData\\Local\\StreamAI');
  expect(settingsFolder({ ...machine, env: { ...env, STREAMAI_DATA_DIR: 'D:\\s' } })).toBe('D:\\s');
});
