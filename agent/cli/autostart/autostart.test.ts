/** What is written and called on each system, in a home of its own; nothing of this machine is touched. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { autostartOff, autostartOn, autostartState } from './autostart.ts';
import { windowsCommandLine } from './run-key.ts';
import type { AutostartSystem, Called } from './system.ts';
import { SystemdUnit } from './systemd-unit.ts';
import type { CommandLine } from './way.ts';

let home: string;
let calls: string[];
let program: string;
let command: CommandLine;
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'streamai-autostart-'));
  calls = [];
  // No name on Windows has quotes.
  program = path.join(home, process.platform === 'win32' ? 'Zoë & co 100%' : 'Zoë & "co" 100%', 'streamai');
  await mkdir(path.dirname(program));
  await writeFile(program, '');
  command = [program, 'start'];
});
afterEach(() => rm(home, { recursive: true, force: true }));

const done: Called = { code: 0, stdout: '', stderr: '' };
const failed: Called = { code: 1, stdout: '', stderr: 'Operation not permitted\n' };

function system(
  platform: NodeJS.Platform,
  answer: (call: string) => Called = () => done,
  env: Record<string, string> = {},
): AutostartSystem {
  return {
    platform,
    env,
    home,
    uid: 501,
    call: async (name, args) => {
      const call = [name, ...args].join(' ');
      calls.push(call);
      return answer(call);
    },
  };
}
/** Every file below the home but the program. */
async function files(): Promise<string[]> {
  const all = await readdir(home, { recursive: true, withFileTypes: true });
  return all.filter((each) => !each.isDirectory() && each.name !== 'streamai').map(({ name }) => name);
}

describe('on macOS', () => {
  const target = 'gui/501/local.streamai.agent';
  const place = (): string => path.posix.join(home, 'Library/LaunchAgents/local.streamai.agent.plist');
  /** launchd, which knows our service in this state; null: not at all. */
  const mac = (state: string | null) =>
    system('darwin', (call) => {
      if (!call.includes(' print ')) return done;
      return state === null ? failed : { ...done, stdout: `${target} = {\n\tactive count = 1\n\t${state}\n}\n` };
    });
  test('a LaunchAgent is written and loaded, and taken away again', async () => {
    await autostartOn(mac(null), command);
    expect(calls).toEqual([
      `/bin/launchctl enable ${target}`,
      `/bin/launchctl print ${target}`,
      `/bin/launchctl bootstrap gui/501 ${place()}`,
    ]);
    const state = { on: true, kind: 'launch-agent', place: place(), command, programExists: true };
    expect(await autostartState(mac(null))).toEqual(state);
    await rm(program);
    expect(await autostartState(mac(null))).toMatchObject({ on: true, programExists: false });
    await autostartOff(mac(null));
    expect(await files()).toEqual([]);
    expect(await autostartState(mac(null))).toMatchObject({ on: false, command: null, programExists: null });
  });
  test.each(['state = running\n\tpid = 77', 'state = of a later system'])(
    'an agent that launchd runs goes on to run, whether on is said again or off: %s',
    async (state) => {
      await autostartOn(mac(null), command);
      calls = [];
      await autostartOn(mac(state), command);
      await autostartOn(mac(state), [program, 'start', '--new']);
      expect(await autostartState(mac(state))).toMatchObject({ on: true, command: [program, 'start', '--new'] });
      await autostartOff(mac(state));
      expect(calls.filter((call) => !/ (enable|print) /.test(call))).toEqual([]);
      expect(await files()).toEqual([]);
    },
  );
  test('one that is loaded and has ended is loaded anew', async () => {
    await autostartOn(mac('state = not running'), command);
    expect(calls.slice(2)).toEqual([`/bin/launchctl bootout ${target}`, `/bin/launchctl bootstrap gui/501 ${place()}`]);
  });
  test('off without an on calls nothing', async () => {
    await autostartOff(system('darwin'));
    expect(calls).toEqual([]);
  });
  test('what launchctl refuses is said', async () => {
    const refusing = system('darwin', (call) => (/ (print|bootstrap) /.test(call) ? failed : done));
    await expect(autostartOn(refusing, command)).rejects.toMatchObject({
      code: 'autostart_failed',
      params: { reason: 'launchctl bootstrap: Operation not permitted' },
    });
  });
});

