import { expect, test } from 'vitest';
import { parseObsAddress } from './obs-address.ts';

test.each([
  ['localhost', 'localhost', null],
  ['Studio-PC', 'Studio-PC', null],
  ['studio_pc.lan', 'studio_pc.lan', null],
  ['régie', 'régie', null],
  ['localhost:4455', 'localhost', 4455],
  ['127.0.0.1:4455', '127.0.0.1', 4455],
  ['::1', '::1', null],
  ['[::1]', '::1', null],
  ['[::1]:4460', '::1', 4460],
  ['fd00::1:4455', 'fd00::1:4455', null],
  ['::ffff:192.168.1.5', '::ffff:192.168.1.5', null],
  ['ws://192.168.1.5:4455', '192.168.1.5', 4455],
  ['ws://192.168.1.5:4455/', '192.168.1.5', 4455],
  ['WS://[::1]:4455', '::1', 4455],
  [' 10.0.0.2 ', '10.0.0.2', null],
])('%j is %s with port %s', (text, host, port) => {
  expect(parseObsAddress(text)).toEqual({ host, port });
});

test.each([
  '',
  ' ',
  ':4455',
  'localhost:',
  'localhost:0',
  'localhost:65536',
  'localhost:port',
  'localhost:4455:4455',
  '[::1',
  '::1]',
  '[]',
  '[localhost]:4455',
  '[::1]4455',
  '256.1.1.1',
  '1.2.3.4.5:4455',
  'a b',
  'http://localhost',
  'wss://localhost:4455',
  'ws://',
  'ws://user:pass@localhost',
  'localhost/path',
  'localhost?x',
  'fe80::1%eth0',
  'C:\\obs',
])('%j is none', (text) => {
  expect(parseObsAddress(text)).toBeNull();
});
