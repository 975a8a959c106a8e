import { describe, expect, test } from 'vitest';
import { type ErrorCode, errorTable, StreamAIError } from '../../../../../shared/errors.ts';
import { isRetryable } from '../../failures.ts';
import { connectionFailure, isLost, storageFailure } from './failure.ts';

const refusal = (status: number, s3Code: string) => ({
  status,
  s3Code,
  detail: 'words',
  requestId: 'tx1',
  bucket: 'shows',
});

describe('a refusal of the store', () => {
  test.each<[status: number, s3Code: string, code: ErrorCode, again: boolean]>([
    [403, 'InvalidAccessKeyId', 'storage_key_unknown', false],
    [403, 'SignatureDoesNotMatch', 'storage_secret_wrong', false],
    [403, 'AccessDenied', 'storage_denied', false],
    [404, 'NoSuchBucket', 'storage_bucket_missing', false],
    [301, 'PermanentRedirect', 'storage_region_wrong', false],
    [308, 'HTTP 308', 'storage_region_wrong', false],
    [403, 'RequestTimeTooSkewed', 'storage_clock', true],
    [503, 'SlowDown', 'storage_busy', true],
    [503, 'HTTP 503', 'storage_busy', true],
    [429, 'HTTP 429', 'storage_busy', true],
    [403, 'QuotaExceeded', 'storage_full', false],
    [400, 'EntityTooLarge', 'storage_too_large', false],
    [404, 'NoSuchUpload', 'storage_damaged', true],
    [400, 'InvalidPart', 'storage_damaged', true],
    [400, 'BadDigest', 'storage_damaged', true],
    [200, 'InternalError', 'storage_failed', true],
    [500, 'InternalError', 'storage_failed', true],
    [502, 'HTTP 502', 'storage_failed', true],
    [404, 'HTTP 404', 'storage_failed', true],
    [400, 'MalformedXML', 'storage_rejected', false],
    [400, 'toString', 'storage_rejected', false],
    [403, 'HTTP 403', 'storage_denied', false],
  ])('%i %s is %s', (status, s3Code, code, again) => {
    const failure = storageFailure(refusal(status, s3Code), null);
    expect(failure.code).toBe(code);
    expect(isRetryable(failure.code)).toBe(again);
    expect(failure.params).toMatchObject({ s3Code, requestId: 'tx1', status });
    for (const language of ['en', 'fr'] as const) {
      const { message, fix } = failure.info(language);
      expect(`${message} ${fix}`).not.toMatch(/[{}]|undefined/);
      expect(fix).toBeTruthy();
    }
  });

  test('only a multipart that is gone counts as lost', () => {
    expect(isLost(storageFailure(refusal(404, 'NoSuchUpload'), null))).toBe(true);
    expect(isLost(storageFailure(refusal(400, 'BadDigest'), null))).toBe(false);
    expect(isLost(storageFailure(refusal(404, 'HTTP 404'), null))).toBe(false);
    expect(isLost(new Error('NoSuchUpload'))).toBe(false);
  });
});

describe('a broken connection', () => {
  const withCode = (code: string): Error => Object.assign(new Error('x'), { code });
  test.each<[code: string, expected: ErrorCode]>([
    ['ENOTFOUND', 'storage_host_unknown'],
    ['EAI_AGAIN', 'storage_unreachable'],
    ['ECONNREFUSED', 'storage_unreachable'],
    ['ECONNRESET', 'storage_unreachable'],
    ['ENETUNREACH', 'storage_unreachable'],
    ['UND_ERR_CONNECT_TIMEOUT', 'storage_unreachable'],
    ['CERT_HAS_EXPIRED', 'storage_tls'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'storage_tls'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'storage_tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'storage_tls'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'storage_tls'],
    ['EPROTO', 'storage_tls'],
    ['HPE_INVALID_CONSTANT', 'storage_answer_invalid'],
  ])('%s is %s', (code, expected) => expect(connectionFailure(withCode(code), 'h').code).toBe(expected));

  test('undici’s own names are told as the system’s', () => {
    expect(connectionFailure(withCode('UND_ERR_SOCKET'), 'h').params).toEqual({ reason: 'ECONNRESET' });
  });

  test('a failure with a name of ours stays what it is', () => {
    const failure = new StreamAIError('file_changing', { file: 'a' });
    expect(connectionFailure(failure, 'h')).toBe(failure);
  });
});

test('every code of Object Storage has its fix in both languages', () => {
  for (const [code, entry] of Object.entries(errorTable).filter(([name]) => name.startsWith('storage_'))) {
    expect([code, Boolean(entry.en.fix && entry.fr.fix)]).toEqual([code, true]);
  }
});
