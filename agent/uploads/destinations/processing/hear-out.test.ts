import { once } from 'node:events';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { hearOut } from './hear-out.ts';
import { postFile } from './post-file.ts';
import { rawServer } from './send-fixture.ts';

const limits = { connectMs: 5000, stallMs: 5000, answerMs: 5000, answerBytes: 1000 };
const refusal = 'HTTP/1.1 413 Payload Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig';

/** A server on a thread of its own, which gives its answer and resets while this thread stands still. */
async function resettingServer(answer: string): Promise<{ url: URL; waitForReset: () => void }> {
  const reset = new Int32Array(new SharedArrayBuffer(4));
  const code = `
    const { createServer } = require('node:net');
    const { parentPort, workerData: { answer, reset } } = require('node:worker_threads');
    const server = createServer((socket) => {
      socket.once('data', () => socket.pause().write(answer, () => socket.resetAndDestroy()));
      socket.once('close', () => { Atomics.store(reset, 0, 1); Atomics.notify(reset, 0); });
    });
    server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`;
  const worker = new Worker(code, { eval: true, workerData: { answer, reset } });
  onTestFinished(async () => void (await worker.terminate()));
  const [port] = await once(worker, 'message');
  const waitForReset = (): void => {
    expect(Atomics.wait(reset, 0, 0, 10_000)).not.toBe('timed-out');
  };
  return { url: new URL(`http://127.0.0.1:${port}/`), waitForReset };
}

/** Posts two pieces; nothing of the answer can be read before the second one is written, which meets the reset. */
async function postIntoReset(answer: string): Promise<{ status: number; text: string }> {
  const { url, waitForReset } = await resettingServer(answer);
  const piece = Buffer.alloc(1000);
  async function* body(): AsyncGenerator<Buffer> {
    yield piece;
    waitForReset();
    yield piece;
  }
  const headers = { 'content-length': String(2 * piece.length) };
  return postFile({ url, proxy: null, headers, signal: new AbortController().signal, limits, body });
}

// Windows drops what is unread at a reset.
test.skipIf(process.platform === 'win32')(
  'an answer is heard although the next write met the reset behind it',
  async () => {
    expect(await postIntoReset(refusal)).toMatchObject({ status: 413, text: 'big' });
  },
);

test.each([
  ['nothing was said', ''],
  ['the answer was not whole', refusal.slice(0, 30)],
])('where %s before the reset, it is a broken connection', async (_what, answer) => {
  await expect(postIntoReset(answer)).rejects.toMatchObject({ code: 'destination_unreachable' });
});

test('a write that fails on a connection that stays silent fails it, a moment later', async () => {
  const url = new URL(await rawServer(() => {}));
  const socket = connect(Number(url.port), url.hostname);
  await once(socket, 'connect');
  socket._write = (_chunk, _encoding, done) => done(new Error('no route'));
  hearOut(socket);
  const failed = once(socket, 'error', { signal: AbortSignal.timeout(10_000) });
  socket.write('x');
  expect(socket.destroyed).toBe(false);
  expect((await failed)[0]).toMatchObject({ message: 'no route' });
  expect(socket.destroyed).toBe(true);
});
