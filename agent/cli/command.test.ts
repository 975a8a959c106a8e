import { existsSync } from 'node:fs';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { testCli } from './cli-fixture.ts';
import { browserReadsWithinMs, openPageName } from './open-page.ts';
import { buildProgram } from './program.ts';

let page: string;
beforeEach(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-command-'));
  for (const [name, value] of Object.entries({ STREAMAI_DATA_DIR: folder, HOME: folder, USERPROFILE: folder }))
    vi.stubEnv(name, value);
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true, force: true });
  });
  page = path.join(folder, openPageName);
  await writeFile(page, 'token');
});

const run = (...args: string[]) => buildProgram(testCli().cli).parseAsync(args, { from: 'user' });

test('a command takes away the page that `open` gave the browser, once that had its time', async () => {
  await run('token');
  expect(existsSync(page)).toBe(true);
  const then = new Date(Date.now() - browserReadsWithinMs - 1000);
  await utimes(page, then, then);
  await run('token');
  expect(existsSync(page)).toBe(false);
});

test('a new token takes it away at once', async () => {
  await run('token', '--new');
  expect(existsSync(page)).toBe(false);
});
