/** The tarballs' installer, run in a home of its own with a program that only notes what it is asked. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { installScript } from './install-script.ts';

let home: string;
let unpacked: string;
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'streamai home é '));
  unpacked = path.join(home, 'Downloads', 'StreamAI');
  await mkdir(unpacked, { recursive: true });
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** A program that notes its version and its words; `stop` ends with the code. */
async function unpack(version: string, stopCode: number): Promise<void> {
  const program = `#!/bin/sh\necho "${version} $*" >>"$HOME/asked"\n[ "$1" != stop ] || exit ${stopCode}\n`;
  await writeFile(path.join(unpacked, 'streamai'), program, { mode: 0o755 });
}
const asked = async (): Promise<string[]> => (await readFile(path.join(home, 'asked'), 'utf8')).trim().split('\n');

describe.skipIf(process.platform === 'win32').each([
  ['linux', '.local/lib/streamai', '.local/share/streamai', '.cache/streamai'],
  ['darwin', 'Applications/StreamAI', 'Library/Application Support/StreamAI', 'Library/Caches/streamai'],
] as const)('the installer for %s', (platform, place, dataDir, cache) => {
  const install = async (...args: string[]): Promise<string> => {
    await writeFile(path.join(unpacked, 'install'), installScript(platform), { mode: 0o755 });
    const env = { HOME: home, PATH: process.env.PATH, LC_ALL: 'C' };
    const { stdout } = await promisify(execFile)(path.join(unpacked, 'install'), args, { cwd: '/', env });
    return stdout;
  };
  const installed = (): string => path.join(home, place);
  const link = (): string => path.join(home, '.local/bin/streamai');

  test('installs for its user, starts with the machine and opens the dock', async () => {
    await unpack('1', 3);
    expect(await install()).toContain(`StreamAI is installed: ${installed()}`);
    expect(await readlink(link())).toBe(path.join(installed(), 'streamai'));
    expect(await asked()).toEqual(['1 autostart on', '1 setup --no-wait', '1 open']);
  });

  test('replaces an old version once that has ended, and leaves nothing of it', async () => {
    await unpack('1', 0);
    await writeFile(path.join(unpacked, 'old-file'), '');
    await install();
    await unpack('2', 0);
    await rm(path.join(unpacked, 'old-file'));
    await install();
    expect((await asked()).slice(3)).toEqual(['1 stop', '2 open']);
    expect(existsSync(path.join(installed(), 'old-file'))).toBe(false);
  });

  test('replaces nothing under an agent that does not end', async () => {
    await unpack('1', 1);
    await install();
    await unpack('2', 0);
    await expect(install()).rejects.toMatchObject({ code: 1 });
    expect(await readFile(path.join(installed(), 'streamai'), 'utf8')).toContain('1 $*');
    await expect(install('--uninstall')).rejects.toMatchObject({ code: 1 });
    expect(existsSync(installed())).toBe(true);
  });

  test.each([
    [[], true],
    [['--data'], false],
  ] as const)('--uninstall %j takes everything of ours away, and the data stays: %s', async (more, stays) => {
    await unpack('1', 3);
    await install();
    for (const folder of [dataDir, cache]) await mkdir(path.join(home, folder), { recursive: true });
    await install('--uninstall', ...more);
    for (const gone of [installed(), link(), path.join(home, cache)]) expect(existsSync(gone), gone).toBe(false);
    expect(existsSync(path.join(home, dataDir))).toBe(stays);
    expect((await asked()).slice(3)).toEqual(['1 stop', '1 setup --undo --no-wait', '1 autostart off']);
  });

  test('--uninstall leaves a command that is not ours', async () => {
    await unpack('1', 3);
    await install();
    await rm(link());
    await writeFile(link(), 'theirs');
    await install('--uninstall');
    expect(await readFile(link(), 'utf8')).toBe('theirs');
  });
});
