import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type RevealSystem, reveal, revealCommand } from './reveal.ts';

const windows: RevealSystem = { platform: 'win32', env: { SystemRoot: 'D:\\Win' } };
const mac: RevealSystem = { platform: 'darwin', env: {} };
const linux: RevealSystem = { platform: 'linux', env: { WAYLAND_DISPLAY: 'wayland-0' } };

describe('the command', () => {
  test.each<[RevealSystem, file: string, program: string, arg: string[]]>([
    [windows, 'C:/Videos/a, b & c.mkv', 'D:\\Win\\explorer.exe', ['/select,"C:\\Videos\\a, b & c.mkv"']],
    [windows, '\\\\nas\\share\\été.mkv', 'D:\\Win\\explorer.exe', ['/select,"\\\\nas\\share\\été.mkv"']],
    [mac, '/Users/a/-R $(x).mov', '/usr/bin/open', ['-R', '/Users/a/-R $(x).mov']],
    [linux, '/home/a/-h/;x.mkv', 'xdg-open', ['/home/a/-h']],
  ])('on $platform for %s', (system, file, program, args) => {
    expect(revealCommand(file, system)).toMatchObject({ program, args });
  });

  test.each<[RevealSystem, file: string]>([
    [windows, 'C:\\a" /root,C:\\'],
    [windows, 'a.mkv'],
    [mac, '-a'],
    [linux, 'relative/a.mkv'],
    [linux, '--help'],
    [{ platform: 'linux', env: { DISPLAY: '' } }, '/home/a/a.mkv'],
  ])('is none on $platform for %s', (system, file) => {
    expect(revealCommand(file, system)).toBeNull();
  });
});

/** A desktop whose file manager is this script. What it says is in the file $OUT, once that is there. */
async function desktop(script: string): Promise<{ file: string; said: () => Promise<string>; system: RevealSystem }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-reveal-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const recordings = path.join(folder, '-rf $(touch x)');
  await mkdir(recordings);
  const file = path.join(recordings, 'a.mkv');
  await writeFile(file, 'x');
  await writeFile(path.join(folder, 'xdg-open'), `#!/bin/sh\n${script}\n`);
  await chmod(path.join(folder, 'xdg-open'), 0o755);
  const out = path.join(folder, 'out');
  const env = { DISPLAY: ':9', PATH: `${folder}:/usr/bin:/bin`, VULTR_API_KEY: 'secret', OUT: out };
  const said = (): Promise<string> => vi.waitFor(() => readFile(out, 'utf8'), { timeout: 10_000 });
  return { file, said, system: { platform: 'linux', env } };
}

/** Puts what a command writes into $OUT in one go: never is half of it there. */
const say = (command: string): string => `${command} > "$OUT.new" && mv "$OUT.new" "$OUT"`;

describe.skipIf(process.platform === 'win32')('showing', () => {
  test('hands the folder over as one argument, and no secret', async () => {
    const { file, said, system } = await desktop(say('printf "%s|%s|%s" "$#" "$1" "$VULTR_API_KEY"'));
    await reveal(file, system);
    expect(await said()).toBe(`1|${path.dirname(file)}|`);
  });

  test('does not wait for a file manager that stays', async () => {
    const { file, said, system } = await desktop(`${say('echo $$')}; exec sleep 60`);
    await reveal(file, system);
    const pid = Number(await said());
    // 0 would be this process and all of its group.
    expect(pid).toBeGreaterThan(0);
    process.kill(pid);
  });

  test.each<[name: string, script: string, code: string]>([
    ['a program that fails', 'exit 3', 'folder_not_shown'],
    ['a file that is gone', 'exit 0', 'file_missing'],
    ['no file manager', 'exit 0', 'no_desktop'],
  ])('%s is told', async (name, script, code) => {
    const { file, system } = await desktop(script);
    if (name.startsWith('a file')) await rm(file);
    const none = { ...system, env: { ...system.env, PATH: path.dirname(file) } };
    await expect(reveal(file, name.startsWith('no') ? none : system)).rejects.toMatchObject({ code });
  });
});
