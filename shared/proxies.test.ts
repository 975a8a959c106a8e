import { describe, expect, test } from 'vitest';
import { parseExceptions, parseProxy, proxyFor } from './proxies.ts';

const basic = (credentials: string): string => `Basic ${Buffer.from(credentials).toString('base64')}`;

test.each([
  ['http://proxy.example.com:3128', 'proxy.example.com:3128', null],
  ['http://proxy.example.com:3128/', 'proxy.example.com:3128', null],
  ['proxy.example.com:3128', 'proxy.example.com:3128', null],
  ['proxy', 'proxy:80', null],
  ['http://proxy', 'proxy:80', null],
  ['https://proxy', 'proxy:443', null],
  [' http://10.0.0.1:8080 ', '10.0.0.1:8080', null],
  ['http://[fd00::1]:3128', '[fd00::1]:3128', null],
  ['http://nora:pass@proxy:3128', 'proxy:3128', basic('nora:pass')],
  ['http://nora:p%40ss%23%C3%A4@proxy:3128', 'proxy:3128', basic('nora:p@ss#ä')],
  ['http://nora:100%@proxy:3128', 'proxy:3128', basic('nora:100%')],
  ['http://nora@proxy:3128', 'proxy:3128', basic('nora:')],
  ['nora:pass@proxy:3128', 'proxy:3128', basic('nora:pass')],
])('%j is the proxy %s', (text, name, authorization) => {
  expect(parseProxy(text)).toMatchObject({ name, authorization });
});

test('the brackets of an IPv6 address are not part of the host, and https is noted', () => {
  expect(parseProxy('https://[fd00::1]')).toEqual({
    name: '[fd00::1]:443',
    host: 'fd00::1',
    port: 443,
    secure: true,
    authorization: null,
    url: 'https://[fd00::1]:443',
  });
});

test.each([
  '',
  'http://',
  'socks5://proxy:1080',
  'socks5h://proxy',
  'ftp://proxy',
  'http://proxy:99999',
  'http://proxy:port',
  'http://proxy:3128/path',
  'http://proxy?x',
  'http://nora:pa#ss@proxy:3128',
  'a b',
])('%j is none', (text) => {
  expect(parseProxy(text)).toBeNull();
});

const http = parseProxy('http://plain:1');
const https = parseProxy('http://secure:2');
const through = (url: string, except = ''): string | undefined =>
  proxyFor(new URL(url), { http, https, except: parseExceptions(except) })?.name;

test('each scheme has its own', () => {
  expect(through('http://example.com')).toBe('plain:1');
  expect(through('https://example.com')).toBe('secure:2');
  expect(proxyFor(new URL('https://example.com'), { http, https: null, except: [] })).toBeNull();
});

test.each([
  'http://localhost:8000',
  'http://LOCALHOST:8000',
  'http://127.0.0.1',
  'http://127.1.2.3',
  'https://[::1]:8000',
  'http://app.localhost',
])('%s is this machine: straight', (url) => {
  expect(through(url)).toBeUndefined();
});

test.each(['http://127.0.0.1.example.com', 'http://localhost.example.com', 'http://10.0.0.1'])('%s is not', (url) => {
  expect(through(url)).toBe('plain:1');
});

describe('NO_PROXY', () => {
  test.each([
    ['*', 'https://example.com'],
    ['example.com', 'https://example.com'],
    ['example.com', 'https://EXAMPLE.com'],
    ['EXAMPLE.com', 'https://example.com'],
    ['example.com', 'https://bucket.example.com'],
    ['example.com', 'https://example.com.'],
    ['example.com.', 'https://example.com'],
    ['.example.com', 'https://bucket.example.com'],
    ['.example.com', 'https://example.com'],
    ['*.example.com', 'https://bucket.example.com'],
    ['other.com,example.com', 'https://example.com'],
    ['other.com, example.com', 'https://example.com'],
    ['other.com example.com', 'https://example.com'],
    [',,example.com,', 'https://example.com'],
    ['example.com:443', 'https://example.com'],
    ['example.com:80', 'http://example.com'],
    ['example.com:8443', 'https://example.com:8443'],
    ['192.168.1.5', 'http://192.168.1.5:8000'],
    ['192.168.1.5:8000', 'http://192.168.1.5:8000'],
    ['192.168.0.0/16', 'http://192.168.1.5'],
    ['10.0.0.0/8,192.168.0.0/16', 'http://192.168.1.5'],
    ['fd00::1', 'http://[fd00::1]'],
    ['[fd00::1]', 'http://[fd00::1]'],
    ['[fd00::1]:8000', 'http://[fd00::1]:8000'],
    ['fd00:0:0::1', 'http://[fd00::1]'],
    ['fd00::/8', 'http://[fd12::7]'],
  ])('%j: straight to %s', (except, url) => {
    expect(through(url, except)).toBeUndefined();
  });

  test.each([
    ['', 'https://example.com'],
    ['example.com', 'https://notexample.com'],
    ['example.com', 'https://example.com.evil.com'],
    ['ample.com', 'https://example.com'],
    ['bucket.example.com', 'https://example.com'],
    ['example.com:443', 'https://example.com:8443'],
    ['192.168.1.5', 'http://192.168.1.50'],
    ['192.168.1', 'http://192.168.1.5'],
    ['168.1.5', 'http://192.168.1.5'],
    ['192.168.0.0/99', 'http://192.168.1.5'],
    ['192.168.0.0/x', 'http://192.168.1.5'],
    ['10.0.0.0/8', 'http://192.168.1.5'],
    ['fd00::/8', 'http://192.168.1.5'],
    ['.', 'https://example.com'],
    ['*.', 'https://example.com'],
    ['[', 'https://example.com'],
  ])('%j: through the proxy to %s', (except, url) => {
    expect(through(url, except)).toMatch(/:\d$/);
  });
});
