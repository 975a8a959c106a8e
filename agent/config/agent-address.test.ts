import { expect, test } from 'vitest';
import { urlHost } from './agent-address.ts';

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['0.0.0.0', '127.0.0.1'],
  ['::', '127.0.0.1'],
  ['::1', '[::1]'],
  ['localhost', '127.0.0.1'],
  ['studio.local', 'studio.local'],
])('who listens at %s is found at %s', (host, found) => expect(urlHost(host)).toBe(found));
