/**
 * A store that means ill, or whoever answers in its place: what it answers to the running agent that lists, tests and sends. Nothing
 * counts as stored that is not proven, requests go nowhere else, and what clients are told stays short, plain and clean.
 */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { startS3Store } from '../../../agent/uploads/destinations/object-storage/s3/s3-store-fixture.ts';
import type { Upload } from '../../../shared/domain.ts';
import { type Gate, type GateRules, startGate } from '../../rig/gate.ts';
import { listen } from '../../rig/listen.ts';
import { recordSession } from '../../rig/record-session.ts';
import { S3, storageEnvironment } from '../../rig/s3.ts';
import { World } from '../world-fixture.ts';
import { expectClean, expectSmall } from './held-fixture.ts';
import { countAs } from './hostile-table-fixture.ts';
import { LoneAgent } from './lone-agent-fixture.ts';
import { triedOnce } from './tried-fixture.ts';

const secretKey = 'the-s3cret-key-of-the-table';
const account = { accessKey: 'AKIATABLE', secretKey };

const declaration = '<?xml version="1.0" encoding="UTF-8"?>';
const list = (inner: string): string =>
  `${declaration}<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>${inner}</ListMultipartUploadsResult>`;
const upload = (key: string, id = '2~x', initiated = '2026-11-01T00:00:00.000Z'): string =>
  `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${initiated}</Initiated></Upload>`;
const error = (code: string, message = 'no', more = ''): string =>
  `${declaration}<Error><Code>${code}</Code><Message>${message}</Message>${more}</Error>`;
