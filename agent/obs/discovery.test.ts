import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { discoverWebsocket, obsConfigRoots, parseWebsocketIni, parseWebsocketJson } from './discovery.ts';

test('looks where OBS keeps its configuration on each system', () => {
  expect(obsConfigRoots('win32', { APPDATA: 'D:\\Users\\Zoé\\AppData\\Roaming' }, 'C:\\Users\\Zoé')).toEqual([
    'D:\\Users\\Zoé\\AppData\\Roaming\\obs-studio',
  ]);
  expect(obsConfigRoots('win32', {}, 'C:\\Users\\Zoé')).toEqual(['C:\\Users\\Zoé\\AppData\\Roaming\\obs-studio']);
  expect(obsConfigRoots('darwin', {}, '/Users/zoe')).toEqual(['/Users/zoe/Library/Application Support/obs-studio']);
  const linux = obsConfigRoots('linux', {}, '/home/zoe');
  expect(linux[0]).toBe('/home/zoe/.config/obs-studio');
  expect(linux).toContain('/home/zoe/.var/app/com.obsproject.Studio/config/obs-studio');
  expect(obsConfigRoots('linux', { XDG_CONFIG_HOME: '/cfg' }, '/home/zoe')[0]).toBe('/cfg/obs-studio');
});

describe('OBS’s two forms', () => {
  const json = { server_enabled: true, server_port: 4460, auth_required: true, server_password: 'p=w ü' };
  test.each([
    ['enabled with a password', JSON.stringify(json), { enabled: true, port: 4460, password: 'p=w ü' }],
    [
      'no password needed',
      JSON.stringify({ ...json, auth_required: false }),
      { enabled: true, port: 4460, password: null },
    ],
    [
      'a port that is none',
      JSON.stringify({ ...json, server_port: 99999 }),
      { enabled: true, port: 4455, password: 'p=w ü' },
    ],
    ['with a byte order mark', `\uFEFF${JSON.stringify(json)}`, { enabled: true, port: 4460, password: 'p=w ü' }],
    ['half written', '{"server_enabled": tr', null],
    ['not an object', '[1]', null],
  ])('config.json: %s', (_, text, expected) => {
    expect(parseWebsocketJson(text)).toEqual(expected);
  });

  test.each([
    [
      'enabled with a password',
      '\uFEFF[General]\r\nLastVersion=1\r\n\r\n[OBSWebSocket]\r\nServerEnabled=true\r\nServerPort=4457\r\nAuthRequired=true\r\nServerPassword=a=b\r\n',
      { enabled: true, port: 4457, password: 'a=b' },
    ],
    ['as OBS first writes it', '[OBSWebSocket]\nServerEnabled=false\n', { enabled: false, port: 4455, password: '' }],
    [
      'no password needed',
      '[OBSWebSocket]\nServerEnabled=true\nAuthRequired=false\n',
      { enabled: true, port: 4455, password: null },
    ],
    [
      'a password with backslashes, ends of lines and blanks',
      '[OBSWebSocket]\nServerEnabled=true\nServerPassword= pa\\\\ss\\r\\n \n',
      { enabled: true, port: 4455, password: ' pa\\ss\r\n ' },
    ],
    [
      'flags as numbers',
      '[OBSWebSocket]\nServerEnabled=1\nAuthRequired=0\nServerPort=4456 \n',
      { enabled: true, port: 4456, password: null },
    ],
    ['never configured', '[General]\nx=1\n', null],
  ])('global.ini: %s', (_, text, expected) => {
    expect(parseWebsocketIni(text)).toEqual(expected);
  });
});

describe('several installations', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'streamai-discovery-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const write = async (root: string, enabled: boolean, port: number, age: number): Promise<string> => {
    const file = path.join(folder, root, 'plugin_config', 'obs-websocket', 'config.json');
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify({ server_enabled: enabled, server_port: port, auth_required: false }));
    await utimes(file, 1_700_000_000 - age, 1_700_000_000 - age);
    return path.join(folder, root);
  };

  test('the enabled one wins, then the one configured last', async () => {
    const roots = [
      await write('a', false, 1001, 0),
      await write('b', true, 1002, 500),
      await write('c', true, 1003, 100),
    ];
    expect(await discoverWebsocket(roots)).toMatchObject({ port: 1003, enabled: true });
    expect(await discoverWebsocket(roots.slice(0, 1))).toMatchObject({ port: 1001, enabled: false });
    expect(await discoverWebsocket([path.join(folder, 'none')])).toBeNull();
  });

  test.each([
    ['UTF-8 with its mark', (text: string) => Buffer.from(`\uFEFF${text}`)],
    ['UTF-16 with its mark', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
  ])('a file in %s', async (_, encode) => {
    const text = '[OBSWebSocket]\r\nServerEnabled=true\r\nServerPort=4458\r\nServerPassword=pä\\\\ß \r\n';
    await writeFile(path.join(folder, 'global.ini'), encode(text));
    expect(await discoverWebsocket([folder])).toMatchObject({ port: 4458, password: 'pä\\ß ' });
  });

  test('the newer form wins over the older one in the same folder', async () => {
    const root = await write('a', true, 1001, 0);
    await writeFile(path.join(root, 'global.ini'), '[OBSWebSocket]\nServerEnabled=true\nServerPort=2002\n');
    expect(await discoverWebsocket([root])).toMatchObject({ port: 1001 });
  });
});
