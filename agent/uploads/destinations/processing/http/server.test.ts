import { expect, test } from 'vitest';
import { isCurrentServer, plainAddress, presentServer, rememberServer, resolveServer, routeUrl } from './server.ts';

test.each([
  ['http://host:8000', '/upload', 'http://host:8000/upload'],
  ['http://host:8000/', '/upload', 'http://host:8000/upload'],
  ['https://host/api/v1/', '/upload', 'https://host/api/v1/upload'],
  ['https://user:pass@host/api?x=1#y', '/upload', 'https://host/api/upload'],
  ['http://host', '/status/a%2Fb%3F', 'http://host/status/a%2Fb%3F'],
])('below %s the route %s is %s', (base, path, url) => {
  expect(routeUrl(base, path).href).toBe(url);
});

test('an address is shown without secrets', () => {
  expect(plainAddress('https://user:pass@host/api/?key=1')).toBe('https://host/api');
  expect(plainAddress('http://127.0.0.1:5003')).toBe('http://127.0.0.1:5003');
});

test('the embedded receiver is found again on another port, another server is not taken for it', () => {
  const before = { url: 'http://127.0.0.1:1111', apiKey: null, embedded: true };
  const now = { url: 'http://127.0.0.1:2222', apiKey: null, embedded: true };
  const remote = { url: 'https://host/', apiKey: null, embedded: false };
  expect(resolveServer(rememberServer(before), now)).toBe('http://127.0.0.1:2222');
  expect(resolveServer(rememberServer(before), remote)).toBeNull();
  expect(resolveServer(rememberServer(before), null)).toBeNull();
  expect(resolveServer(rememberServer(remote), now)).toBe('https://host');
  expect(isCurrentServer(rememberServer(remote), { url: 'https://host', apiKey: null, embedded: false })).toBe(true);
  expect(isCurrentServer(rememberServer(remote), { url: 'https://other', apiKey: null, embedded: false })).toBe(false);
  expect(isCurrentServer(rememberServer(remote), null)).toBe(false);
});

test('an embedded receiver that does not run has no address, and its tasks wait', () => {
  const down = { url: null, apiKey: null, embedded: true };
  expect(() => presentServer(down)).toThrow(expect.objectContaining({ code: 'destination_unreachable' }));
  expect(() => presentServer(null)).toThrow(expect.objectContaining({ code: 'destination_not_configured' }));
  expect(rememberServer(down)).toBe('embedded');
  expect(resolveServer('embedded', down)).toBeNull();
});
