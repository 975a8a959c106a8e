/**
 * A processing server that means ill, and whoever answers in its place: what it answers to an upload or of a task. Nothing counts as
 * arrived that is not proven, no secret goes elsewhere, and what clients are told stays short, plain and clean.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Upload } from '../../../shared/domain.ts';
import { listen } from '../../rig/listen.ts';
import { recordSession } from '../../rig/record-session.ts';
import { until } from '../../rig/until.ts';
import { World } from '../world-fixture.ts';
import { expectClean, expectSmall } from './held-fixture.ts';
import { countAs } from './hostile-table-fixture.ts';
import { triedOnce } from './tried-fixture.ts';

const apiKey = 'the-s3cret-key-of-the-table';
type Answer = (request: IncomingMessage, response: ServerResponse) => void;
const says =
  (status: number, body: string | Buffer, headers: Record<string, string | string[]> = {}): Answer =>
  (_request, response) =>
    void response.writeHead(status, headers).end(body);
const raw =
  (text: string | Buffer): Answer =>
  (request) =>
    void request.socket.end(text);

let server: Server;
let elsewhere: Server;
let visits = 0;
let world: World;
let sessionId: string;
let onUpload: Answer;
let onStatus: Answer;
let redirected: (path: string) => string;
const seen: { url: string; authorization: string | undefined }[] = [];

beforeAll(async () => {
  elsewhere = createServer((_request, response) => response.end('{"task_id": "t"}'));
  elsewhere.on('connection', () => {
    visits += 1;
  });
  const elsewherePort = await listen(elsewhere);
  redirected = (path) => `http://127.0.0.1:${elsewherePort}${path}`;
  server = createServer(async (request, response) => {
    const { url = '', headers } = request;
    seen.push({ url, authorization: headers.authorization });
    request.resume();
    if (!request.readableEnded) await once(request, 'end');
    if (url.startsWith('/health')) response.end('{"status": "healthy"}');
    else (url.startsWith('/upload') ? onUpload : onStatus)(request, response);
  });
  const url = `http://127.0.0.1:${await listen(server)}`;
  const env = { VULTR_API_KEY: apiKey, VULTR_AUTO_UPLOAD: 'false', STREAMAI_UPLOAD_ANSWER_TIMEOUT: '5' };
  world = await World.start({ obs: 'simulated', processingUrl: url, env });
  sessionId = (await recordSession(world.agent, 'Hostile')).id;
});
afterAll(async () => {
  await world?.dispose();
  for (const each of [server, elsewhere]) {
    each?.close();
    each?.closeAllConnections();
  }
});
/** Uploads while the server answers so. @returns the upload once it was tried, and called off where it would be tried again */
async function tried(answer: Answer, status: Answer = says(404, '{}')): Promise<Upload> {
  onUpload = answer;
  onStatus = status;
  return triedOnce(world, { sessionId });
}

