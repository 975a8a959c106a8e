/** What dpkg, rpm, systemd and desktops are told. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../../test/tools.ts';
import { debControl, debScripts, menuEntry, rpmSpec, userUnit } from './files.ts';

const windows = process.platform === 'win32';

/** deb822: a field begins a line, and goes on in those that begin with a blank. */
function fields(control: string): Record<string, string> {
  expect(control).toMatch(/[^\n]\n$/);
  return Object.fromEntries(
    control
      .trimEnd()
      .split(/\n(?! )/)
      .map((field) => {
        const [, name = '', value = ''] = /^([A-Z][A-Za-z-]*): (.+)$/s.exec(field) ?? [];
        return [name, value];
      }),
  );
}

describe('a .deb', () => {
  test.each([
    ['x64', 'amd64'],
    ['arm64', 'arm64'],
  ] as const)('for %s says so, and what Node needs', (arch, architecture) => {
    expect(fields(debControl('1.2.3', arch, 4711))).toMatchObject({
      Package: 'streamai',
      Version: '1.2.3',
      Architecture: architecture,
      Maintainer: expect.stringMatching(/^[^<]+ <\S+@\S+>$/),
      'Installed-Size': '4711',
      Depends: expect.stringContaining('libatomic1'),
      Description: expect.stringMatching(/^[^\n]{10,80}\n .+/),
    });
  });

  test.skipIf(windows).each(Object.entries(debScripts))('its %s is a script that a shell reads', (_, script) => {
    expect(script).toMatch(/^#!\/bin\/sh\nset -e\n/);
    execFileSync('sh', ['-n'], { input: script });
  });

  test('ends agents before their files go, and asks nobody to end who is none', () => {
    expect(debScripts.prerm).toContain('= /usr/lib/streamai/node ]');
    expect(debScripts.prerm).not.toMatch(/kill -9|pkill|killall/);
  });
});

describe('an .rpm', () => {
  const spec = rpmSpec('1.2.3-beta.1', '/tmp/a b');
  test('has a version that sorts before its release', () => expect(spec).toMatch(/^Version: 1\.2\.3~beta\.1$/m));
  test.skipIf(windows)('its scripts are read by a shell', () => {
    const scripts = spec.split(/^%(?:pre|preun|posttrans|files|install|description)$/m).slice(2, 6);
    expect(scripts).toHaveLength(4);
    for (const script of scripts) execFileSync('sh', ['-n'], { input: script });
  });
  test('names every file that the packages put down', () => {
    for (const place of ['/usr/lib/streamai', '/usr/bin/streamai', '/usr/lib/systemd/user/streamai.service']) {
      expect(spec.split('%files')[1]?.split('\n')).toContain(place);
    }
  });
});

test('the user’s unit starts again after a crash, and not after an orderly end', () => {
  expect(userUnit).toMatch(/^ExecStart=\/usr\/bin\/streamai start$/m);
  expect(userUnit).toMatch(/^Restart=on-failure$/m);
  expect(userUnit).toMatch(/^WantedBy=default\.target$/m);
});

test('the menu opens the dock, under an icon that is there', () => {
  expect(menuEntry).toMatch(/^\[Desktop Entry\]\nType=Application\n/);
  expect(menuEntry).toMatch(/^Exec=\/usr\/bin\/streamai open$/m);
  expect(readFileSync(path.join(root, 'dock/public/icon.svg'), 'utf8')).toContain('<svg');
});
