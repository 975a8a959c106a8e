import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { freePort } from './free-port.ts';

const processes = 4;
/** Of 22,528 ports: without a reservation, 600 random ones hold two that are the same 9,996 times in 10,000. */
const calls = 150;

/** Keeps what it got until its standard input ends: when all have theirs. */
const script = `
  import { freePort } from '${new URL('free-port.ts', import.meta.url).href}';
  const ports = await Promise.all(Array.from({ length: ${calls} }, freePort));
  process.stdout.write(JSON.stringify(ports));
  for await (const _ of process.stdin);`;

test('many calls at once in several processes: no port is given twice', async () => {
  const children = Array.from({ length: processes }, () => {
    const running = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { timeout: 60_000 });
    const { stdout } = running.child;
    return { running, said: Promise.race([stdout && once(stdout, 'data'), running]) };
  });
  await Promise.all(children.map(({ said }) => said));
  for (const { running } of children) running.child.stdin?.end();
  const ports = await Promise.all(
    children.map(async ({ running }): Promise<number[]> => JSON.parse((await running).stdout)),
  );
  expect(ports.flat()).toHaveLength(processes * calls);
  expect(new Set(ports.flat()).size).toBe(processes * calls);
});

test('the port can be listened at, and stays reserved meanwhile and afterwards', async () => {
  const port = await freePort();
  const isReserved = async (): Promise<void> => {
    const other = createSocket('udp4').bind(port, '127.0.0.1');
    await expect(once(other, 'listening')).rejects.toThrow('EADDRINUSE');
    other.close();
  };
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  await isReserved();
  await once(server.close(), 'close');
  await isReserved();
});

test('no outgoing connection can have taken it', async () => {
  for (const port of await Promise.all(Array.from({ length: 50 }, freePort))) expect(port).toBeLessThan(32_768);
});
