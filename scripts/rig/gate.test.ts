import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Gate, startGate } from './gate.ts';
import { listen } from './listen.ts';

let server: Server;
let url: string;
let gate: Gate;
let served: string[];

beforeEach(async () => {
  served = [];
  server = createServer(async (request, answer) => {
    const body = await text(request);
    served.push(`${request.method} ${request.url} ${request.headers.host} ${body}`);
    answer.writeHead(201, { etag: '"x"' }).end('stored');
  });
  url = `http://127.0.0.1:${await listen(server)}`;
  gate = await startGate(url);
});

afterEach(async () => {
  await gate.close();
  server.closeAllConnections();
  await once(server.close(), 'close');
});

const put = (path: string, body = 'body'): Promise<Response> => fetch(`${gate.url}${path}`, { method: 'PUT', body });

test('passes a call on unchanged, with the Host header that was signed', async () => {
  const answer = await put('/bucket/key?partNumber=7&uploadId=u', 'content');
  expect([answer.status, answer.headers.get('etag'), await answer.text()]).toEqual([201, '"x"', 'stored']);
  expect(served).toEqual([`PUT /bucket/key?partNumber=7&uploadId=u ${new URL(gate.url).host} content`]);
  expect(gate.calls).toMatchObject([
    { verb: 'part', part: 7, path: '/bucket/key', bodyBytes: 7, status: 201, end: 'delivered' },
  ]);
});

test.each([
  ['POST', '/b/k?uploads', 'create'],
  ['POST', '/b/k?uploads=', 'create'],
  ['POST', '/b/k?uploadId=u', 'complete'],
  ['DELETE', '/b/k?uploadId=u', 'abort'],
  ['GET', '/b/k?uploadId=u', 'list-parts'],
  ['GET', '/b?uploads', 'list-multiparts'],
  ['PUT', '/b/k/l', 'put'],
  ['HEAD', '/b/k', 'head'],
  ['PUT', '/b', 'other'],
])('knows %s %s as %s', async (method, path, verb) => {
  await fetch(`${gate.url}${path}`, { method });
  expect(gate.calls[0]?.verb).toBe(verb);
});

test('a refusal is answered in place of the server, once the body was taken', async () => {
  gate.rules = { onCall: () => ({ status: 503, code: 'SlowDown', headers: { 'retry-after': '1' } }) };
  const answer = await put('/b/k', 'x'.repeat(2_000_000));
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await answer.text()).toContain('<Code>SlowDown</Code>');
  expect(gate.calls[0]?.bodyBytes).toBe(2_000_000);
  expect(served).toEqual([]);
});

test('a lost answer: the server has done it, the client sees its connection reset', async () => {
  gate.rules = { onAnswer: () => 'lose' };
  await expect(put('/b/k')).rejects.toThrow();
  expect(served).toHaveLength(1);
  expect(gate.calls).toMatchObject([{ status: 201, end: 'lost' }]);
});

test('a call that is reset never reaches the server; the next one comes over another connection', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const send = async (path: string): Promise<void> => {
    const call = request(`${gate.url}${path}`, { method: 'PUT', agent });
    const answered = once(call, 'response') as Promise<[IncomingMessage]>;
    call.end('body');
    await text((await answered)[0]);
  };
  await send('/b/k');
  gate.rules = { onCall: ({ connection }) => (connection === 1 ? 'reset' : undefined) };
  await expect(send('/b/l')).rejects.toThrow();
  await send('/b/m');
  agent.destroy();
  expect(served.map((line) => line.split(' ')[1])).toEqual(['/b/k', '/b/m']);
  expect(gate.calls).toMatchObject([
    { connection: 1, end: 'delivered' },
    { connection: 1, end: 'lost' },
    { connection: 2, end: 'delivered' },
  ]);
});

test('interim answers come before the server’s', async () => {
  gate.rules = { interim: true };
  const seen: string[] = [];
  const call = request(`${gate.url}/b/k`, { agent: false });
  call.on('information', ({ statusCode }) => seen.push(`${statusCode}`));
  call.end();
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  expect([...seen, `${answer.statusCode}`, await text(answer)]).toEqual(['100', '102', '103', '201', 'stored']);
});

test('a client that goes away in mid-body is noted as lost', async () => {
  const lost = Promise.withResolvers<void>();
  gate.rules = {
    async onCall() {
      abort.abort();
      lost.resolve();
    },
  };
  const abort = new AbortController();
  await expect(fetch(`${gate.url}/b/k`, { method: 'PUT', body: 'x', signal: abort.signal })).rejects.toThrow();
  await lost.promise;
  await expect.poll(() => gate.calls[0]?.end).toBe('lost');
});

test('an answer is changed as the test says', async () => {
  gate.rules = { onAnswer: () => ({ headers: { etag: '"y"' }, body: (sent) => `${sent} elsewhere` }) };
  const answer = await put('/b/k');
  expect([answer.status, answer.headers.get('etag'), await answer.text()]).toEqual([201, '"y"', 'stored elsewhere']);
  expect(gate.calls[0]).toMatchObject({ status: 201, end: 'delivered' });
});

test('a server that answers to its own name alone is called by that, where it is asked for', async () => {
  const renaming = await startGate(url, { renameHost: true });
  await (await fetch(`${renaming.url}/b/k`)).text();
  await renaming.close();
  expect(served).toEqual([`GET /b/k ${new URL(url).host} `]);
});
