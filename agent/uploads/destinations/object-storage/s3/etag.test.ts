import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { multipartEtag, plainEtag } from './etag.ts';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

test('a multipart ETag is the MD5 of the binary MD5s and the count', () => {
  // as Python's hashlib has it
  expect(multipartEtag([md5('a'), md5('b')])).toBe('96e024ba2074fe77e8e965ba43a704be-2');
});

test('the order of parts matters, and one part is not the plain MD5', () => {
  expect(multipartEtag([md5('b'), md5('a')])).not.toBe(multipartEtag([md5('a'), md5('b')]));
  expect(multipartEtag([md5('a')])).toMatch(/^[0-9a-f]{32}-1$/);
  expect(multipartEtag([md5('a')])).not.toContain(md5('a'));
});

const hex = '0cc175b9c0f1b6a831c399e269772661';
test.each([
  [`"${hex.toUpperCase()}-2"`, `${hex}-2`],
  [hex, hex],
  [` "${hex}" `, hex],
  [`W/"${hex.toUpperCase()}-2"`, `${hex}-2`],
  [`w/"${hex}"`, hex],
  // Whose letters are no hex, but base64 perhaps.
  ['"ABCd=="', 'ABCd=='],
  [`"${hex.toUpperCase()}-gzip"`, `${hex.toUpperCase()}-gzip`],
  ['', ''],
])('the ETag %s is %s without its dress', (dressed, plain) => expect(plainEtag(dressed)).toBe(plain));
