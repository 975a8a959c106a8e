/** What an HTTP answer or a broken connection means, in our own error codes. */
import { STATUS_CODES } from 'node:http';
import * as z from 'zod';
import { StreamAIError } from '../../../../../shared/errors.ts';
import { parseRetryAfter } from '../../../../backoff.ts';
import { brokenBy, isNoHttp } from '../../broken-connection.ts';
import { cleanText } from '../../clean-text.ts';
import { DestinationError } from '../../failures.ts';
import { answerInvalid, type HttpAnswer } from './http-answer.ts';

/**
 * The failure that an answer stands for, or null for 2xx.
 * @param apiKey never appears in the error, even when the server repeats it
 */
export function answerFailure(answer: HttpAnswer, now: number, apiKey: string | null): StreamAIError | null {
  const { status } = answer;
  if (status >= 200 && status < 300) return null;
  const retryAfterMs = parseRetryAfter(answer.retryAfter, now);
  const detail = serverDetail(answer.text, apiKey) || (STATUS_CODES[status] ?? '');
  if (status >= 300 && status < 400) return new StreamAIError('destination_redirected', { status });
  if (status === 401 || status === 403) return new StreamAIError('destination_auth', { status, detail });
  if (status === 413) return new StreamAIError('destination_too_large', { detail });
  // 409: an earlier request with the same key is still being worked on (draft-ietf-httpapi-idempotency-key-header §2.6).
  if ([408, 409, 425, 429, 503].includes(status))
    return new DestinationError('destination_busy', { status }, { retryAfterMs });
  if (status >= 500) return new DestinationError('destination_failed', { status, detail }, { retryAfterMs });
  return new StreamAIError('destination_rejected', { status, detail });
}

const detailSchema = z.object({
  detail: z.union([
    z.string(),
    // FastAPI's validation errors
    z.array(z.object({ loc: z.array(z.union([z.string(), z.number()])).catch([]), msg: z.string() })).min(1),
  ]),
});

/** The `detail` of an error answer as one safe line, or nothing. */
export function serverDetail(text: string, apiKey: string | null): string {
  const parsed = detailSchema.safeParse(parseJson(text));
  if (!parsed.success) return '';
  const { detail } = parsed.data;
  const words =
    typeof detail === 'string'
      ? detail
      : detail.map(({ loc, msg }) => [loc.join('.'), msg].filter(Boolean).join(': ')).join('; ');
  return cleanText(apiKey === null || apiKey === '' ? words : words.replaceAll(apiKey, '…'));
}

/** undefined where the text is not JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a broken connection means. */
export function networkFailure(error: unknown): StreamAIError {
  if (error instanceof StreamAIError) return error;
  const reason = brokenBy(error);
  if (isNoHttp(reason)) return answerInvalid('it is not HTTP', error);
  return new StreamAIError('destination_unreachable', { reason }, { cause: error });
}
