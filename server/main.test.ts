import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { form, post, Receivers } from './receiver-fixture.ts';

const receivers = new Receivers();
afterEach(() => receivers.close());

test('runs alone as a program that says where it listens', async () => {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, '--dir', await receivers.dir()], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  try {
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const { url } = JSON.parse(line) as { url: string };
    expect((await post(url, form())).status).toBe(200);
  } finally {
    child.kill('SIGTERM');
  }
  const [code] = await exited;
  // Windows has no signals: there it is simply ended.
  if (process.platform !== 'win32') expect(code).toBe(0);
});
