/**
 * The whole agent, in its own process, against everything that it must not take: made from its own description of its
 * routes, so that a route added later is tried as well. Whatever is refused changes nothing.
 */
import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import WebSocket from 'ws';
import { errorBodySchema } from '../../../shared/error-schema.ts';
import { liveCloseCodes } from '../../../shared/live.ts';
import { addressOf, brokenBodies, nameFields, type Operation, operationsOf } from '../api-description-fixture.ts';
import { type RawAnswer, type RawRequest, rawRequest } from '../raw-request-fixture.ts';
import { World } from '../world-fixture.ts';
import { countAs, countInputs } from './hostile-table-fixture.ts';

let world: World;
let operations: Operation[];
/** Real ones: what is refused must not be refused for want of its object. */
let ids: Record<string, string>;
let before: unknown;

beforeAll(async () => {
  world = await World.start({ obs: 'simulated' });
  const { id: sessionId } = await world.agent.api.start({ sessionName: 'Kept' });
  await world.agent.api.command('stop');
  const uploadId = (await world.arrived(sessionId)).recordings[0]?.uploads[0]?.id;
  if (uploadId === undefined) throw new Error('nothing was uploaded');
  const note = { kind: 'note', text: 'Kept too', atMs: 0 };
  await world.agent.api.call('POST', `/api/integrated/recordings/${sessionId}/marks`, note);
  // The picture comes by itself a moment after the start: it must be there before anything is compared.
  const { marks } = await world.agent.live.session('its picture is there', ({ id, thumbnail, marks: kept }) => {
    return id === sessionId && thumbnail && kept.length === 1;
  });
  ids = { sessionId, id: uploadId, markId: marks[0]?.id ?? '' };
  await world.agent.api.nextSession({ name: 'Next', priority: 2 });
  operations = operationsOf((await world.agent.api.call('GET', '/api/openapi.json')).body);
});
afterAll(() => world?.dispose());

beforeEach(async () => {
  before = await wholeState();
});
afterEach(async () => {
  expect(await wholeState()).toEqual(before);
  expect(await readdir(world.obs.recordingsDir)).toHaveLength(1);
});

/** Everything that clients can see, but for the free space, which is the machine's. */
async function wholeState(): Promise<unknown> {
  const { api } = world.agent;
  const { obs, ...status } = await api.status();
  const others = ['/api/integrated/recordings', '/api/integrated/next-session', '/api/settings', '/api/obs/connection'];
  const answers = await Promise.all(others.map((route) => api.call('GET', route)));
  return { ...status, obs: { ...obs, freeBytes: null }, answers };
}

countAs('local user');

const json = { 'content-type': 'application/json' };
const withToken = (): Record<string, string> => ({ authorization: `Bearer ${world.agent.token}` });
const send = (request: RawRequest): Promise<RawAnswer> => rawRequest(world.agent.url, request);
const sendTo = (operation: Operation, rest: Omit<RawRequest, 'method' | 'path'>): Promise<RawAnswer> =>
  send({ method: operation.method, path: addressOf(operation, ids), ...rest });

const isWrite = ({ method }: Operation): boolean => method !== 'GET';
/** A body that would change something if it were taken. */
function workingBody({ body }: Operation): string {
  const takesPriority = JSON.stringify(body?.properties ?? {}).includes('"priority"');
  return JSON.stringify(takesPriority ? { priority: 9 } : {});
}

