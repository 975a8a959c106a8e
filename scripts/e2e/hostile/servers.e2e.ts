/** Whoever answers as processing server or as store keeps nobody waiting for ever, and neither fills the memory nor holds the loop. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { longestTurnMs } from '../../../agent/cpu-fixture.ts';
import { listen } from '../../rig/listen.ts';
import { until } from '../../rig/until.ts';
import { World } from '../world-fixture.ts';
import { countAs } from './hostile-table-fixture.ts';
import { longestTurn, loopWatchFlags } from './loop-watch-fixture.ts';

/** Answers every request with the same, on one connection after the other; ended after the test. @returns its address */
async function hostileServer(answer: (socket: Socket, request: string) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      const request = chunk.toString('latin1');
      if (/^(GET|HEAD|POST|PUT|DELETE) /.test(request)) answer(socket, request);
    });
  });
  const url = `http://127.0.0.1:${await listen(server)}`;
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await once(server.close(), 'close');
  });
  return url;
}

/** Writes a text again and again until the connection is over. */
function drip(socket: Socket, text: string, everyMs: number): void {
  const timer = setInterval(() => socket.write(text), everyMs);
  socket.once('close', () => clearInterval(timer));
}

const bigBody = Buffer.alloc(64 * 1024, 'x');
/** As fast as it is read. */
function pour(socket: Socket): void {
  while (!socket.destroyed && socket.write(bigBody));
  socket.once('drain', () => pour(socket));
}

const answers: Readonly<Record<string, (socket: Socket) => void>> = {
  'another protocol': (socket) =>
    void socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
  'another protocol, without its name': (socket) => void socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
  nothing: () => {},
  'interim answers without end': (socket) => drip(socket, 'HTTP/1.1 102 Processing\r\n\r\n', 100),
  'a head without end': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nX: ');
    drip(socket, 'x', 100);
  },
  'a body that drips': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n');
    drip(socket, ' ', 100);
  },
  'a body without end': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n');
    pour(socket);
  },
};

/** An agent is asked to end and does, whatever it waits for (ms). */
const endMs = 5000;

/** The agent is at it, answers, and ends in time. */
async function expectLively({ agent }: World): Promise<void> {
  await until('it is known that something is wrong', async () => {
    const { destinations, uploads } = await agent.api.status();
    return (
      destinations.some(({ configured, problem }) => configured && problem !== null) ||
      uploads.waiting + uploads.failed > 0
    );
  });
  const began = performance.now();
  expect(await agent.stop()).toBe(0);
  expect(performance.now() - began).toBeLessThan(endMs);
}

describe('a processing server that answers everything with', () => {
  countAs('processing server');
  test.each(Object.entries(answers))('%s', async (_, answer) => {
    const processingUrl = await hostileServer(answer);
    const world = await World.start({ obs: 'simulated', processingUrl });
    onTestFinished(() => world.dispose());
    await world.agent.api.start({ sessionName: 'Sent' });
    await world.written(1);
    await world.agent.api.command('stop');
    await expectLively(world);
  });
});

/** Settings of a store there. */
const storeAt = (url: string): Record<string, string> => ({
  VULTR_OBJECT_STORAGE_ENDPOINT: url,
  VULTR_OBJECT_STORAGE_BUCKET: 'bucket',
  VULTR_OBJECT_STORAGE_ACCESS_KEY: 'access',
  VULTR_OBJECT_STORAGE_SECRET_KEY: 'secret-secret',
  VULTR_OBJECT_STORAGE_ADDRESSING: 'path',
});

describe('a store that answers everything with', () => {
  countAs('store');
  test.each(Object.entries(answers))('%s', async (_, answer) => {
    const env = storeAt(await hostileServer(answer));
    const world = await World.start({ obs: 'simulated', env });
    onTestFinished(() => world.dispose());
    await world.agent.api.start({ sessionName: 'Sent' });
    await world.written(1);
    await world.agent.api.command('stop');
    await expectLively(world);
  });
});

const residentMiB = async ({ agent }: World): Promise<number> =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${agent.pid}/status`, 'utf8'))?.[1]) / 1024;

describe.skipIf(process.platform !== 'linux')('a store whose list of unfinished uploads has', () => {
  countAs('store');
  test.each([
    ['30,000 on every page, and no last page', 30_000],
    ['1,000 on every page, and no last page', 1000],
  ])('%s', async (_, count) => {
    const entries = Array.from({ length: count }, (__, number) => {
      return `<Upload><Key>k${number}</Key><UploadId>u${number}</UploadId><Initiated>2020-01-01T00:00:00Z</Initiated></Upload>`;
    });
    const list = (page: number): string =>
      `<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k${page}</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker>${entries.join('')}</ListMultipartUploadsResult>`;
    const parts = '<ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>';
    let page = 0;
    const url = await hostileServer((socket, request) => {
      const body = request.includes('uploads=') ? list(++page) : parts;
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    });
    const world = await World.start({ obs: 'simulated', env: storeAt(url), nodeFlags: loopWatchFlags });
    onTestFinished(() => world.dispose());
    const before = await residentMiB(world);
    const ask = () => world.agent.api.call('GET', '/api/destinations/object-storage/orphans');
    // The first time, what is needed for it is loaded.
    await ask();
    await longestTurn(world.agent);
    const { status, body } = await ask();
    const { orphans = [] } = body as { orphans?: unknown[] };
    const { longestCpuMs } = await longestTurn(world.agent);
    const more = (await residentMiB(world)) - before;
    console.info(
      `HTTP ${status}, ${orphans.length} orphans, ${page} pages, the longest turn ${Math.round(longestCpuMs)} ms of CPU, ${Math.round(more)} MiB more`,
    );
    expect(orphans.length).toBe(count > 1000 ? 0 : 1000);
    expect(longestCpuMs).toBeLessThan(longestTurnMs);
    expect(more).toBeLessThan(200);
  });
});