afterEach(async () => {
  const startedAt = performance.now();
  await world.agent.api.session(sessionId);
  expect(performance.now() - startedAt, 'everybody else is served').toBeLessThan(1000);
  expect(visits).toBe(0);
  for (const { url } of seen.splice(0)) expect(url).toMatch(/^\/(health|upload|status\/[^/?#]+)$/);
  await expectSmall(world.agent.pid);
});

const page = (script: string): string => `<!doctype html><title>${script}</title><script>${script}</script>`;
/** Things that somebody may write anywhere that a text stands. */
const nasty: [what: string, text: string][] = [
  ['a script', '<script>alert(1)</script>'],
  ['a picture that runs', '<img src=x onerror=alert(1)>'],
  ['a link that runs', 'javascript:alert(1)'],
  ['escape sequences', '\u001b]0;x\u0007\u001b[2J\u001b[31mred'],
  ['C1 controls', '\u009b31m'],
  ['a text turned round', 'gpj.\u202eexe'],
  ['line ends', 'a\r\n{"level":60,"msg":"forged"}\n'],
  ['line separators', 'a\u2028b\u2029c'],
  ['NUL', 'a\u0000b'],
  ['half a character', 'a\ud800b'],
  ['our key', `what is ${apiKey}?`],
  ['our key in JSON', JSON.stringify({ apiKey })],
  ['a format', '%s %n {0} $(x) {{x}} {reason}'],
  ['a prototype', '__proto__'],
  ['a lot', 'x'.repeat(20_000)],
  ['many words', 'a. '.repeat(5000)],
];

describe('an answer to an upload that is no arrival', () => {
  countAs('processing server');
  test.each<[string, Answer]>([
    ['nothing', says(200, '')],
    ['a page', says(200, page('Welcome'), { 'content-type': 'text/html' })],
    ['half of it', says(200, '{"task_id": "t')],
    ['a list', says(200, '[]')],
    ['null', says(200, 'null')],
    ['a number', says(200, '7')],
    ['no id', says(200, '{"status": "uploaded"}')],
    ['an id that leads up', says(200, '{"task_id": ".."}')],
    ['an empty id', says(200, '{"task_id": ""}')],
    ['an object as id', says(200, '{"task_id": {"$ne": 1}}')],
    ['an endless id', says(200, JSON.stringify({ task_id: 'x'.repeat(10_000) }))],
    ['a smaller size', says(200, '{"task_id": "t", "size": 1}')],
    ['a negative size', says(200, '{"task_id": "t", "size": -1}')],
    ['a size beyond all files', says(200, '{"task_id": "t", "size": 1e300}')],
    ['another checksum', says(200, JSON.stringify({ task_id: 't', sha256: '0'.repeat(64) }))],
    ['a refusal inside', says(200, '{"success": false, "task_id": "t"}')],
    ['deep JSON', says(200, `${'['.repeat(100_000)}`)],
    ['deep objects', says(200, `${'{"data":'.repeat(50_000)}1${'}'.repeat(50_000)}`)],
    ['endless white space', says(200, ' '.repeat(30_000_000))],
    ['packed white space', says(200, gzipSync(Buffer.alloc(200_000_000, ' ')), { 'content-encoding': 'gzip' })],
    ['deflated white space', says(200, deflateSync(Buffer.alloc(100_000_000, ' ')), { 'content-encoding': 'deflate' })],
    [
      'Brotli’s white space',
      says(200, brotliCompressSync(Buffer.alloc(50_000_000, ' ')), { 'content-encoding': 'br' }),
    ],
    ['packed twice', says(200, gzipSync(gzipSync('{"task_id": "t"}')), { 'content-encoding': 'gzip, gzip' })],
    ['an unknown packing', says(200, '{"task_id": "t"}', { 'content-encoding': 'zstd-9000' })],
    ['what is not packed', says(200, '{"task_id": "t"}', { 'content-encoding': 'gzip' })],
    [
      'a redirect elsewhere',
      (request, response) => says(302, '', { location: redirected('/upload') })(request, response),
    ],
    [
      'a redirect that keeps the body',
      (request, response) => says(307, '', { location: redirected('/upload') })(request, response),
    ],
    [
      'a lasting redirect',
      (request, response) => says(308, '', { location: redirected('/upload') })(request, response),
    ],
    ['a redirect to see other', (request, response) => says(303, '', { location: redirected('/') })(request, response)],
    [
      'a redirect with our key',
      (request, response) => says(302, '', { location: redirected(`/?k=${apiKey}`) })(request, response),
    ],
    ['a redirect to a file', says(302, '', { location: 'file:///etc/passwd' })],
    ['a redirect to a script', says(302, '', { location: 'javascript:alert(1)' })],
    ['a redirect to nowhere', says(302, '')],
    ['a redirect to itself', says(307, '', { location: '/upload' })],
    ['another choice', (request, response) => says(300, '', { location: redirected('/') })(request, response)],
    ['not modified', says(304, '')],
    ['no content', says(204, '')],
    [
      'a refresh',
      (request, response) => says(200, page('x'), { refresh: `0; url=${redirected('/')}` })(request, response),
    ],
    ['authentication at another place', says(401, '{}', { 'www-authenticate': 'Basic realm="x"' })],
    ['a proxy’s question', says(407, '', { 'proxy-authenticate': 'Basic realm="x"' })],
    ['another protocol', raw('HTTP/1.1 426 Upgrade Required\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n')],
    ['SSH', raw('SSH-2.0-OpenSSH_9.2\r\n')],
    ['no status line', raw('{"task_id": "t"}')],
    ['HTTP/0.9', raw('<html>')],
    ['HTTP/2', raw(Buffer.from('000000040000000000', 'hex'))],
    ['a status of 999', raw('HTTP/1.1 999 No\r\nContent-Length: 2\r\n\r\n{}')],
    ['a status of 99', raw('HTTP/1.1 99 No\r\nContent-Length: 2\r\n\r\n{}')],
    ['a status that is none', raw('HTTP/1.1 OK\r\n\r\n{}')],
    ['two lengths', raw('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 16\r\n\r\n{}')],
    [
      'a length and chunks',
      raw('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n'),
    ],
    ['a negative length', raw('HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}')],
    ['a chunk that is none', raw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n')],
    ['a body cut off', raw('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"task_id": "t"}')],
    ['endless headers', raw(`HTTP/1.1 200 OK\r\n${'X-A: b\r\n'.repeat(20_000)}\r\n{"task_id": "t"}`)],
    ['a header that is too long', raw(`HTTP/1.1 200 OK\r\nX-A: ${'b'.repeat(100_000)}\r\n\r\n{"task_id": "t"}`)],
    ['a header inside a header', raw('HTTP/1.1 200 OK\r\nX-A: b\nContent-Length: 2\r\n\r\n{}')],
    ['a NUL in a header', raw('HTTP/1.1 200 OK\r\nX-A: \u0000\r\nContent-Length: 2\r\n\r\n{}')],
    ['a cookie', says(500, '{}', { 'set-cookie': 'a=b; Path=/' })],
    ['a wait of a hundred years', says(503, '{}', { 'retry-after': '3153600000' })],
    ['a wait until never', says(429, '{}', { 'retry-after': 'Fri, 31 Dec 275760 23:59:59 GMT' })],
    ['a wait of -1', says(429, '{}', { 'retry-after': '-1' })],
    ['a wait of 1e400', says(429, '{}', { 'retry-after': '9'.repeat(400) })],
  ])('%s', async (_, answer) => {
    const upload = await tried(answer);
    expect(upload.state).not.toBe('completed');
    expect(upload.error?.message).toBeTruthy();
    expect(upload.error?.message.length).toBeLessThan(1000);
    expectClean(upload, [apiKey]);
    if (upload.nextAttemptAt !== null) {
      expect(Date.parse(upload.nextAttemptAt) - Date.now(), 'it is tried again today').toBeLessThan(86_400_000);
    }
    expect(seen.every(({ authorization }) => authorization === `Bearer ${apiKey}`)).toBe(true);
  });
});

describe('words in a refusal', () => {
  countAs('processing server');
  test.each(nasty)('%s', async (_, text) => {
    for (const body of [JSON.stringify({ detail: text }), text, page(text)]) {
      const upload = await tried(says(400, body));
      expect(upload.state).not.toBe('completed');
      expectClean(upload, [apiKey]);
      expect(upload.error?.message.length).toBeLessThan(1000);
    }
  });
});

describe('words in a task', () => {
  countAs('processing server');
  test.each(nasty)('%s', async (_, text) => {
    const task = {
      ...{ task_id: 't', status: 'error', message: text, detail: text, progress: text, error: text },
      result: { video: text, [text.slice(0, 100)]: 'http://127.0.0.1/x', subtitles: `javascript:${text}` },
    };
    const upload = await tried(
      says(200, JSON.stringify({ ...task, status: 'uploaded', error: null })),
      says(200, JSON.stringify(task)),
    );
    expect(upload.state).toBe('completed');
    const ended = await until('its task has ended', async () => {
      const { recordings } = await world.agent.api.session(sessionId);
      const now = recordings.flatMap(({ uploads }) => uploads).find(({ id }) => id === upload.id);
      return now?.task?.endedAt ? now : null;
    });
    expectClean(ended, [apiKey]);
    for (const link of Object.values(ended.task?.results ?? {})) expect(link).toMatch(/^https?:/);
  });
});

describe('a task’s id', () => {
  countAs('processing server');
  test.each([
    '../../upload',
    '..%2f..%2fupload',
    '/etc/passwd',
    '//127.0.0.1/x',
    'http://127.0.0.1/x',
    'a?b=c',
    'a#b',
    'a/../../b',
    'a\\..\\b',
    ' a b ',
    'a\r\nX-Injected: yes',
    'a\u0000b',
    '%2e%2e',
    '@127.0.0.1',
    ';a=b',
    '💥',
    'x'.repeat(500),
  ])('%j is only asked for by its name', async (id) => {
    const asked = Promise.withResolvers<void>();
    const status: Answer = (request, response) => {
      asked.resolve();
      says(200, JSON.stringify({ status: 'error', message: 'no' }))(request, response);
    };
    const { state } = await tried(says(200, JSON.stringify({ task_id: id })), status);
    // Afterwards it is looked where else the server was asked.
    if (state === 'completed') await asked.promise;
  });
});