const entities = Array.from({ length: 10 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('');

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
const says =
  (status: number, body: string | Buffer, headers: Record<string, string> = {}): Answer =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/xml', ...headers }).end(body);
const raw =
  (text: string | Buffer): Answer =>
  (request) =>
    void request.socket.end(text);

describe('asked what is half there', () => {
  let victim: LoneAgent;
  let server: Server;
  let elsewhere: Server;
  let visits = 0;
  let away: string;
  let answer: Answer = says(500, '');

  beforeAll(async () => {
    elsewhere = createServer((_request, response) => response.end(list('')));
    elsewhere.on('connection', () => {
      visits += 1;
    });
    away = `http://127.0.0.1:${await listen(elsewhere)}`;
    server = createServer((request, response) => {
      request.resume();
      answer(request, response);
    });
    const url = `http://127.0.0.1:${await listen(server)}`;
    victim = await LoneAgent.start(storageEnvironment({ url, ...account }, 'bucket'));
  });
  afterAll(async () => {
    await victim?.dispose();
    for (const each of [server, elsewhere]) {
      each?.close();
      each?.closeAllConnections();
    }
  });
  afterEach(async () => {
    await victim.expectWell();
    await expectSmall(victim.agent.pid);
    expect(visits).toBe(0);
  });
  countAs('store');

  const orphans = () => victim.agent.api.call('GET', '/api/destinations/object-storage/orphans');
  const answersSchema = z.object({ error: z.object({ code: z.string(), message: z.string().max(1000) }) });

  test.each<[string, Answer]>([
    ['nothing', says(200, '')],
    ['JSON', says(200, '{"uploads": []}')],
    ['a page', says(200, '<!doctype html><title>Welcome</title>', { 'content-type': 'text/html' })],
    ['half a list', says(200, list('').slice(0, 60))],
    ['another list', says(200, `${declaration}<ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>`)],
    ['a list that does not say whether it ends', says(200, `${declaration}<ListMultipartUploadsResult/>`)],
    ['an upload without a key', says(200, list('<Upload><UploadId>x</UploadId></Upload>'))],
    ['a billion laughs', says(200, `<!DOCTYPE x [<!ENTITY l0 "ha">${entities}]><x>&l10;</x>`)],
    [
      'a quadratic bomb',
      says(200, `<!DOCTYPE x [<!ENTITY a "${'a'.repeat(100_000)}">]><x>${'&a;'.repeat(100_000)}</x>`),
    ],
    ['a file of ours as an entity', says(200, `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>`)],
    [
      'an address as an entity',
      (request, response) => says(200, `<!DOCTYPE x [<!ENTITY a SYSTEM "${away}/">]><x>&a;</x>`)(request, response),
    ],
    ['an address as a DTD', (request, response) => says(200, `<!DOCTYPE x SYSTEM "${away}/"><x/>`)(request, response)],
    [
      'an inclusion',
      (request, response) =>
        says(200, `<x xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="${away}/"/></x>`)(request, response),
    ],
    ['a style sheet', (request, response) => says(200, `<?xml-stylesheet href="${away}/"?><x/>`)(request, response)],
    ['tags without an end', says(200, '<a>'.repeat(200_000))],
    ['ends without a tag', says(200, '</a>'.repeat(200_000))],
    ['attributes without an end', says(200, `<a ${'b="c" '.repeat(100_000)}`)],
    ['a comment without an end', says(200, `<!--${' '.repeat(1_000_000)}`)],
    ['a section without an end', says(200, `<![CDATA[${' '.repeat(1_000_000)}`)],
    ['too much', says(200, `${declaration}<x>${' '.repeat(20_000_000)}</x>`)],
    ['packed', says(200, gzipSync(list('')), { 'content-encoding': 'gzip' })],
    ['packed, without saying so', says(200, gzipSync(Buffer.alloc(50_000_000, ' ')))],
    ['UTF-7', says(200, '+ADw-ListMultipartUploadsResult+AD4-', { 'content-type': 'text/xml; charset=utf-7' })],
    ['bytes that are no text', says(200, Buffer.alloc(10_000, 0xff))],
    ['a redirect', (request, response) => says(302, '', { location: `${away}/` })(request, response)],
    [
      'a redirect that keeps the method',
      (request, response) => says(307, '', { location: `${away}/` })(request, response),
    ],
    [
      'S3’s own redirect',
      (request, response) =>
        says(301, error('PermanentRedirect', 'go', `<Endpoint>${away.slice(7)}</Endpoint>`))(request, response),
    ],
    [
      'S3’s own redirect for a while',
      (request, response) =>
        says(307, error('TemporaryRedirect', 'go', `<Endpoint>${away.slice(7)}</Endpoint>`), { location: away })(
          request,
          response,
        ),
    ],
    [
      'a region that is a host',
      says(400, error('AuthorizationHeaderMalformed', 'no', '<Region>evil.example/#</Region>')),
    ],
    [
      'a region that is a header',
      says(400, error('AuthorizationHeaderMalformed', 'no', '<Region>a&#13;&#10;X-A: b</Region>')),
    ],
    [
      'a region that changes each time',
      (request, response) =>
        says(
          400,
          error('AuthorizationHeaderMalformed', 'no', `<Region>r${performance.now()}</Region>`.replace('.', '-')),
        )(request, response),
    ],
    ['a clock of another time', says(403, error('RequestTimeTooSkewed'), { date: 'Fri, 31 Dec 9999 23:59:59 GMT' })],
    ['a clock that is none', says(403, error('RequestTimeTooSkewed'), { date: 'never' })],
    ['a code that is a prototype', says(403, error('__proto__'))],
    ['a code that is a function', says(403, error('constructor'))],
    ['a code of 10,000 characters', says(403, error('x'.repeat(10_000)))],
    ['an error in a success', says(200, error('InternalError'))],
    ['SSH', raw('SSH-2.0-OpenSSH_9.2\r\n')],
    ['two lengths', raw('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 16\r\n\r\n{}')],
    ['a length and chunks', raw('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n')],
    ['endless headers', raw(`HTTP/1.1 200 OK\r\n${'X-A: b\r\n'.repeat(20_000)}\r\n`)],
    ['a body cut off', raw('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<ListMultipart')],
    ['a status of 999', raw('HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n')],
    ['a wait of a hundred years', says(503, error('SlowDown'), { 'retry-after': '3153600000' })],
  ])('%s is no list', async (_, given) => {
    answer = given;
    const { status, body } = await orphans();
    expect(status, JSON.stringify(body)).toBeGreaterThanOrEqual(400);
    expect(answersSchema.parse(body).error.code).toMatch(/^storage_/);
    expectClean(body, [secretKey]);
  });

  test.each<[string, string]>([
    ['a key that leads up', upload('../../etc/passwd')],
    ['a key that is a page', upload('&lt;script&gt;alert(1)&lt;/script&gt;')],
    ['a key of references', upload('&l10;&amp;l10;')],
    ['a key that is a prototype', upload('__proto__', 'constructor')],
    ['an id that is a query', upload('a', '1&amp;partNumber=1#x')],
    ['a time of another age', upload('a', '2~x', '+275760-09-13T00:00:00.001Z')],
    ['a time that is none', upload('a', '2~x', 'yesterday')],
    ['a thousand entries', upload('a').repeat(1000)],
  ])('%s is an entry of a list, and nothing else', async (_, entries) => {
    const ofUpload = `${declaration}<ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>`;
    answer = (request, response) =>
      says(200, request.url?.includes('uploadId=') ? ofUpload : list(entries))(request, response);
    const { status, body } = await orphans();
    expect(status, JSON.stringify(body)).toBe(200);
    expect(JSON.stringify(body).length).toBeLessThan(1_000_000);
    expect(JSON.stringify(body)).not.toContain('haha');
  });

  test.each<[string, string]>([
    ['a script', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    ['a path', '../../etc/passwd'],
    ['escape sequences by number', '&#27;[31m&#x9b;31m'],
    ['escape sequences', '\u001b]0;x\u0007'],
    ['a text turned round', 'gpj.\u202eexe'],
    ['line ends', 'a&#13;&#10;{"level":60}'],
    ['our key', secretKey],
    ['a lot', 'x'.repeat(100_000)],
    ['entities in entities', '&amp;amp;lt;script&amp;amp;gt;'],
    ['a link that works', 'http://127.0.0.1/x?X-Amz-Signature=abc&amp;X-Amz-Credential=AKIA'],
  ])('%s in a refusal’s words', async (_, words) => {
    answer = says(400, error('InvalidArgument', words), { 'x-amz-request-id': 'r1' });
    const { body } = await orphans();
    expect(answersSchema.parse(body).error.code).toBe('storage_rejected');
    expectClean(body, [secretKey]);
    const tested = await victim.agent.api.call('POST', '/api/destinations/object-storage/test');
    expectClean(tested.body, [secretKey]);
    expectClean((await victim.agent.api.status()).destinations, [secretKey]);
  });
});

describe('sent a recording', () => {
  let world: World;
  let gate: Gate;
  let s3: S3;
  let close: () => Promise<void>;
  let sessionId: string;
  const content = Buffer.from('a film of some length. '.repeat(20_000));

  beforeAll(async () => {
    const store = await startS3Store();
    gate = await startGate(store.url);
    s3 = new S3(store);
    await s3.createBucket('bucket');
    world = await World.start({
      obs: 'simulated',
      env: { VULTR_AUTO_UPLOAD: 'false', ...storageEnvironment({ ...store, url: gate.url }, 'bucket') },
    });
    const recorded = await recordSession(world.agent, 'Hostile');
    sessionId = recorded.id;
    await writeFile(recorded.file, content);
    close = async () => {
      await world.dispose();
      await gate.close();
      await store.close();
    };
  });
  afterAll(() => close?.());
  countAs('store');

  /** Sends it while the store answers so. @returns the upload once it was tried, and called off where it would be tried again */
  async function tried(rules: GateRules): Promise<Upload> {
    gate.rules = rules;
    const found = await triedOnce(world, { sessionId, destination: 'object-storage' });
    gate.rules = {};
    return found;
  }

  const md5 = createHash('md5').update(content).digest('hex');
  const at = (
    verb: string,
    change: { headers?: Record<string, string>; body?: (text: string) => string },
  ): GateRules => ({
    onAnswer: (call) => (call.verb === verb && !call.path.endsWith('.json') ? change : undefined),
  });
  test.each<[string, GateRules]>([
    ['that its part has no name', at('part', { headers: { etag: '' } })],
    ['that the whole is shorter', at('head', { headers: { 'content-length': '1' } })],
    ['that the whole is longer', at('head', { headers: { 'content-length': '99999999999' } })],
    ['that the whole is of no length', at('head', { headers: { 'content-length': '0' } })],
    ['that the whole is another', at('head', { headers: { etag: `"${'0'.repeat(32)}-1"` } })],
    ['that the whole has no name', at('head', { headers: { etag: '' } })],
    [
      'an upload id of nothing',
      at('create', { body: (text) => text.replace(/<UploadId>.*<\/UploadId>/, '<UploadId></UploadId>') }),
    ],
    [
      'an endless upload id',
      at('create', {
        body: (text) => text.replace(/<UploadId>.*<\/UploadId>/, `<UploadId>${'x'.repeat(5000)}</UploadId>`),
      }),
    ],
    [
      'an upload id that is a query',
      at('create', {
        body: (text) => text.replace(/<UploadId>.*<\/UploadId>/, '<UploadId>a&amp;partNumber=9#x</UploadId>'),
      }),
    ],
  ])('it claims %s: nothing is completed', async (_, rules) => {
    const found = await tried(rules);
    expect(found.state).not.toBe('completed');
    expectClean(found, [secretKey]);
    await expectSmall(world.agent.pid);
  });

  // Some stores' ETags are no MD5s (encryption, gateways): such a name proves nothing, and refutes nothing.
  test.each<[string, GateRules]>([
    ['that its part is another', at('part', { headers: { etag: `"${'0'.repeat(32)}"` } })],
    ['that the whole was sent in one piece', at('head', { headers: { etag: `"${md5}"` } })],
  ])('it claims %s: what is completed is what was sent', async (_, rules) => {
    const { state, object } = await tried(rules);
    const sent = createHash('sha256').update(content).digest('hex');
    if (state === 'completed') expect(await s3.sha256('bucket', object?.key ?? '')).toBe(sent);
  });

  test('what it holds in the end is what was sent', async () => {
    const { state, object } = await tried({});
    expect(state).toBe('completed');
    expect(await s3.sha256('bucket', object?.key ?? '')).toBe(createHash('sha256').update(content).digest('hex'));
  });
});
