import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Link, pieceBytes, startLink } from './link.ts';
import { listen } from './listen.ts';
import { burstMs } from './pace.ts';

let echo: Server;
let link: Link;
const serverSide: Socket[] = [];
const clients: Socket[] = [];

beforeEach(async () => {
  echo = createServer({ allowHalfOpen: true }, (socket) => {
    serverSide.push(socket);
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  link = await startLink(`http://127.0.0.1:${await listen(echo)}`);
});

afterEach(async () => {
  for (const socket of [...clients.splice(0), ...serverSide.splice(0)]) socket.destroy();
  await link.close();
  await once(echo.close(), 'close');
});

async function client(): Promise<Socket> {
  const socket = connect(link.port, '127.0.0.1');
  clients.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Resolves with what comes, once `bytes` of it are there. */
async function received(socket: Socket, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= bytes) break;
  }
  return Buffer.concat(chunks);
}

/** The code of the error that ends the socket. */
async function failure(socket: Socket): Promise<string> {
  const error: unknown = await new Promise((resolve) => socket.once('error', resolve));
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

const nothingComes = async (socket: Socket): Promise<void> => {
  const came = once(socket, 'data', { signal: AbortSignal.timeout(150) }).then(() => true);
  expect(await came.catch(() => false)).toBe(false);
};

test('passes every byte on, both ways, and counts them', async () => {
  const socket = await client();
  const content = Buffer.alloc(3_000_000, 'streamai');
  socket.write(content);
  expect((await received(socket, content.length)).equals(content)).toBe(true);
  expect([link.bytesUp, link.bytesDown]).toEqual([content.length, content.length]);
});

test('passes on the end of one way while the other goes on', async () => {
  const socket = await client();
  socket.end('last words');
  expect(String(await received(socket, 10))).toBe('last words');
});

test('holds a rate over all connections together', async () => {
  const bytesPerSecond = 100_000;
  link.setRate(bytesPerSecond * 8);
  const sockets = await Promise.all([client(), client()]);
  // Few pieces, each of which takes long: what a busy machine adds to each is little beside that.
  const bytes = 4 * pieceBytes;
  const started = performance.now();
  for (const socket of sockets) socket.write(Buffer.alloc(bytes));
  await Promise.all(sockets.map((socket) => received(socket, bytes)));
  const seconds = (performance.now() - started) / 1000;
  // The first piece leaves at once. Each connection by itself at this rate would take half of that, at half the rate double.
  const expected = (2 * bytes - pieceBytes) / bytesPerSecond;
  expect(seconds).toBeGreaterThan(expected - burstMs / 1000);
  expect(seconds).toBeLessThan(2 * expected);
});

test('a new rate holds at once, also for what waits under the old one', async () => {
  link.setRate(8000);
  const socket = await client();
  socket.write(Buffer.alloc(500_000));
  const all = received(socket, 500_000);
  await nothingComesBeyond(socket, 50_000);
  link.setRate(null);
  await all;
});

async function nothingComesBeyond(socket: Socket, bytes: number): Promise<void> {
  await once(socket, 'data');
  expect(socket.bytesRead).toBeLessThan(bytes);
}

test('a delay makes every byte later and no fewer of them pass', async () => {
  link.setDelay(100);
  const socket = await client();
  const started = performance.now();
  socket.write(Buffer.alloc(2_000_000));
  await received(socket, 2_000_000);
  const passed = performance.now() - started;
  expect(passed).toBeGreaterThanOrEqual(199);
  // 122 pieces one after the other would take 24 s.
  expect(passed).toBeLessThan(5000);
});

test('while it is cut nothing passes; restored, all of it does', async () => {
  const socket = await client();
  link.cut();
  socket.write('held');
  await nothingComes(socket);
  link.restore();
  expect(String(await received(socket, 4))).toBe('held');
});

test('a reset reaches both sides as RST', async () => {
  const socket = await client();
  socket.write('x');
  await received(socket, 1);
  const [server] = serverSide;
  if (!server) throw new Error('no connection at the server');
  const both = Promise.all([failure(socket), failure(server)]);
  link.resetAll();
  expect(await both).toEqual(['ECONNRESET', 'ECONNRESET']);
  expect(link.open).toBe(0);
});

test('a reset by one side reaches the other at once, also past what waits at a slow rate', async () => {
  link.setRate(8000);
  const socket = await client();
  socket.write(Buffer.alloc(1_000_000));
  await received(socket, 1);
  const [server] = serverSide;
  if (!server) throw new Error('no connection at the server');
  const failed = failure(server);
  socket.resetAndDestroy();
  expect(await failed).toBe('ECONNRESET');
  // All of it would take a quarter of an hour.
  expect(server.bytesRead).toBeLessThan(100_000);
});

test('refusing resets what is open and everything that comes', async () => {
  const socket = await client();
  const ended = failure(socket);
  link.refuse(true);
  expect(await ended).toBe('ECONNRESET');
  const next = connect(link.port, '127.0.0.1');
  clients.push(next);
  expect(await failure(next)).toBe('ECONNRESET');
  link.refuse(false);
  (await client()).end();
});

test('what a black hole has caught stays dead; new connections work', async () => {
  const socket = await client();
  link.blackHole(true);
  socket.write('lost');
  await nothingComes(socket);
  link.blackHole(false);
  socket.write('lost too');
  await nothingComes(socket);
  const next = await client();
  next.write('alive');
  expect(String(await received(next, 5))).toBe('alive');
});
