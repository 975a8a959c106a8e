import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { getJson } from '../../server/receiver-fixture.ts';
import { commonNodeFlags } from '../launch/commands.mjs';

test('npm run server listens, says in the terminal\u2019s language and in /health what is missing, and ends at Ctrl-C', async (context) => {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'server-'));
  context.onTestFinished(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
  const main = path.resolve(import.meta.dirname, '../server.ts');
  const child = spawn(process.execPath, [...commonNodeFlags, main, '--dir', dir, '--port', '0'], {
    env: { ...process.env, PATH: '', Path: '', LC_ALL: 'fr_FR.UTF-8' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  context.onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(line);
    if (line.startsWith('Ctrl-C')) break;
  }
  const said = lines.join('\n');
  expect(said).toContain('Installez ffmpeg');
  expect(said).toContain('WHISPER_CLI');
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0] ?? '';
  const { body } = await getJson(`${url}/health`);
  expect(body.missing).toMatchObject([{ code: 'ffmpeg_missing' }, { code: 'whisper_missing' }]);
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  // Windows has no signals: there it is simply ended.
  if (process.platform !== 'win32') expect(code).toBe(0);
});
