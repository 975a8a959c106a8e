import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Connection } from './connection.ts';

let silent: Server;
let port: number;
const sockets = new Set<Socket>();

beforeEach(async () => {
  silent = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = silent.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  ({ port } = address);
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await once(silent.close(), 'close');
});

describe.each(['http', 'https'])('a request over %s', (protocol) => {
  // While undici is loaded, TCP connects, TLS is agreed on, and the store keeps its answer to itself.
  test.each([...Array(40).keys()])('called off after %i turns of the event loop, it is over', async (turns) => {
    const connection = new Connection({ origin: new URL(`${protocol}://127.0.0.1:${port}`), proxy: null });
    const calledOff = new AbortController();
    const answer = connection.exchange({
      ...{ method: 'GET', path: '/', headers: {}, body: null },
      ...{ signal: calledOff.signal, answerMs: 60_000 },
    });
    const over = expect(answer).rejects.toThrow('called off');
    for (let turn = 0; turn < turns; turn += 1) await setImmediate();
    calledOff.abort(new Error('called off'));
    await over;
    await connection.close();
  });
});
