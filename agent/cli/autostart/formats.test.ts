/** What each format makes of the paths that people have: written by us, taken apart as the system takes it apart. */
import { describe, expect, test } from 'vitest';
import { StreamAIError } from '../../../shared/errors.ts';
import { commandInPlist, launchAgentText } from './launch-agent.ts';
import { commandInExport, windowsCommandLine } from './run-key.ts';
import { commandInUnit, unitText } from './systemd-unit.ts';
import type { CommandLine } from './way.ts';
import { commandInEntry, desktopEntry } from './xdg-autostart.ts';

/** Names of folders: each character means something to one of the formats. */
const names = [
  'plain',
  'with blanks  two',
  'a "quoted" one',
  "it’s, it's",
  '100% %h %%i %f',
  'Zoë é 日本 🎬',
  'R&D; <b>&amp;</b>',
  '$HOME $x $$',
  '`id` $(id)',
  'back\\slash\\',
  '\\"both\\"',
  '#hash ;semi',
  '-dash',
  '=a=b',
  '~tilde * ?',
];

const line = (text: string, key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1] ?? '';

describe('a unit', () => {
  test.each<[CommandLine, string]>([
    [['/opt/streamai', 'start'], '"/opt/streamai" "start"'],
    [['/home/a b/x', 'start'], '"/home/a b/x" "start"'],
    [['/h/100%/x', 'start'], '"/h/100%%/x" "start"'],
    // systemd takes no program with such a path: these go as arguments of a shell.
    [['/h/"q"/x'], String.raw`"/bin/sh" "-c" "exec \"$$0\" \"$$@\"" "/h/\"q\"/x"`],
    [['/h/\\x', 'start'], String.raw`"/bin/sh" "-c" "exec \"$$0\" \"$$@\"" "/h/\\x" "start"`],
    // Variables are for arguments; a program's path is taken as it is.
    [['/h/$x/a', '/h/$x/b'], '"/h/$x/a" "/h/$$x/b"'],
  ])('%j → %s', (command, exec) => expect(line(unitText(command), 'ExecStart')).toBe(exec));
  test.each(names)('with %s comes back as it was', (name) => {
    const command: CommandLine = [`/h/${name}/node`, `/h/${name}/streamai.mjs`, 'start'];
    expect(commandInUnit(unitText(command))).toEqual(command);
  });
  test('starts again after a crash, and not after an orderly end', () => {
    expect(unitText(['/x'])).toMatch(/^Restart=on-failure$/m);
    expect(unitText(['/x'])).toMatch(/^WantedBy=default\.target$/m);
  });
});

describe('a desktop entry', () => {
  test.each<[CommandLine, string]>([
    [['/opt/streamai', 'start'], '"/opt/streamai" "start"'],
    [['/h/100%/x'], '"/h/100%%/x"'],
    [['/h/"q"'], '"/h/\\\\"q\\\\""'],
    [['/h/$x/`y`'], '"/h/\\\\$x/\\\\`y\\\\`"'],
    [['/h/\\x'], '"/h/\\\\\\\\x"'],
  ])('%j → %s', (command, exec) => expect(line(desktopEntry(command), 'Exec')).toBe(exec));
  test.each(names)('with %s comes back as it was', (name) => {
    const command: CommandLine = [`/h/${name}/node`, `/h/${name}/streamai.mjs`, 'start'];
    expect(commandInEntry(desktopEntry(command))).toEqual(command);
  });
});

describe.each([
  ['unit', unitText],
  ['desktop entry', desktopEntry],
])('in a %s', (_, text) => {
  test.each(['/h/a\nExecStart=/bin/evil', '/h/a\rb', '/h/a\0b'])(
    '%j is refused: it would be another line',
    (program) => {
      expect(() => text([program, 'start'])).toThrow(StreamAIError);
    },
  );
});

describe('a LaunchAgent', () => {
  test.each(names)('with %s comes back as it was', (name) => {
    const command: CommandLine = [`/h/${name}/node`, `/h/${name}/streamai.mjs`, 'start'];
    expect(commandInPlist(launchAgentText(command))).toEqual(command);
  });
  test('has the marks of XML written out', () => {
    expect(launchAgentText(['/R&D/<x>'])).toContain('<string>/R&amp;D/&lt;x&gt;</string>');
  });
  test('starts at login and after a crash, in the background', () => {
    const text = launchAgentText(['/x', 'start']).replace(/\s+/g, '');
    expect(text).toContain('<key>RunAtLoad</key><true/>');
    expect(text).toContain('<key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>');
    expect(text).toContain('<key>ProcessType</key><string>Background</string>');
  });
});

/** As reg.exe writes a string into an exported file. */
const exported = (value: string): string =>
  [
    'Windows Registry Editor Version 5.00',
    '',
    '[HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Run]',
    '"OneDrive"="\\"C:\\\\OneDrive.exe\\" /background"',
    `"StreamAI"="${value.replace(/[\\"]/g, '\\$&')}"`,
    '"Other"=hex(2):25,00',
    '',
  ].join('\r\n');

describe('the value of the key Run', () => {
  test.each<[CommandLine, string]>([
    [['C:\\StreamAI\\StreamAI.exe', 'start'], '"C:\\StreamAI\\StreamAI.exe" start'],
    [['C:\\Users\\Zoë & co\\100%\\a.exe', 'start'], '"C:\\Users\\Zoë & co\\100%\\a.exe" start'],
    [['C:\\node.exe', 'C:\\my app\\x.mjs'], '"C:\\node.exe" "C:\\my app\\x.mjs"'],
    [['C:\\node.exe', 'C:\\my app\\'], '"C:\\node.exe" "C:\\my app\\\\"'],
    [['C:\\node.exe', 'a "b"'], '"C:\\node.exe" "a \\"b\\""'],
    [['C:\\node.exe', 'a\\"b c'], '"C:\\node.exe" "a\\\\\\"b c"'],
    [['C:\\node.exe', ''], '"C:\\node.exe" ""'],
  ])('%j → %s, and back from what reg exports', (command, value) => {
    expect(windowsCommandLine(command)).toBe(value);
    expect(commandInExport(exported(value))).toEqual(command);
  });
  test.each(names.filter((name) => !/["\\*?<>]/.test(name)))('with %s comes back as it was', (name) => {
    const command: CommandLine = [`C:\\${name}\\node.exe`, `C:\\${name}\\streamai.mjs`, 'start'];
    expect(commandInExport(exported(windowsCommandLine(command)))).toEqual(command);
  });
  test.each([
    ['', 'nothing'],
    ['"Other"="\\"C:\\\\x.exe\\" start"', 'another program'],
    ['"StreamAI"=dword:00000001', 'a number'],
    ['"StreamAI"="start"', 'no path in quotes'],
  ])('%s is none', (text) => expect(commandInExport(text)).toBeNull());
});
