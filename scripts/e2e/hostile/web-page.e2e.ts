/**
 * Pages in the user's browser, and names of others that lead to this machine: what they can have a browser send to the running agent.
 * Even with the token, which they do not have, they are refused, and nothing changes.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  foreignHosts,
  foreignOrigins,
  foreignPaths,
  foreignTypes,
  unsafePaths,
} from '../../../agent/http/foreign-requests-fixture.ts';
import { dockDist, ensureDockBuilt } from '../../build/dock.ts';
import { countAs } from './hostile-table-fixture.ts';
import { LoneAgent } from './lone-agent-fixture.ts';
import { exchangeRaw, type RawExchange } from './raw-exchange-fixture.ts';

let victim: LoneAgent;
let before: unknown;

beforeAll(async () => {
  await ensureDockBuilt();
  victim = await LoneAgent.start();
  before = await victim.state();
});
afterAll(() => victim?.dispose());
afterEach(async () => expect(await victim.state()).toEqual(before));
countAs('web page');

/** Any port: the tables' own are put in its place. */
const port = 65_001;
const ours = (value: string): string => value.replaceAll(String(port), String(victim.port));

interface Sent {
  readonly method?: string;
  readonly path?: string;
  /** Left out: ours. */
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A request as it is given, with the token unless it has an Authorization of its own. */
function send({
  method = 'GET',
  path: target = '/api/settings',
  host,
  headers = {},
  body,
}: Sent): Promise<RawExchange> {
  const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  const all = {
    ...{ Host: host ?? `127.0.0.1:${victim.port}`, Authorization: `Bearer ${victim.agent.token}`, Connection: 'close' },
    ...length,
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return exchangeRaw(victim.port, Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`));
}

const change = JSON.stringify({ name: 'Taken over', priority: 9 });
const json = { 'Content-Type': 'application/json' };
const upgrade = {
  ...{ Connection: 'Upgrade', Upgrade: 'websocket' },
  ...{ 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==' },
};
/** What there is to gain: a secret, a change, the page, the live channel. */
const gains: readonly Sent[] = [
  {},
  { path: '/api/health' },
  { path: '/api/obs/connection' },
  { method: 'PUT', path: '/api/integrated/next-session', headers: json, body: change },
  { method: 'POST', path: '/api/integrated/recording/start', headers: json, body: '{}' },
  { method: 'POST', path: '/api/shutdown', headers: json, body: '{}' },
  { path: '/' },
  { path: '/ws', headers: upgrade },
  { path: '/', headers: upgrade },
];

async function expectRefused(sent: Sent, status: number, code: string): Promise<void> {
  const { text, statuses } = await send(sent);
  // What is no host at all, or two, is no HTTP.
  const malformed = code === 'host_not_allowed' && text.includes('"invalid_request"');
  expect(statuses, text).toEqual([malformed ? 400 : status]);
  if (!malformed) expect(text).toContain(`"${code}"`);
  expect(text).not.toMatch(/access-control-/i);
  expect(text).not.toContain(victim.agent.token);
}

test.each(foreignHosts(port))('the Host %s is refused', async (host) => {
  for (const gain of gains) await expectRefused({ ...gain, host: ours(host) }, 403, 'host_not_allowed');
});

test.each(foreignHosts(port).slice(0, 12))(
  'the Host %s behind a forwarded one that is ours is refused',
  async (host) => {
    const own = `127.0.0.1:${victim.port}`;
    const forwarded = { 'X-Forwarded-Host': own, Forwarded: `host="${own}"`, 'X-Original-Host': own, 'X-Host': own };
    for (const gain of gains) {
      await expectRefused(
        { ...gain, host: ours(host), headers: { ...gain.headers, ...forwarded } },
        403,
        'host_not_allowed',
      );
    }
  },
);

test.each(foreignOrigins(port))('the Origin %s is refused', async (origin) => {
  for (const gain of gains) {
    await expectRefused({ ...gain, headers: { ...gain.headers, Origin: ours(origin) } }, 403, 'origin_not_allowed');
  }
});

test.each(foreignTypes)('a write as %s is refused', async (type) => {
  for (const gain of gains.filter(({ body }) => body !== undefined)) {
    await expectRefused({ ...gain, headers: { 'Content-Type': type } }, 415, 'unsupported_media_type');
  }
});

test.each(['cross-site'])('a write that its browser calls %s is refused, whatever else it says', async (site) => {
  for (const gain of gains.filter(({ body }) => body !== undefined)) {
    await expectRefused({ ...gain, headers: { ...gain.headers, 'Sec-Fetch-Site': site } }, 403, 'origin_not_allowed');
  }
});

describe('a question whether a request would be allowed', () => {
  test.each([
    ['GET', 'authorization'],
    ['PUT', 'authorization,content-type'],
    ['POST', 'content-type'],
    ['DELETE', 'authorization'],
    ['PATCH', '*'],
    ['POST', 'x-anything'],
  ])('%s with %s is answered with no permission', async (method, headers) => {
    for (const origin of ['https://evil.example', 'null']) {
      const asked = {
        ...{ Origin: origin, 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': headers },
        'Access-Control-Request-Private-Network': 'true',
      };
      await expectRefused({ method: 'OPTIONS', headers: { ...asked, Authorization: '' } }, 403, 'origin_not_allowed');
    }
    const own = { 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': headers };
    expect((await send({ method: 'OPTIONS', headers: own })).text).not.toMatch(/access-control-/i);
  });
});

describe('a token in another place', () => {
  const places: [where: string, sent: (token: string) => Sent][] = [
    ['the address', (token) => ({ path: `/api/settings?token=${token}` })],
    ['the address, as OAuth has it', (token) => ({ path: `/api/settings?access_token=${token}` })],
    [
      'the address, in front of the host',
      (token) => ({ path: `http://${token}@127.0.0.1:${victim.port}/api/settings` }),
    ],
    ['the path', (token) => ({ path: `/api/settings/${token}` })],
    ['a cookie', (token) => ({ headers: { Cookie: `token=${token}; streamai=${token}` } })],
    ['X-API-Key', (token) => ({ headers: { 'X-API-Key': token } })],
    ['X-Auth-Token', (token) => ({ headers: { 'X-Auth-Token': token } })],
    ['Proxy-Authorization', (token) => ({ headers: { 'Proxy-Authorization': `Bearer ${token}` } })],
    ['the referrer', (token) => ({ headers: { Referer: `http://127.0.0.1:${victim.port}/#token=${token}` } })],
    ['a subprotocol', (token) => ({ headers: { 'Sec-WebSocket-Protocol': token } })],
    [
      'the body',
      (token) => ({ method: 'PUT', headers: json, body: JSON.stringify({ token, obsHost: 'evil.example' }) }),
    ],
  ];
  test.each(places)('%s is none', async (_, sent) => {
    const { headers, ...rest } = sent(victim.agent.token);
    const { statuses, text } = await send({ ...rest, headers: { Authorization: '', ...headers } });
    expect(statuses).toEqual([401]);
    expect(text).not.toContain(victim.agent.token);
  });
});

