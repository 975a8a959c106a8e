import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { commands } from '../launch/commands.mjs';
import { commandScript, shellScript } from './launchers.ts';

test.skipIf(process.platform === 'win32')(
  'the shell script runs its own Node, also through links and from elsewhere',
  async () => {
    const work = await mkdtemp(path.join(tmpdir(), 'streamai launcher é '));
    try {
      const installed = path.join(work, 'lib', 'streamai');
      await mkdir(path.join(work, 'bin'), { recursive: true });
      await mkdir(installed, { recursive: true });
      await writeFile(path.join(installed, 'streamai'), shellScript(), { mode: 0o755 });
      await writeFile(path.join(installed, 'node'), '#!/bin/sh\nprintf "%s\\n" "$0" "$@"\n', { mode: 0o755 });
      await symlink('../lib/streamai/streamai', path.join(work, 'bin', 'relative'));
      await symlink(path.join(work, 'bin', 'relative'), path.join(work, 'bin', 'absolute'));
      for (const name of ['lib/streamai/streamai', 'bin/relative', 'bin/absolute']) {
        const said = execFileSync(path.join(work, name), ['a b', '$x'], { cwd: '/', encoding: 'utf8' }).split('\n');
        expect(said[0]).toBe(path.join(installed, 'node'));
        expect(said.slice(-4)).toEqual([path.join(installed, 'app/main.mjs'), 'a b', '$x', '']);
      }
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  },
);

test('both scripts run Node as the checkout’s start does, but for what was bundled already', () => {
  const flags = (commands.start?.nodeFlags ?? []).filter((flag) => flag !== '--import' && !flag.startsWith('file:'));
  expect(flags.length).toBeGreaterThan(3);
  for (const script of [shellScript(), commandScript()]) expect(script).toContain(flags.join(' '));
  for (const line of commandScript().split('\r\n')) expect(line).not.toMatch(/[\r\n]/);
});
