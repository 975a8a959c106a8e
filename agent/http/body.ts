/** Reads a request's body: bounded, and JSON whatever the route does with it. */
import type { MiddlewareHandler } from 'hono';
import { StreamAIError } from '../../shared/errors.ts';
import { preferredLanguage } from './language.ts';
import { isWrite } from './security.ts';

/** The largest body that any route takes: notes of 20,000 characters and some room. */
export const bodyLimitBytes = 64 * 1024;

const malformed = { en: 'the body is not JSON', fr: 'le corps n’est pas du JSON' } as const;

/** Leaves the checked text where the validators find it. An empty body counts as `{}`. */
export function jsonBody(): MiddlewareHandler {
  return async (c, next) => {
    if (isWrite(c.req.method)) {
      const text = await readText(c.req.raw);
      try {
        if (text.trim() !== '') JSON.parse(text);
      } catch {
        const reason = malformed[preferredLanguage(c.req.header('accept-language'))];
        throw new StreamAIError('invalid_request', { field: 'body', reason });
      }
      const empty = text.trim() === '';
      // Hono keeps promises here, whatever the type says. Without a type it would take `{}` for a body without one.
      const checked = empty && c.req.header('content-type') !== undefined ? '{}' : empty ? '' : text;
      Object.assign(c.req.bodyCache, { text: Promise.resolve(checked) });
    }
    await next();
  };
}

async function readText(request: Request): Promise<string> {
  const tooLarge = (): StreamAIError => new StreamAIError('body_too_large', { limit: bodyLimitBytes });
  if (Number(request.headers.get('content-length') ?? 0) > bodyLimitBytes) throw tooLarge();
  if (request.body === null) return '';
  // No `for await`: leaving it early would cut the connection before the answer has gone out.
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
