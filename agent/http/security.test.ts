import { describe, expect, test } from 'vitest';
import { Access } from './access.ts';
import { foreignHosts, foreignOrigins, foreignTypes, wrongAuthorizations } from './foreign-requests-fixture.ts';
import {
  carriesToken,
  isAllowedContentType,
  isAllowedHost,
  isAllowedOrigin,
  refusal,
  securityPolicy,
} from './security.ts';

const token = 'the-token-of-this-test';
const access = new Access(token);
const policy = securityPolicy({ port: 5002, access, names: ['127.0.0.1'], devOrigin: null });
const headers =
  (values: Record<string, string>) =>
  (name: string): string | undefined =>
    values[name];

describe('the Host header', () => {
  test.each(['127.0.0.1:5002', 'localhost:5002', 'LOCALHOST:5002', '[::1]:5002'])('%s is ours', (host) => {
    expect(isAllowedHost(host, policy)).toBe(true);
  });

  test.each([undefined, '', ' ', '127.0.0.1:5002 ', ...foreignHosts(5002)])('%s is refused', (host) => {
    expect(isAllowedHost(host, policy)).toBe(false);
  });

  test('also names the configured address, and the bare name where the port is http’s own', () => {
    const lan = securityPolicy({ port: 80, access, names: ['192.168.1.5', 'fe80::1'] });
    for (const host of ['192.168.1.5', '192.168.1.5:80', '[fe80::1]', 'localhost']) {
      expect(isAllowedHost(host, lan), host).toBe(true);
    }
    expect(isAllowedHost('192.168.1.6', lan)).toBe(false);
  });
});

describe('the Origin header', () => {
  test.each([undefined, 'http://127.0.0.1:5002'])('%s may', (origin) => {
    expect(isAllowedOrigin(origin, policy)).toBe(true);
  });

  test.each([
    [['::1'], ['[::1]']],
    [['0:0:0:0:0:0:0:1'], ['[::1]']],
    [
      ['FE80::1', 'Studio.local'],
      ['[fe80::1]', 'studio.local'],
    ],
  ])('listening at %j, those of pages at %j may, and no others', (names, hosts) => {
    const { origins, pageHosts } = securityPolicy({ port: 5002, access, names });
    expect([...pageHosts]).toEqual(hosts.map((host) => `${host}:5002`));
    expect([...origins]).toEqual(hosts.map((host) => `http://${host}:5002`));
  });

  test.each(['', ...foreignOrigins(5002)])('%s may not', (origin) => {
    expect(isAllowedOrigin(origin, policy)).toBe(false);
  });

  test('is Vite’s in development, and only exactly that one', () => {
    const development = securityPolicy({ port: 5002, access, devOrigin: 'http://localhost:5173' });
    expect(isAllowedOrigin('http://localhost:5173', development)).toBe(true);
    expect(isAllowedOrigin('http://localhost:5174', development)).toBe(false);
    expect(isAllowedHost('localhost:5173', development)).toBe(false);
  });
});

describe('the token', () => {
  test.each([`Bearer ${token}`, `bearer ${token}`, `BEARER   ${token}`])('%s carries it', (authorization) => {
    expect(carriesToken(authorization, access)).toBe(true);
  });

  test.each([undefined, '', 'Bearer ', ...wrongAuthorizations(token)])('%s does not', (authorization) => {
    expect(carriesToken(authorization, access)).toBe(false);
  });
});

describe('the content type', () => {
  test.each([
    ['GET', {}],
    ['GET', { 'content-type': 'application/json' }],
    ['POST', {}],
    ['POST', { 'content-length': '0' }],
    ['POST', { 'content-type': 'application/json', 'content-length': '2' }],
    ['PUT', { 'content-type': 'Application/JSON; charset=utf-8', 'content-length': '2' }],
    ['PATCH', { 'content-type': 'application/json', 'transfer-encoding': 'chunked' }],
    ['DELETE', {}],
  ])('%s with %j is fine', (method, values) => {
    expect(isAllowedContentType(method, headers(values))).toBe(true);
  });

  test.each([
    ['GET', { 'content-type': 'text/plain' }],
    ['GET', { 'content-type': 'application/x-www-form-urlencoded' }],
    ...foreignTypes.map((type): [string, Record<string, string>] => ['POST', { 'content-type': type }]),
    ['POST', { 'content-type': '' }],
    ['POST', { 'content-length': '2' }],
    ['POST', { 'content-length': '-1' }],
    ['POST', { 'transfer-encoding': 'chunked' }],
    ['DELETE', { 'content-length': '2' }],
    ['PURGE', { 'content-length': '2' }],
  ])('%s with %j is refused', (method, values) => {
    expect(isAllowedContentType(method, headers(values))).toBe(false);
  });
});

describe('the order of the checks', () => {
  const wrong = {
    host: 'evil.com',
    origin: 'http://evil.com',
    authorization: 'Bearer x',
    'content-type': 'text/plain',
  };
  const right = {
    host: 'localhost:5002',
    origin: 'http://127.0.0.1:5002',
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
  };
  const codes = ['host_not_allowed', 'origin_not_allowed', 'unauthorized', 'unsupported_media_type', null];
  test.each(codes)('%s comes once everything before it is right', (code) => {
    const corrected = Object.fromEntries(Object.entries(right).slice(0, codes.indexOf(code)));
    expect(refusal({ method: 'POST', header: headers({ ...wrong, ...corrected }) }, policy, true)).toBe(code);
  });

  test('refuses writes that the browser itself calls cross-site', () => {
    const header = headers({ ...right, 'sec-fetch-site': 'cross-site' });
    expect(refusal({ method: 'POST', header }, policy, true)).toBe('origin_not_allowed');
    expect(refusal({ method: 'GET', header }, policy, true)).toBeNull();
  });
});
