/** What a proxy on the way to a destination does, in our own error codes. */
import { STATUS_CODES } from 'node:http';
import { StreamAIError } from '../../../shared/errors.ts';
import type { HttpProxy } from '../../../shared/proxies.ts';
import { brokenBy, isNoHttp } from './broken-connection.ts';
import { cleanText } from './clean-text.ts';
import { DestinationError } from './failures.ts';

/** It may be back any moment. ms */
const retryAfterMs = 3000;

/** The way to the proxy, or the conversation with it, broke. @param host where it was to lead */
export function proxyFailure(error: unknown, { name: proxy }: HttpProxy, host: string): StreamAIError {
  if (error instanceof StreamAIError) return error;
  const reason = brokenBy(error);
  if (isNoHttp(reason)) return noProxy(proxy, 'no HTTP', error);
  return new DestinationError('proxy_unreachable', { proxy, host, reason }, { cause: error, retryAfterMs });
}

/** The proxy is silent. */
export function proxySilence({ name: proxy }: HttpProxy, host: string): StreamAIError {
  return new DestinationError('proxy_timeout', { proxy, host }, { retryAfterMs });
}

export interface ProxyAnswer {
  readonly status: number;
  header(name: string): string | null;
  /** Empty where there is none, or it is not known. */
  readonly text: string;
}

/** What it means that the proxy answered in the destination's place. */
export function proxyRefusal(answer: ProxyAnswer, { name: proxy }: HttpProxy, host: string): StreamAIError {
  const { status, header } = answer;
  if (status === 407) return new StreamAIError('proxy_auth', { proxy, host });
  if (status < 300) return noProxy(proxy, `HTTP ${status}, a page of its own`);
  const words = [STATUS_CODES[status] ?? '', header('x-squid-error') ?? header('proxy-status') ?? ''];
  const params = { proxy, host, status, detail: cleanText(words.join(' ')) };
  // Too many at once, or the way from there on is broken: both may pass.
  const passes = status >= 500 || status === 408 || status === 429;
  return passes
    ? new DestinationError('proxy_failed', params, { retryAfterMs })
    : new StreamAIError('proxy_refused', params);
}

/** Answers of the proxy itself are pages for people, or marked; that a server behind it would answer so is unlikely. */
const inServersPlace: readonly number[] = [200, 403, 502, 503, 504];

/**
 * Of an answer to a request that was handed to a proxy whole (`http://`, no tunnel): whether the proxy gave it itself.
 * @returns null where it is the destination's
 */
export function answeredByProxy(answer: ProxyAnswer, proxy: HttpProxy, host: string): StreamAIError | null {
  const { status, header, text } = answer;
  const marked =
    header('x-squid-error') !== null ||
    /\berror=/.test(header('proxy-status') ?? '') ||
    /\b(squid|tinyproxy|privoxy)\b/i.test(header('server') ?? '');
  const page = /\bhtml\b/i.test(header('content-type') ?? '') && text.trimStart().startsWith('<');
  const own = status === 407 || (marked && status >= 400) || (page && inServersPlace.includes(status));
  return own ? proxyRefusal(answer, proxy, host) : null;
}

function noProxy(proxy: string, reason: string, cause?: unknown): StreamAIError {
  return new StreamAIError('proxy_answer_invalid', { proxy, reason }, { cause });
}