describe('on Linux with systemd', () => {
  const linux = (answer?: (call: string) => Called) => system('linux', answer);
  test('a unit of the user is written and enabled, and taken away again', async () => {
    await autostartOn(linux(), command);
    const place = path.posix.join(home, '.config/systemd/user/streamai.service');
    expect(calls.slice(1)).toEqual([
      'systemctl --user daemon-reload',
      'systemctl --user enable --now streamai.service',
    ]);
    expect(await autostartState(linux())).toEqual({ on: true, kind: 'systemd', place, command, programExists: true });
    calls = [];
    await autostartOff(linux());
    expect(calls).toEqual(['systemctl --user disable streamai.service', 'systemctl --user daemon-reload']);
    expect(await files()).toEqual([]);
  });
  test('a unit that a person has disabled counts as off', async () => {
    await autostartOn(linux(), command);
    const disabled = linux((call) => (call.includes('is-enabled') ? failed : done));
    expect(await autostartState(disabled)).toMatchObject({ on: false, kind: 'systemd' });
  });
  // A full path of Windows is none there.
  test.skipIf(process.platform === 'win32')('$XDG_CONFIG_HOME counts where it is a full path', async () => {
    const config = path.join(home, 'my config');
    await autostartOn(system('linux', undefined, { XDG_CONFIG_HOME: config }), command);
    expect(existsSync(path.join(config, 'systemd/user/streamai.service'))).toBe(true);
    await autostartOn(system('linux', undefined, { XDG_CONFIG_HOME: 'relative' }), command);
    expect(existsSync(path.posix.join(home, '.config/systemd/user/streamai.service'))).toBe(true);
  });
  test('a package’s own unit is enabled and left as it is', async () => {
    const folder = path.join(home, 'packaged');
    await mkdir(folder);
    await writeFile(path.join(folder, 'streamai.service'), '[Service]\nExecStart=/usr/bin/streamai start\n');
    const unit = new SystemdUnit(linux(), [folder]);
    await unit.on(command);
    expect(await unit.look()).toEqual(['/usr/bin/streamai', 'start']);
    await unit.off();
    expect(calls).toEqual([
      'systemctl --user daemon-reload',
      'systemctl --user enable --now streamai.service',
      'systemctl --user is-enabled streamai.service',
      'systemctl --user disable streamai.service',
    ]);
    expect(await files()).toEqual(['streamai.service']);
  });
  test('what systemd refuses is said', async () => {
    const refusing = linux((call) => (call.includes('enable') ? failed : done));
    await expect(autostartOn(refusing, command)).rejects.toThrow(/systemctl enable: Operation not permitted/);
  });
});

describe('on Linux without systemd', () => {
  const without = () => system('linux', () => ({ code: null, stdout: '', stderr: '' }));
  const place = () => path.posix.join(home, '.config/autostart/streamai.desktop');
  test('an entry for the desktop is written, and taken away again', async () => {
    await autostartOn(without(), command);
    expect(await autostartState(without())).toEqual({
      on: true,
      kind: 'xdg',
      place: place(),
      command,
      programExists: true,
    });
    await autostartOff(without());
    expect(await files()).toEqual([]);
  });
  test.each(['Hidden=true', 'X-GNOME-Autostart-enabled=false'])('an entry with %s is off', async (line) => {
    await autostartOn(without(), command);
    await writeFile(place(), `${await readFile(place(), 'utf8')}${line}\n`);
    expect(await autostartState(without())).toMatchObject({ on: false });
  });
  test('a script that is gone is missed as its program would be', async () => {
    await autostartOn(without(), [program, path.join(home, 'gone', 'launch.mjs'), 'start']);
    expect(await autostartState(without())).toMatchObject({ on: true, programExists: false });
  });
  test('once there is systemd, only one of the two starts it', async () => {
    await autostartOn(without(), command);
    await autostartOn(system('linux'), command);
    expect(await files()).toEqual(['streamai.service']);
  });
  test('a link in the place of the file is replaced, and what it leads to stays', async () => {
    await mkdir(path.dirname(place()), { recursive: true });
    await writeFile(path.join(home, 'other'), 'theirs');
    await symlink(path.join(home, 'other'), place());
    await autostartOn(without(), command);
    expect(await readFile(path.join(home, 'other'), 'utf8')).toBe('theirs');
    expect(await autostartState(without())).toMatchObject({ on: true, command });
  });
  test('a folder that cannot be written is said', async () => {
    await writeFile(path.join(home, '.config'), '');
    await expect(autostartOn(without(), command)).rejects.toMatchObject({ code: 'autostart_failed' });
  });
});

describe('on Windows', () => {
  const key = 'HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run';
  const reg = 'D:\\Win\\System32\\reg.exe';
  const stub: CommandLine = ['C:\\Users\\Zoë & co\\100%\\StreamAI.exe', 'start'];
  const windows = (answer?: (call: string) => Called) => system('win32', answer, { SystemRoot: 'D:\\Win' });
  test('a value of the key Run is set, and taken away again', async () => {
    await autostartOn(windows(), stub);
    expect(calls).toEqual([`${reg} add ${key} /v StreamAI /t REG_SZ /d ${windowsCommandLine(stub)} /f`]);
    calls = [];
    await autostartOff(windows());
    expect(calls).toEqual([`${reg} query ${key} /v StreamAI`, `${reg} delete ${key} /v StreamAI /f`]);
  });
  test('off without an on deletes nothing', async () => {
    await autostartOff(windows(() => failed));
    expect(calls).toEqual([`${reg} query ${key} /v StreamAI`]);
  });
  test('what is set is read from what reg exports', async () => {
    const value = windowsCommandLine(stub).replace(/[\\"]/g, '\\$&');
    const text = `\ufeffWindows Registry Editor Version 5.00\r\n\r\n[X]\r\n"StreamAI"="${value}"\r\n`;
    const exporting: AutostartSystem = {
      ...windows(),
      call: async (_, [, , file]) => {
        await writeFile(file ?? '', text, 'utf16le');
        return done;
      },
    };
    const state = { on: true, kind: 'run-key', place: `${key}\\StreamAI`, command: stub, programExists: false };
    expect(await autostartState(exporting)).toEqual(state);
    expect(await autostartState(windows(() => failed))).toMatchObject({ on: false });
  });
  test('a command that Windows would not start is refused', async () => {
    const long: CommandLine = [`C:\\${'x'.repeat(260)}\\StreamAI.exe`, 'start'];
    await expect(autostartOn(windows(), long)).rejects.toMatchObject({ code: 'autostart_failed' });
    expect(calls).toEqual([]);
  });
});