describe('a read that asks to be a write', () => {
  test.each([
    [{ 'X-HTTP-Method-Override': 'PUT' }],
    [{ 'X-HTTP-Method': 'PUT' }],
    [{ 'X-Method-Override': 'PUT' }],
    [{ 'X-Original-Method': 'PUT' }],
  ])('by %j stays a read', async (headers) => {
    await send({ path: '/api/integrated/next-session?_method=PUT', headers: { ...headers, ...json }, body: change });
  });
});

describe('the dock’s folder', () => {
  test.each([...unsafePaths, ...foreignPaths])('gives nothing at %s', async (target) => {
    const index = await readFile(path.join(dockDist, 'index.html'), 'latin1');
    const { statuses, text } = await send({ path: target, headers: { Authorization: '' } });
    // Some of them are the page's own address, once it is written plainly.
    if (statuses[0] === 200) expect(text).toContain(index);
    else expect(statuses[0], text).toBeGreaterThanOrEqual(400);
  });
});

describe('what is given can be used on no other page', () => {
  test.each(['/', '/api/health', '/api/settings', '/api/integrated/recordings', '/none', '/ws'])(
    '%s',
    async (target) => {
      const { text } = await send({ path: target });
      const head = text.slice(0, text.indexOf('\r\n\r\n')).toLowerCase();
      expect(head).toContain('x-content-type-options: nosniff');
      expect(head).toContain('x-frame-options: deny');
      expect(head).toContain("frame-ancestors 'none'");
      expect(head).toContain('cross-origin-resource-policy: same-origin');
      expect(head).toContain('referrer-policy: no-referrer');
      expect(head).not.toContain('set-cookie');
      expect(head).not.toContain('unsafe-inline');
    },
  );

  test.each(['callback', 'jsonp', 'cb'])('no script is made of JSON by %s', async (name) => {
    const { text } = await send({ path: `/api/health?${name}=alert` });
    expect(text).not.toContain('alert');
    expect(text.toLowerCase()).not.toContain('javascript');
  });
});
