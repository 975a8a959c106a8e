/** Small GETs: health and task status. node:http, which the agent has loaded anyway; undici comes with the first upload. */
// Tests: ../verify-task.test.ts
import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { StreamAIError } from '../../../../../shared/errors.ts';
import { openConnection, type ProxyFinder, type Route, throughProxy, wholeRequestProxy } from '../../connect.ts';
import { isReset } from '../../failures.ts';
import { headerOf } from '../../http-header.ts';
import { skipInterimAnswers } from '../../interim-answers.ts';
import { answeredByProxy, proxySilence } from '../../proxy-failure.ts';
import { type HttpAnswer, readAnswer } from './http-answer.ts';
import { networkFailure } from './http-failure.ts';

export interface GetOptions {
  readonly apiKey: string | null;
  /** For connecting, waiting and reading together, over each of the two connections that there may be. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** Default: straight. */
  readonly proxyFor?: ProxyFinder | undefined;
}

/**
 * GETs one URL over a connection of its own, and over another one where that was reset; follows no redirect.
 * @throws StreamAIError destination_unreachable | destination_timeout | destination_answer_invalid | proxy_*, or the signal's
 *   reason
 */
export async function getBounded(url: URL, options: GetOptions): Promise<HttpAnswer> {
  return await getOnce(url, options).catch((error: unknown) => {
    if (!isReset(error)) throw error;
    return getOnce(url, options);
  });
}

async function getOnce(url: URL, options: GetOptions): Promise<HttpAnswer> {
  const route: Route = { origin: new URL(url.origin), proxy: options.proxyFor?.(url) ?? null };
  const whole = wholeRequestProxy(route);
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = AbortSignal.any([options.signal, timeout]);
  let tcp: Socket | undefined;
  const onTcp = (socket: Socket): void => {
    tcp = socket;
    signal.addEventListener('abort', () => socket.destroy(), { once: true });
  };
  try {
    // Half of the time for each step: who of two keeps silent is known then.
    const stepMs = route.proxy === null ? options.timeoutMs : options.timeoutMs / 2;
    const socket = await openConnection(route, stepMs, onTcp);
    skipInterimAnswers(socket);
    const response = await send(socket, route, url, options.apiKey);
    const header = (name: string): string | null => headerOf(response.headers, name);
    const answer = await readAnswer(url, response.statusCode ?? 0, header, response, options.maxBytes);
    signal.throwIfAborted();
    const { status, text } = answer;
    const foreign = whole === null ? null : answeredByProxy({ status, header, text }, whole, url.hostname);
    if (foreign !== null) throw foreign;
    return answer;
  } catch (error) {
    options.signal.throwIfAborted();
    if (!timeout.aborted) throw networkFailure(error);
    // A proxy that gets requests whole is all that we talk to.
    throw whole === null
      ? new StreamAIError('destination_timeout', {}, { cause: error })
      : proxySilence(whole, url.hostname);
  } finally {
    // No keep-alive: between two polls the line may have changed, and a stale socket would look like a server that is gone.
    tcp?.destroy();
  }
}

function send(socket: Socket, route: Route, url: URL, apiKey: string | null): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const { path, headers } = throughProxy(route, url.pathname + url.search);
  request({
    path,
    headers: { host: url.host, accept: 'application/json', ...authorization(apiKey), ...headers },
    createConnection: () => socket,
    maxHeaderSize: 16 * 1024,
  })
    .on('response', resolve)
    .on('error', reject)
    // The connection ended, or was taken over for another protocol: then no error is told.
    .on('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })))
    .end();
  return promise;
}

/** The header that carries the key, or none. */
export function authorization(apiKey: string | null): Record<string, string> {
  return apiKey === null || apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` };
}
