import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { errorInfo } from '../../shared/errors.ts';
import { type AgentClient, AgentError, createAgentClient } from './client.ts';
import { detailsCalls } from './details-calls.ts';
import { settingsCalls } from './settings-calls.ts';

interface Seen {
  readonly line: string;
  readonly authorization: string | undefined;
  readonly type: string | undefined;
  readonly language: string | undefined;
  readonly body: string;
}

let server: Server;
let client: AgentClient;
let seen: Seen[];
let status: number;
let answer: string;
let key: string | null;

beforeEach(async () => {
  seen = [];
  status = 200;
  answer = '{}';
  key = 'secret';
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { authorization, 'content-type': type, 'accept-language': language } = request.headers;
    seen.push({
      line: `${request.method} ${request.url}`,
      authorization,
      type,
      language,
      body: Buffer.concat(chunks).toString(),
    });
    response.writeHead(status, { 'content-type': 'application/json' }).end(answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = createAgentClient(
    () => key,
    () => 'fr',
    `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  );
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const calls: [string, () => Promise<unknown>, string, string][] = [
  [
    'changes the next session',
    () => client.changeNextSession({ starting: 'dock' }),
    'PUT /api/integrated/next-session',
    '{"starting":"dock"}',
  ],
  ['changes settings', () => client.changeSettings({ language: 'fr' }), 'PUT /api/settings', '{"language":"fr"}'],
  ['reconnects OBS', () => client.reconnectObs(), 'POST /api/obs/reconnect', '{}'],
  ['uploads a session', () => client.uploadNow('a'), 'POST /api/integrated/upload/manual', '{"sessionId":"a"}'],
  [
    'uploads a session to one destination',
    () => client.uploadNow('a', 'object-storage'),
    'POST /api/integrated/upload/manual',
    '{"sessionId":"a","destination":"object-storage"}',
  ],
  [
    'renames',
    () => client.changeSession('a/b', { name: 'n' }),
    'PATCH /api/integrated/recordings/a%2Fb',
    '{"name":"n"}',
  ],
  ['discards', () => detailsCalls(client).discard('a'), 'POST /api/integrated/recordings/a/discard', '{}'],
  [
    'opens the folder',
    () => detailsCalls(client).openFolder('a'),
    'POST /api/integrated/recordings/a/open-folder',
    '{}',
  ],
  ['sets a chapter', () => client.addChapter('Intro'), 'POST /api/integrated/recording/chapter', '{"name":"Intro"}'],
  ['sets a chapter without a name', () => client.addChapter(''), 'POST /api/integrated/recording/chapter', '{}'],
  [
    'adds a mark',
    () => client.addMark('a', { kind: 'note', text: 't', atMs: 5 }),
    'POST /api/integrated/recordings/a/marks',
    '{"kind":"note","text":"t","atMs":5}',
  ],
  [
    'changes a mark',
    () => client.changeMark('a', 'm/1', { text: 't' }),
    'PATCH /api/integrated/recordings/a/marks/m%2F1',
    '{"text":"t"}',
  ],
  [
    'takes a file in, or allows its folder',
    () => client.takeFile('a', '/v/b.mkv'),
    'POST /api/integrated/recordings/a/files',
    '{"path":"/v/b.mkv"}',
  ],
  [
    'allows a file alone',
    () => client.takeFile('a', '/v/b.mkv', true),
    'POST /api/integrated/recordings/a/files',
    '{"path":"/v/b.mkv","only":true}',
  ],
  [
    'leaves a file',
    () => client.leaveFile('a', '/v/b.mkv'),
    'DELETE /api/integrated/recordings/a/files',
    '{"path":"/v/b.mkv"}',
  ],
  [
    'asks for a link',
    () => detailsCalls(client).link('u', 60),
    'POST /api/integrated/uploads/u/link',
    '{"expiresInSeconds":60}',
  ],
  ['verifies', () => detailsCalls(client).verify('u'), 'POST /api/integrated/uploads/u/verify', '{}'],
  ['tests', () => client.testDestination('processing'), 'POST /api/destinations/processing/test', '{}'],
  [
    'aborts an unfinished upload in the bucket',
    () => settingsCalls(client).abortOrphan({ key: 'k', uploadId: 'i' }),
    'DELETE /api/destinations/object-storage/orphans',
    '{"key":"k","uploadId":"i"}',
  ],
  [
    'aborts a young one, after asking',
    () => settingsCalls(client).abortOrphan({ key: 'k', uploadId: 'i', confirm: true }),
    'DELETE /api/destinations/object-storage/orphans',
    '{"key":"k","uploadId":"i","confirm":true}',
  ],
  ['retries an upload', () => client.changeUpload('a/b', 'retry'), 'POST /api/integrated/uploads/a%2Fb/retry', '{}'],
];

describe('the client', () => {
  test.each(calls)('%s, as JSON, with the token in the header alone', async (_, call, line, body) => {
    await call();
    expect(seen).toEqual([{ line, authorization: 'Bearer secret', type: 'application/json', language: 'fr', body }]);
  });

  test('reads a page of history', async () => {
    answer = JSON.stringify({ sessions: [], nextCursor: 'c2' });
    expect(await client.sessions({ limit: 20, cursor: 'c 1' })).toEqual({ sessions: [], nextCursor: 'c2' });
    expect(seen[0]).toMatchObject({ line: 'GET /api/integrated/recordings?limit=20&cursor=c+1', body: '' });
  });

  test('searches, leaving out what is not asked for', async () => {
    answer = JSON.stringify({ sessions: [], nextCursor: null });
    await client.sessions({ limit: 20, q: 'été & co', filter: 'failed', cursor: undefined });
    await client.sessions({ limit: 20, q: '' });
    expect(seen.map(({ line }) => line)).toEqual([
      'GET /api/integrated/recordings?limit=20&q=%C3%A9t%C3%A9+%26+co&filter=failed',
      'GET /api/integrated/recordings?limit=20',
    ]);
  });

  test('reads exported chapters as they are', async () => {
    answer = 'WEBVTT\n';
    expect(await detailsCalls(client).exportChapters('a', 'webvtt', 'fr')).toBe('WEBVTT\n');
    expect(seen[0]?.line).toBe('GET /api/integrated/recordings/a/chapters?format=webvtt&language=fr');
  });

  test('reads the new token that it asks for', async () => {
    answer = '{"token":"new"}';
    expect(await settingsCalls(client).renewToken()).toBe('new');
    expect(seen[0]).toMatchObject({ line: 'POST /api/token', body: '{"new":true}' });
    answer = '{}';
    await expect(settingsCalls(client).renewToken()).rejects.toMatchObject({ name: 'AgentError', info: null });
  });

  test('reads where OBS is', async () => {
    answer = JSON.stringify({ url: 'ws://127.0.0.1:4455', password: null });
    expect(await client.obsConnection()).toEqual({ url: 'ws://127.0.0.1:4455', password: null });
  });

  test('rejects with the agent’s own error where it refuses', async () => {
    status = 409;
    const info = errorInfo('session_active');
    answer = JSON.stringify({ error: info });
    await expect(client.uploadNow('a')).rejects.toMatchObject({ name: 'AgentError', info });
  });

  test.each([
    ['an error that is not the agent’s', 502, '<html>Bad gateway</html>'],
    ['an error without a code', 500, '{"error":{}}'],
    ['an answer that is no object', 200, 'null'],
  ])('rejects without a reason for %s', async (_, wrongStatus, wrongAnswer) => {
    status = wrongStatus;
    answer = wrongAnswer;
    await expect(client.obsConnection()).rejects.toMatchObject({ name: 'AgentError', info: null });
  });

  test('rejects without a reason where the agent is away', async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    const failure = await client.obsConnection().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AgentError);
    expect(failure).toMatchObject({ info: null });
  });

  test('does not wait longer than its timeout', async () => {
    server.removeAllListeners('request');
    await expect(client.changeNextSession({ starting: 'dock' }, 50)).rejects.toMatchObject({ info: null });
  });
});

test('calls nobody while no agent has proven itself', async () => {
  key = null;
  for (const call of [() => client.obsConnection(), () => client.changeSettings({ obsPassword: 'hunter22' })]) {
    const failure = await call().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AgentError);
    expect(failure).toMatchObject({ info: null });
  }
  expect(seen).toEqual([]);
});
