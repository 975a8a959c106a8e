import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { startBurners } from './burners.ts';

const boundMs = 10_000;

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('as many processes as asked for burn until they are stopped', async () => {
  const burners = await startBurners(2);
  onTestFinished(() => burners.stop());
  expect(burners.pids).toHaveLength(2);
  expect(burners.pids.every(runs)).toBe(true);
  await burners.stop();
  expect(burners.pids.some(runs)).toBe(false);
  await burners.stop();
});

test('burners end with the process that started them, also where it is killed', async () => {
  const module = new URL('./burners.ts', import.meta.url).href;
  const code = `import { startBurners } from ${JSON.stringify(module)};
    console.log(JSON.stringify((await startBurners(2)).pids));`;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [line] = await once(createInterface({ input: parent.stdout }), 'line');
  const pids: number[] = JSON.parse(String(line));
  expect(pids.every(runs)).toBe(true);
  const gone = once(parent, 'exit');
  parent.kill('SIGKILL');
  await gone;
  const deadline = performance.now() + boundMs;
  while (pids.some(runs) && performance.now() < deadline) await delay(20);
  expect(pids.filter(runs)).toEqual([]);
});
