import { expect, test } from 'vitest';
import { encodeKey, encodeValue } from './url-encoding.ts';

test('a key in a URL is encoded as signatures want it, its slashes stay', () => {
  expect(encodeKey("a b/é+(1)!'*.mkv")).toBe('a%20b/%C3%A9%2B%281%29%21%27%2A.mkv');
});

test('in a value of the query a slash does not stay', () => {
  expect(encodeValue('a/b ~c')).toBe('a%2Fb%20~c');
});
