import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLog } from '../log.ts';
import { Access } from './access.ts';
import { type FakeAgent, fakeServices, startFakeAgent, testToken } from './agent-fixture.ts';
import { createApp } from './app.ts';
import { type Probe, probe } from './http-fixture.ts';
import { securityPolicy } from './security.ts';

// From the app itself, so that a new route cannot be forgotten here.
const routes = createApp(fakeServices().services, {
  policy: securityPolicy({ port: 1, access: new Access(testToken) }),
  pageHost: '127.0.0.1:1',
  dockDir: '.',
  log: createLog({ level: 'silent' }),
}).routes.filter(({ method }) => method !== 'ALL');
const addresses: Probe[] = [...new Set(routes.map(({ method, path }) => `${method} ${path}`))].map((route) => {
  const [method = '', pattern = ''] = route.split(' ');
  return { method, path: pattern.replace(':sessionId', 'session-1').replace(':id', 'upload-1') };
});
const websocket = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
};
const pages: Probe[] = ['/', '/index.html', '/assets/app.js', '/missing.js'].map((path) => ({ path }));
const upgrades: Probe[] = ['/ws', '/', '/api/settings', '/other'].map((path) => ({ path, headers: websocket }));
const others: Probe[] = [
  { path: '/api/unknown' },
  { path: '/api' },
  { path: '/%61pi/settings' },
  { path: '//api/settings' },
  { method: 'OPTIONS', path: '/api/settings' },
  { method: 'HEAD', path: '/api/settings' },
  { method: 'PROPFIND', path: '/api/settings' },
  { method: 'POST', path: '/' },
  { method: 'OPTIONS', path: '/' },
];
const everything = [...addresses, ...pages, ...upgrades, ...others];
const name = ({ method = 'GET', path, headers }: Probe): string => `${method} ${path}${headers ? ' (upgrade)' : ''}`;

let agent: FakeAgent;
beforeAll(async () => {
  agent = await startFakeAgent();
  await mkdir(path.join(agent.dockDir, 'assets'));
  await writeFile(path.join(agent.dockDir, 'index.html'), '<!doctype html>');
  await writeFile(path.join(agent.dockDir, 'assets/app.js'), '1');
});
afterAll(() => agent.close());

const bearer = { authorization: `Bearer ${testToken}` };
const refused = async (request: Probe, headers: Record<string, string>, status: number, code: string) => {
  const answer = await probe(agent.port, { ...request, headers: { ...request.headers, ...bearer, ...headers } });
  expect(answer.status).toBe(status);
  // A HEAD's answer has no body.
  if (request.method !== 'HEAD') expect(answer.code).toBe(code);
  expect(Object.keys(answer.headers).filter((header) => header.startsWith('access-control'))).toEqual([]);
  expect(answer.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
  expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'");
  expect(agent.calls).toEqual([]);
};

describe('every address', () => {
  describe.each(everything.map((request) => [name(request), request] as const))('%s', (_, request) => {
    test.each(['evil.com', '127.0.0.1.evil.com', '127.0.0.1', 'localhost:1'])('refuses the host %s', (host) =>
      refused(request, { host }, 403, 'host_not_allowed'),
    );
    test.each(['http://evil.com', 'null', 'http://localhost:5173'])('refuses the origin %s', (origin) =>
      refused(request, { origin }, 403, 'origin_not_allowed'),
    );
    test.each(['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain'])(
      'refuses %s',
      (type) => refused(request, { 'content-type': type }, 415, 'unsupported_media_type'),
    );
  });
});

describe('without the token', () => {
  const needing = [...addresses, ...others].filter(({ path }) => path !== '/api/health' && path !== '//api/settings');
  describe.each(needing.map((request) => [name(request), request] as const))('%s', (_, request) => {
    test.each([
      ['none', ''],
      ['a wrong one', 'Bearer wrong'],
      ['another scheme', `Basic ${testToken}`],
    ])('is refused with %s', (_, authorization) => refused(request, { authorization }, 401, 'unauthorized'));
  });

  test('health answers', async () => {
    const answer = await probe(agent.port, { path: '/api/health' });
    expect(answer).toMatchObject({ status: 200, json: { status: 'healthy', version: '0.1.0' } });
  });

  test('the dock’s files answer, for they hold no secret', async () => {
    expect((await probe(agent.port, { path: '/' })).text).toBe('<!doctype html>');
  });
});

describe('other requests that would get around the checks', () => {
  test('refuses a missing Host header, as HTTP/1.0 allows', async () => {
    const socket = connect(agent.port, '127.0.0.1');
    socket.end(`GET /api/settings HTTP/1.0\r\nAuthorization: Bearer ${testToken}\r\n\r\n`);
    let text = '';
    for await (const chunk of socket) text += chunk;
    expect(text).toMatch(/^HTTP\/1\.[01] 403 /);
    expect(text).toContain('host_not_allowed');
  });

  test('refuses a request line that names another host than the Host header', async () => {
    const answer = await probe(agent.port, {
      path: 'http://evil.com/api/settings',
      headers: { ...bearer, host: agent.host },
    });
    expect(answer).toMatchObject({ status: 403, code: 'host_not_allowed' });
  });

  test('takes no token from the address or a cookie', async () => {
    const answer = await probe(agent.port, {
      path: `/api/settings?token=${testToken}`,
      headers: { cookie: `token=${testToken}` },
    });
    expect(answer.status).toBe(401);
  });

  test('refuses writes that the browser calls cross-site', () =>
    refused(
      { method: 'POST', path: '/api/integrated/recording/stop' },
      { 'sec-fetch-site': 'cross-site' },
      403,
      'origin_not_allowed',
    ));
});
