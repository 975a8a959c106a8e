/** What an HTTP answer or a broken connection means, in our own error codes. */
import { STATUS_CODES } from 'node:http';
import { StreamAIError } from '../../../../../shared/errors.ts';
import { parseRetryAfter } from '../../../../backoff.ts';
import { brokenBy, isNoHttp } from '../../broken-connection.ts';
import { DestinationError } from '../../failures.ts';
import { redirectTarget } from '../../redirect.ts';
import { answerInvalid, type HttpAnswer } from './http-answer.ts';
import { jsonDetail, serverDetail } from './server-words.ts';

/**
 * The failure that an answer stands for; null for 2xx, unless that is a web page: then it is not the server that says so.
 * @param apiKey never appears in the error, even when the server repeats it
 */
export function answerFailure(answer: HttpAnswer, now: number, apiKey: string | null): StreamAIError | null {
  const { status } = answer;
  if (isOthers(answer)) return new StreamAIError('destination_portal', { where: whereOf(answer) });
  if (status >= 200 && status < 300) return null;
  const retryAfterMs = parseRetryAfter(answer.retryAfter, now);
  const detail = serverDetail(answer.text, apiKey) || (STATUS_CODES[status] ?? '');
  if (isRedirect(answer)) return new StreamAIError('destination_redirected', { status, where: whereOf(answer) });
  if (status === 401 || status === 403) return new StreamAIError('destination_auth', { status, detail });
  if (status === 413) return new StreamAIError('destination_too_large', { detail });
  // 409: an earlier request with the same key is still being worked on (draft-ietf-httpapi-idempotency-key-header §2.6).
  if ([408, 409, 425, 429, 503].includes(status))
    return new DestinationError(
      'destination_busy',
      { status, detail: serverDetail(answer.text, apiKey) },
      { retryAfterMs },
    );
  if (status >= 500) return new DestinationError('destination_failed', { status, detail }, { retryAfterMs });
  return new StreamAIError('destination_rejected', { status, detail });
}

/** The refusal that stands in an answer whose HTTP status is well. */
export function refusedInside(status: number, json: unknown, apiKey: string | null): StreamAIError {
  return new StreamAIError('destination_rejected', {
    status,
    detail: jsonDetail(json, apiKey) || 'no reason was given',
  });
}

/** How soon it is looked whether a network's sign-in page still answers (ms). */
const portalRetryMs = 10_000;

/**
 * Whether something else answers in the server's place, whatever it is asked for: it redirects, or shows a web page.
 * @param health the answer to GET /health, which a server answers with JSON, or with a status that says that it has no such route
 * @returns null: it is the server
 */
export function portalFailure(health: HttpAnswer): DestinationError | null {
  if (!isRedirect(health) && !isOthers(health)) return null;
  return new DestinationError('destination_portal', { where: whereOf(health) }, { retryAfterMs: portalRetryMs });
}

const isRedirect = ({ status }: HttpAnswer): boolean => status >= 300 && status < 400;

/** Whether no processing server answers so: a page that says that all is well, or 511 Network Authentication Required (RFC 6585). */
const isOthers = ({ status, page }: HttpAnswer): boolean => status === 511 || (status < 300 && page);

/** Where it leads; of what does not say, what it is. */
function whereOf({ status, location, url }: HttpAnswer): string {
  if (status < 300) return 'HTML';
  return redirectTarget(location, url) || `HTTP ${status}`;
}

/** What a broken connection means. */
export function networkFailure(error: unknown): StreamAIError {
  if (error instanceof StreamAIError) return error;
  const reason = brokenBy(error);
  if (isNoHttp(reason)) return answerInvalid('it is not HTTP', error);
  return new StreamAIError('destination_unreachable', { reason }, { cause: error });
}
