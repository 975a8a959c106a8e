/** How failures leave the agent: a stable code and texts in the reader's language, never an inner message or a stack. */
import type { Context, ErrorHandler, NotFoundHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { core } from 'zod';
import { StreamAIError } from '../../shared/errors.ts';
import { issueField, issueReason } from '../config/issue-words.ts';
import type { Log } from '../log.ts';
import { preferredLanguage } from './language.ts';

/** The answer for an error: `{error: {code, message, fix?, params?}}`. */
export function problemResponse(c: Context, error: StreamAIError): Response {
  const language = preferredLanguage(c.req.header('accept-language'));
  return c.json({ error: error.info(language) }, error.status as ContentfulStatusCode, {
    'Content-Language': language,
  });
}

/** Answers for everything that a handler throws. An error that is not ours is logged with its stack, and told as `internal`. */
export function onError(log: Log): ErrorHandler {
  return (error, c) => {
    if (error instanceof StreamAIError) {
      if (error.status >= 500) log.warn({ code: error.code, err: error, path: c.req.path }, 'a request failed');
      return problemResponse(c, error);
    }
    if (error instanceof HTTPException && error.status === 415) {
      return problemResponse(c, new StreamAIError('unsupported_media_type'));
    }
    log.error({ err: error, method: c.req.method, path: c.req.path }, 'a request failed inside StreamAI');
    return problemResponse(c, new StreamAIError('internal'));
  };
}

/**
 * What zod found wrong with a body, a query or an address, as invalid_request.
 * @param target where it stood, in Hono's words: `json`, `query`, `param`
 */
export function validationError(issues: readonly core.$ZodIssue[], target: string, c: Context): StreamAIError {
  const language = preferredLanguage(c.req.header('accept-language'));
  const issue = issues[0];
  if (issue === undefined) return new StreamAIError('invalid_request', { field: target, reason: target });
  const field = issueField(issue, target === 'json' ? 'body' : target);
  const [open, close] = language === 'fr' ? ['« ', ' »'] : ['“', '”'];
  return new StreamAIError('invalid_request', {
    field,
    reason: `${open}${field}${close} ${issueReason(issue, language)}`,
  });
}

/** For zod-openapi: turns a failed validation into an error for `onError`. */
export function validationHook(
  result: { target: string; success: true } | { target: string; success: false; error: { issues: core.$ZodIssue[] } },
  c: Context,
): void {
  if (!result.success) throw validationError(result.error.issues, result.target, c);
}

/** A known address with another method is told which it takes; anything else is not there. */
export function onNotFound(routes: readonly { readonly method: string; readonly path: string }[]): NotFoundHandler {
  return (c) => {
    const methods = new Set<string>();
    for (const { method, path } of routes) if (method !== 'ALL' && matches(path, c.req.path)) methods.add(method);
    if (methods.size === 0) return problemResponse(c, new StreamAIError('not_found'));
    const allowed = [...methods].join(', ');
    c.header('Allow', allowed);
    return problemResponse(c, new StreamAIError('method_not_allowed', { methods: allowed }));
  };
}

function matches(pattern: string, path: string): boolean {
  const [wanted, found] = [pattern.split('/'), path.split('/')];
  return (
    wanted.length === found.length &&
    wanted.every((part, index) => (part.startsWith(':') ? found[index] !== '' : part === found[index]))
  );
}