/** Refused with a stable code, in our own form, whoever asked. */
function expectRefused(answer: RawAnswer, what: string, expected?: { status: number; code: string }): string {
  expect(answer.status, `${what}: ${answer.text}`).toBeGreaterThanOrEqual(400);
  expect(answer.status, `${what}: ${answer.text}`).toBeLessThan(500);
  const { code, message } = errorBodySchema.parse(JSON.parse(answer.text)).error;
  if (expected !== undefined) expect({ what, status: answer.status, code }).toEqual({ what, ...expected });
  expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
  expect(message).not.toMatch(/[/\\]node_modules|at \w+ \(|Error:/);
  return code;
}

test('the description covers the routes of the design', () => {
  expect(operations.length).toBeGreaterThan(20);
  expect(operations.filter(({ open }) => open).map((each) => each.path)).toEqual(['/api/health']);
});

test('bodies that are no JSON are refused', async (context) => {
  const texts = ['{"name":', '{name: 1}', 'undefined', "{'a': 1}", '\u0000', '{}{}', '<xml/>'];
  countInputs(context, texts.length * operations.filter(isWrite).length);
  for (const operation of operations.filter(isWrite)) {
    for (const body of texts) {
      const answer = await sendTo(operation, { headers: { ...withToken(), ...json }, body });
      expectRefused(answer, `${operation.path} ${body}`, { status: 400, code: 'invalid_request' });
    }
  }
});

test('bodies that are too large are refused, announced or not', async (context) => {
  countInputs(context, 2 * operations.filter(isWrite).length);
  const body = JSON.stringify({ notes: 'x'.repeat(200_000) });
  for (const operation of operations.filter(isWrite)) {
    for (const chunked of [false, true]) {
      const answer = await sendTo(operation, { headers: { ...withToken(), ...json }, body, chunked });
      expectRefused(answer, `${operation.path} chunked: ${chunked}`, { status: 413, code: 'body_too_large' });
    }
  }
});

test('bodies that break the description are refused: wrong types, sizes, unknown fields', async (context) => {
  let tried = 0;
  for (const operation of operations) {
    for (const body of operation.body === null ? [] : brokenBodies(operation.body)) {
      const text = JSON.stringify(body);
      const answer = await sendTo(operation, { headers: { ...withToken(), ...json }, body: text });
      expectRefused(answer, `${operation.method} ${operation.path} ${text.slice(0, 80)}`);
      tried++;
    }
  }
  expect(tried).toBeGreaterThan(200);
  countInputs(context, tried);
});

test('ids of nothing are refused', async (context) => {
  const strange = [
    'unknown',
    '0',
    '-1',
    randomUUID(),
    '%00',
    '..%2F..%2Fx',
    '..%5C..%5Cx',
    '%E0%A4%A',
    "'%20OR%201=1--",
    'x'.repeat(101),
    encodeURIComponent('💥'),
    '*',
  ];
  const withIds = operations.filter((each) => each.ids.length > 0);
  countInputs(context, strange.length * withIds.length);
  for (const operation of withIds) {
    for (const id of strange) {
      const address = addressOf(operation, Object.fromEntries(operation.ids.map((name) => [name, id])));
      const body = operation.body === null ? {} : { body: workingBody(operation) };
      const headers = { ...withToken(), ...(operation.body === null ? {} : json) };
      expectRefused(await send({ method: operation.method, path: address, headers, ...body }), address);
    }
  }
});

test('queries that break the description are refused', async () => {
  const odd = ['', 'x', '-1', '0', '1e9', '1.5', 'x'.repeat(201), 'null', '%00'];
  for (const operation of operations.filter(({ query }) => query.length > 0)) {
    const known = operation.query.flatMap(({ name, schema }) =>
      odd.filter((value) => breaks(schema, value)).map((value) => `${name}=${value}`),
    );
    for (const query of [...known, 'unknown=1', 'cursor=x', `cursor=${'9'.repeat(100)}_x`]) {
      const address = `${addressOf(operation, ids)}?${query}`;
      const answer = await send({ method: operation.method, path: address, headers: withToken() });
      expectRefused(answer, address, { status: 400, code: 'invalid_request' });
    }
  }
});

/** Whether a query's value cannot be what the description says: a whole number within its bounds, a text not too long. */
function breaks(schema: Readonly<Record<string, unknown>>, value: string): boolean {
  if (schema.type === 'integer') {
    return !/^\d+$/.test(value) || Number(value) < Number(schema.minimum) || Number(value) > Number(schema.maximum);
  }
  return value.length > Number(schema.maxLength);
}

test.each([
  ['../../x', 'session_name_invalid'],
  ['..', 'session_name_invalid'],
  ['a/b', 'session_name_invalid'],
  ['a\\b', 'session_name_invalid'],
  ['CON', 'session_name_reserved'],
  ['nul.mp4', 'session_name_reserved'],
  ['', 'session_name_empty'],
  ['   ', 'session_name_empty'],
  ['x'.repeat(10_000), 'session_name_too_long'],
  ['🎬🔥', 'session_name_invalid'],
  ['a\u202eb', 'session_name_invalid'],
  ['a\u0000b', 'session_name_invalid'],
])('a session cannot be called %j', async (name, code) => {
  // A mark's `name` is its text: anything that can be read.
  const taking = operations.filter(
    (operation) => nameFields(operation).length > 0 && !operation.path.includes('/marks'),
  );
  expect(taking.length).toBeGreaterThanOrEqual(5);
  for (const operation of taking) {
    for (const field of nameFields(operation)) {
      const answer = await sendTo(operation, {
        headers: { ...withToken(), ...json },
        body: JSON.stringify({ [field]: name }),
      });
      const found = expectRefused(answer, `${operation.path} ${name.slice(0, 20)}`);
      // A chapter's name goes to OBS, which does not record now; an upload by name finds no such session.
      if (operation.path.endsWith('/chapter')) expect(['invalid_request', 'not_recording']).toContain(found);
      else if (operation.path.endsWith('/manual')) expect(found).toBe('session_not_found');
      else expect(found).toBe(code);
    }
  }
});

/** Strangers, each by the headers that give it away; where the token is not what is wrong, they have it. */
const strangers: [who: string, headers: () => Record<string, string>, expected: { status: number; code: string }][] = [
  ['without a token', () => ({}), { status: 401, code: 'unauthorized' }],
  ['with a wrong token', () => ({ authorization: 'Bearer x' }), { status: 401, code: 'unauthorized' }],
  [
    'with the token as a password',
    () => ({ authorization: `Basic ${btoa(`:${world.agent.token}`)}` }),
    { status: 401, code: 'unauthorized' },
  ],
  ...['https://evil.example', 'null', 'http://127.0.0.1', 'http://localhost.evil.example'].map(
    (origin) =>
      [
        `with Origin ${origin}`,
        () => ({ ...withToken(), origin }),
        { status: 403, code: 'origin_not_allowed' },
      ] satisfies (typeof strangers)[number],
  ),
  ...['evil.example', '127.evil.com', '127.0.0.1.nip.io', '127.0.0.1:1', ''].map(
    (host) =>
      [
        `with Host ${host || '(empty)'}`,
        () => ({ ...withToken(), host: host.includes(':') || host === '' ? host : `${host}:${portOfAgent()}` }),
        { status: 403, code: 'host_not_allowed' },
      ] satisfies (typeof strangers)[number],
  ),
  ...[
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    'text/plain;charset=UTF-8',
  ].map(
    (type) =>
      [
        `as ${type}`,
        () => ({ ...withToken(), 'content-type': type }),
        { status: 415, code: 'unsupported_media_type' },
      ] satisfies (typeof strangers)[number],
  ),
];
const portOfAgent = (): string => new URL(world.agent.url).port;

test.each(strangers)('%s: refused on every route', async (who, headers, expected) => {
  for (const operation of operations) {
    if (operation.open && expected.code === 'unauthorized') continue;
    const content = isWrite(operation) ? { body: workingBody(operation) } : {};
    const answer = await sendTo(operation, {
      headers: { ...(isWrite(operation) ? json : {}), ...headers() },
      ...content,
    });
    expectRefused(answer, `${who}: ${operation.method} ${operation.path}`, expected);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  }
});

test('another site’s page that hides its origin: refused on every write', async () => {
  for (const operation of operations.filter(isWrite)) {
    const headers = { ...withToken(), ...json, 'sec-fetch-site': 'cross-site' };
    const answer = await sendTo(operation, { headers, body: workingBody(operation) });
    expectRefused(answer, operation.path, { status: 403, code: 'origin_not_allowed' });
  }
});

test('the dock’s files: no foreign Host or Origin, and no token in any of them', async () => {
  const dist = path.resolve(import.meta.dirname, '../../../dock/dist');
  const built = await readdir(dist, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = built
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(dist, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'));
  for (const address of ['/', '/index.html', '/none.js', '/api', '/api/none', ...files.map((file) => `/${file}`)]) {
    for (const [who, headers, expected] of strangers) {
      const pageless = expected.code === 'unauthorized' && !address.startsWith('/api');
      if (!pageless) expectRefused(await send({ method: 'GET', path: address, headers: headers() }), who, expected);
    }
    const { text } = await send({ method: 'GET', path: address });
    expect(text).not.toContain(world.agent.token);
  }
  for (const outside of ['/../package.json', '/..%2fpackage.json', '/%2e%2e/package.json', '/.env', '//etc/passwd']) {
    expectRefused(await send({ method: 'GET', path: outside }), outside);
  }
});

/** What a WebSocket client meets: a status that refuses the handshake, or a close code and how many messages came before. */
function knock(route: string, headers: Record<string, string>, hello?: string): Promise<unknown> {
  const socket = new WebSocket(`${world.agent.url.replace(/^http/, 'ws')}${route}`, { headers });
  let messages = 0;
  return new Promise((resolve, reject) => {
    socket.on('unexpected-response', (_, { statusCode }) => {
      socket.terminate();
      resolve({ status: statusCode });
    });
    socket.on('open', () => hello !== undefined && socket.send(hello));
    socket.on('message', () => messages++);
    socket.on('close', (code) => resolve({ code, messages }));
    socket.on('error', (error) => (socket.readyState === WebSocket.OPEN ? reject(error) : undefined));
  });
}

test('the live channel: no foreign Host or Origin, nothing without the token', async () => {
  const hello = (token: string): string => JSON.stringify({ type: 'hello', token });
  const foreign = strangers.filter(
    // The client here puts the true Host in place of an empty one.
    ([, headers, { status }]) => status === 403 && headers().host !== '',
  );
  for (const route of ['/ws', '/']) {
    for (const [who, headers, { status }] of foreign) {
      expect(await knock(route, headers(), hello(world.agent.token)), who).toEqual({ status });
    }
    expect(await knock(route, {}, hello('x'))).toEqual({ code: liveCloseCodes.unauthorized, messages: 0 });
    expect(await knock(route, {}, hello(''))).toEqual({ code: liveCloseCodes.unauthorized, messages: 0 });
    for (const nonsense of ['', 'hello', '[]', '{"type":"hello"}', '{"type":"hello","token":1}']) {
      expect(await knock(route, {}, nonsense)).toEqual({ code: liveCloseCodes.invalidMessage, messages: 0 });
    }
  }
  expect(await knock('/ws', withToken())).toEqual({ code: liveCloseCodes.helloTimeout, messages: 0 });
  expect(await knock('/api/health', {}, hello(world.agent.token))).toEqual({ status: 404 });
});
