import { expect, test } from 'vitest';
import { StreamAIError } from '../../../../../shared/errors.ts';
import { cleanText } from '../../clean-text.ts';
import { DestinationError, isRetryable } from '../../failures.ts';
import { isPage } from '../../redirect.ts';
import { answerFailure, networkFailure, portalFailure } from './http-failure.ts';

const answer = (status: number, text = '', retryAfter: string | null = null) => ({
  url: new URL('http://server:5003/upload'),
  status,
  text,
  retryAfter,
  location: null as string | null,
  bodyProblem: null,
  page: isPage(text),
});

test.each([
  [200, null],
  [201, null],
  [202, null],
  [301, 'destination_redirected'],
  [307, 'destination_redirected'],
  [400, 'destination_rejected'],
  [401, 'destination_auth'],
  [403, 'destination_auth'],
  [404, 'destination_rejected'],
  [408, 'destination_busy'],
  [409, 'destination_busy'],
  [413, 'destination_too_large'],
  [422, 'destination_rejected'],
  [425, 'destination_busy'],
  [429, 'destination_busy'],
  [500, 'destination_failed'],
  [502, 'destination_failed'],
  [503, 'destination_busy'],
  [507, 'destination_failed'],
  [511, 'destination_portal'],
])('HTTP %i is %s', (status, code) => {
  expect(answerFailure(answer(status), 0, null)?.code ?? null).toBe(code);
});

test.each([301, 302, 303, 307, 308, 408, 429, 500, 502, 503, 504, 511])('HTTP %i can pass', (status) => {
  expect(isRetryable(answerFailure(answer(status), 0, null)?.code ?? 'not_found')).toBe(true);
});

test.each([400, 401, 403, 404, 413, 422])('HTTP %i cannot pass', (status) => {
  expect(isRetryable(answerFailure(answer(status), 0, null)?.code ?? 'internal')).toBe(false);
});

test.each([
  ['https://login.hotel.example/sign-in?from=http://server&token=secret#secret', 'https://login.hotel.example/sign-in'],
  ['https://me:secret@login.hotel.example', 'https://login.hotel.example/'],
  ['//10.0.0.1:8080/portal', 'http://10.0.0.1:8080/portal'],
  ['/upload/', 'http://server:5003/upload/'],
  ['https://server/a\u202eb', 'https://server/a%E2%80%AEb'],
  ['http://', 'HTTP 307'],
  [null, 'HTTP 307'],
])('a redirect to %s names scheme, host and path alone: %s', (location, where) => {
  const failure = answerFailure({ ...answer(307), location }, 0, null);
  expect(failure?.params).toEqual({ status: 307, where });
  expect(failure?.message).toContain(where);
  expect(portalFailure({ ...answer(307), location })?.params).toEqual({ where });
});

test('a very long address is cut', () => {
  const failure = answerFailure({ ...answer(302), location: `https://a.example/${'x'.repeat(5000)}` }, 0, null);
  expect(String(failure?.params.where)).toHaveLength(300);
});

test('a web page that says that all is well is not the server’s, and passes', () => {
  const failure = answerFailure(answer(200, '<!doctype html><title>Welcome</title>'), 0, null);
  expect(failure).toMatchObject({ code: 'destination_portal', params: { where: 'HTML' } });
  expect(isRetryable('destination_portal')).toBe(true);
});

test.each([
  [200, '<!DOCTYPE html><html><body>Sign in</body></html>', true],
  [200, '\n<!-- hotel -->\n<HTML>', true],
  [511, '', true],
  [200, '{"status": "ok"}', false],
  [200, '', false],
  [404, '<html>no such route</html>', false],
  [503, '<html>down</html>', false],
])('HTTP %i %s at /health is a portal: %s', (status, text, is) => {
  expect(portalFailure(answer(status, text)) !== null).toBe(is);
});

test('Retry-After goes along with what can pass', () => {
  const failure = answerFailure(answer(429, '', '17'), 0, null);
  expect(failure).toBeInstanceOf(DestinationError);
  expect(failure).toMatchObject({ retryAfterMs: 17_000 });
});

test('a detail is cut to 300 characters, emoji whole', () => {
  const cut = cleanText('🎬'.repeat(1000));
  expect([...cut]).toHaveLength(300);
  expect(cut.isWellFormed()).toBe(true);
});

test('the key is never repeated, also when the server does', () => {
  const failure = answerFailure(answer(401, '{"detail": "s3cret-key is wrong"}'), 0, 's3cret-key');
  expect(JSON.stringify(failure?.info())).not.toContain('s3cret-key');
  expect(failure?.message).toContain('is wrong');
});

test('without a detail the message is still a sentence', () => {
  expect(answerFailure(answer(400), 0, null)?.message).toContain('Bad Request');
});

const coded = (code: string) => Object.assign(new Error('x'), { code });
test.each([
  [coded('ECONNREFUSED'), 'destination_unreachable', 'ECONNREFUSED'],
  [coded('UND_ERR_CONNECT_TIMEOUT'), 'destination_unreachable', 'ETIMEDOUT'],
  [coded('UND_ERR_SOCKET'), 'destination_unreachable', 'ECONNRESET'],
  [coded('CERT_HAS_EXPIRED'), 'destination_unreachable', 'CERT_HAS_EXPIRED'],
  [new TypeError('x', { cause: coded('ENOTFOUND') }), 'destination_unreachable', 'ENOTFOUND'],
  [coded('HPE_INVALID_CONSTANT'), 'destination_answer_invalid', 'it is not HTTP'],
  [coded('UND_ERR_HEADERS_OVERFLOW'), 'destination_answer_invalid', 'it is not HTTP'],
  ['odd', 'destination_unreachable', 'unknown'],
])('a broken connection is told by its cause', (error, code, reason) => {
  expect(networkFailure(error)).toMatchObject({ code, params: { reason } });
});

test('our own errors pass unchanged', () => {
  const error = new StreamAIError('file_changing', { file: 'x' });
  expect(networkFailure(error)).toBe(error);
});
