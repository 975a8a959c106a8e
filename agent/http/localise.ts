/** Errors inside answers and events, in the reader's language. The agent keeps them in English, with code and parameters. */
import type { MiddlewareHandler } from 'hono';
import { type ErrorInfo, type Language, translateError } from '../../shared/errors.ts';
import { preferredLanguage } from './language.ts';

/**
 * The fields that hold an error, wherever they stand: an upload's and a task's, why an upload waits,
 * what is wrong with OBS, a destination or a copy, why OBS cannot pause or split; the `value` that comes to a session's notices.
 */
const errorFields: ReadonlySet<string> = new Set([
  'error',
  'notice',
  'problem',
  'pauseProblem',
  'splitProblem',
  'value',
]);

/** The fields that hold several: a session's, and what setup does to an OBS. */
const listFields: ReadonlySet<string> = new Set(['notices', 'changes', 'undo', 'notes']);

const isErrorInfo = (value: unknown): value is ErrorInfo =>
  typeof value === 'object' &&
  value !== null &&
  'code' in value &&
  typeof value.code === 'string' &&
  'message' in value &&
  typeof value.message === 'string';

/** A value as JSON, every error inside it in this language. */
export function localisedJson(value: unknown, language: Language): string {
  if (language === 'en') return JSON.stringify(value);
  const translate = (inner: unknown): unknown => (isErrorInfo(inner) ? translateError(inner, language) : inner);
  return JSON.stringify(value, (key, inner: unknown) => {
    if (listFields.has(key) && Array.isArray(inner)) return inner.map(translate);
    return errorFields.has(key) ? translate(inner) : inner;
  });
}

/** Rewrites what a route answered for clients that prefer another language than English. */
export function localiseAnswers(): MiddlewareHandler {
  return async (c, next) => {
    await next();
    const language = preferredLanguage(c.req.header('accept-language'));
    const { res } = c;
    // Failures are told in the right language already (problems.ts).
    if (language === 'en' || !res.ok || !res.headers.get('content-type')?.startsWith('application/json')) return;
    const text = localisedJson(await res.json(), language);
    const headers = new Headers(res.headers);
    headers.delete('content-length');
    headers.set('Content-Language', language);
    c.res = undefined;
    c.res = new Response(text, { status: res.status, headers });
  };
}
