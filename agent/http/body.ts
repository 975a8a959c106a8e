/** Reads the bodies of writes: bounded, and JSON on every route. */
import type { MiddlewareHandler } from 'hono';
import { StreamAIError } from '../../shared/errors.ts';
import { preferredLanguage } from './language.ts';
import { isWrite } from './security.ts';

/** The largest body that any route takes: notes of 20,000 characters, and some room. */
export const bodyLimitBytes = 64 * 1024;

const malformed = { en: 'the body is not JSON', fr: 'le corps n’est pas du JSON' } as const;

/**
 * Leaves the checked text where the routes' validators find it. An empty body counts as `{}`.
 * @throws StreamAIError body_too_large | invalid_request
 */
export function jsonBody(): MiddlewareHandler {
  return async (c, next) => {
    if (isWrite(c.req.method)) {
      const text = await readText(c.req.raw);
      const isEmpty = text.trim() === '';
      try {
        if (!isEmpty) JSON.parse(text);
      } catch {
        const reason = malformed[preferredLanguage(c.req.header('accept-language'))];
        throw new StreamAIError('invalid_request', { field: 'body', reason });
      }
      // zod-openapi refuses a body that has no content type: where that is missing, an empty body stays empty.
      const empty = c.req.header('content-type') === undefined ? '' : '{}';
      // Hono keeps promises in this cache, although its type says otherwise.
      Object.assign(c.req.bodyCache, { text: Promise.resolve(isEmpty ? empty : text) });
    }
    await next();
  };
}

async function readText(request: Request): Promise<string> {
  const tooLarge = (): StreamAIError => new StreamAIError('body_too_large', { limit: bodyLimitBytes });
  if (Number(request.headers.get('content-length') ?? 0) > bodyLimitBytes) throw tooLarge();
  if (request.body === null) return '';
  // No `for await`: when that is left early it cancels the body, and the connection ends before the answer is out.
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    bytes += next.value.byteLength;
    if (bytes > bodyLimitBytes) throw tooLarge();
    chunks.push(next.value);
  }
  return Buffer.concat(chunks).toString('utf8');
}
