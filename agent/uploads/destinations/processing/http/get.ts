/** Small GETs: health and task status. node:http, which the agent has loaded anyway; undici comes with the first upload. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { StreamAIError } from '../../../../../shared/errors.ts';
import { headerOf } from '../../http-header.ts';
import { type HttpAnswer, readAnswer } from './http-answer.ts';
import { networkFailure } from './http-failure.ts';

export interface GetOptions {
  readonly apiKey: string | null;
  /** For connecting, waiting and reading together. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/**
 * GETs one URL over a connection of its own; follows no redirect.
 * @throws StreamAIError destination_unreachable | destination_timeout | destination_answer_invalid, or the signal's reason
 */
export async function getBounded(url: URL, options: GetOptions): Promise<HttpAnswer> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = AbortSignal.any([options.signal, timeout]);
  try {
    const response = await send(url, options.apiKey, signal);
    const header = (name: string): string | null => headerOf(response.headers, name);
    const answer = await readAnswer(url, response.statusCode ?? 0, header, response, options.maxBytes);
    response.destroy();
    signal.throwIfAborted();
    return answer;
  } catch (error) {
    options.signal.throwIfAborted();
    if (timeout.aborted) throw new StreamAIError('destination_timeout', {}, { cause: error });
    throw networkFailure(error);
  }
}

async function send(url: URL, apiKey: string | null, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? (await import('node:https')).request : httpRequest;
  const headers = { accept: 'application/json', ...authorization(apiKey) };
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  // No keep-alive: between two polls the line may have changed, and a stale socket would look like a server that is gone.
  request(url, { agent: false, headers, signal, maxHeaderSize: 16 * 1024 }, resolve)
    .on('error', reject)
    .end();
  return promise;
}

/** The header that carries the key, or none. */
export function authorization(apiKey: string | null): Record<string, string> {
  return apiKey === null || apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` };
}
