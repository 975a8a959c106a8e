import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { findObs } from './installations.ts';
import { parseRegistryFile, portableRoot, registryValues, usualFolders } from './portable.ts';
import { versionOfNumber, versionOfText } from './version.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'streamai-find-'));
  return () => rm(home, { recursive: true, force: true });
});
const write = async (file: string, text: string): Promise<void> => {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
};
const config = (version: number): string => `[General]\nLastVersion=${version << 24}\n\n[Basic]\nProfile=Mine\n`;
const none = async (): Promise<null> => null;

describe('on Linux', () => {
  const linux = (run: (file: string) => Promise<string | null> = none) =>
    findObs({ platform: 'linux', env: {}, home, run });

  test('the installed one, from Flatpak and from Snap, each with its version and profile', async () => {
    await write(path.join(home, '.config/obs-studio/global.ini'), config(30));
    await write(path.join(home, '.var/app/com.obsproject.Studio/config/obs-studio/global.ini'), config(32));
    await write(path.join(home, 'snap/obs-studio/current/.config/obs-studio/global.ini'), config(29));
    expect((await linux()).map(({ kind, version, profile }) => [kind, version?.major, profile])).toEqual([
      ['installed', 30, 'Mine'],
      ['flatpak', 32, 'Mine'],
      ['snap', 29, 'Mine'],
    ]);
  });

  test('one that was never started, with what the program says of itself', async () => {
    const said: Record<string, string> = {
      obs: 'OBS Studio - 29.0.2+dfsg-1\n',
      flatpak: '\n   ID: com.obsproject.Studio\n   Version: 32.0.1\n',
    };
    const found = await linux(async (file) => said[file] ?? null);
    expect(found.map(({ kind, version }) => [kind, version])).toEqual([
      ['installed', { major: 29, minor: 0, patch: 2 }],
      ['flatpak', { major: 32, minor: 0, patch: 1 }],
    ]);
  });

  test('one that was set up before its first start is still that version', async () => {
    await write(path.join(home, '.config/obs-studio/user.ini'), '[BasicWindow]\nExtraBrowserDocks=[]\n');
    expect(await linux(async (file) => (file === 'obs' ? 'OBS Studio - 32.2.2\n' : null))).toMatchObject([
      { version: { major: 32, minor: 2 } },
    ]);
    expect(await linux()).toMatchObject([{ version: { major: 31 } }]);
  });

  test('a folder without anything in it has no version', async () => {
    await mkdir(path.join(home, '.config/obs-studio'), { recursive: true });
    expect(await linux()).toMatchObject([{ kind: 'installed', version: null, profile: null }]);
  });

  test('none', async () => {
    expect(await linux()).toEqual([]);
  });
});

test.each(['portable_mode', 'portable_mode.txt', 'obs_portable_mode', 'obs_portable_mode.txt'])(
  '%s makes a portable OBS',
  async (marker) => {
    const folder = path.join(home, 'OBS-Studio-32');
    await mkdir(path.join(folder, 'bin'), { recursive: true });
    expect(await portableRoot(folder)).toBeNull();
    await writeFile(path.join(folder, marker), '');
    expect(await portableRoot(folder)).toBe(path.join(folder, 'config', 'obs-studio'));
  },
);

test('a folder that a person names: a portable OBS that was started with --portable, or a configuration', async () => {
  const folder = path.join(home, 'stick');
  await mkdir(path.join(folder, 'bin'), { recursive: true });
  await write(path.join(folder, 'config/obs-studio/global.ini'), config(31));
  const other = path.join(home, 'other');
  await write(path.join(other, 'global.ini'), config(28));
  const found = await findObs({ platform: 'linux', env: {}, home, run: none }, [
    folder,
    other,
    path.join(home, 'nothing'),
  ]);
  expect(
    found.map(({ kind, root, isPortable, version }) => [kind, path.relative(home, root), isPortable, version?.major]),
  ).toEqual([
    ['portable', 'stick/config/obs-studio', true, 31],
    ['installed', 'other', false, 28],
  ]);
});

describe('on Windows', () => {
  const key = 'HKLM\\SOFTWARE\\OBS Studio';
  const exported =
    'Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\OBS Studio]\r\n@="D:\\\\Jeux é\\\\obs \\"x\\""\r\n"Number"=dword:00000001\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\OBS Studio\\Sub]\r\n@="other"\r\n';

  test('the registry’s texts, without those of keys below', () => {
    expect([...parseRegistryFile(exported, key)]).toEqual([['@', 'D:\\Jeux é\\obs "x"']]);
  });

  test('are read from a file in UTF-16, which goes again', async () => {
    let written = '';
    const values = await registryValues(key, { SystemRoot: 'C:\\Windows' }, async (file, args) => {
      expect([file, args[0], args[1]]).toEqual(['C:\\Windows\\System32\\reg.exe', 'export', key]);
      written = args[2] ?? '';
      await writeFile(written, Buffer.from(`\uFEFF${exported}`, 'utf16le'));
      return '';
    });
    expect(values.get('@')).toBe('D:\\Jeux é\\obs "x"');
    await expect(rm(written)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('a key that is not there gives nothing', async () => {
    expect((await registryValues(key, {}, none)).size).toBe(0);
  });

  test('the folders of installers, of which one may be marked as portable', () => {
    expect(usualFolders({ ProgramFiles: 'C:\\Programmes' }, 'D:\\obs')).toEqual([
      'D:\\obs',
      'C:\\Programmes\\obs-studio',
      'C:\\Program Files (x86)\\Steam\\steamapps\\common\\OBS Studio',
    ]);
  });
});

test('versions, as OBS writes them and as programs say them', () => {
  expect(versionOfNumber('536936448')).toEqual({ major: 32, minor: 1, patch: 0 });
  expect(versionOfNumber('4294967295')).toEqual({ major: 255, minor: 255, patch: 65535 });
  for (const text of ['', '0', '-1', 'x', '99999999999', undefined]) expect(versionOfNumber(text)).toBeNull();
  expect(versionOfText('30.2')).toEqual({ major: 30, minor: 2, patch: 0 });
  expect(versionOfText('none')).toBeNull();
});
