import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { MiddlewareHandler } from 'hono';
import { Problem } from './problem.ts';

type Guard = MiddlewareHandler<{ Bindings: HttpBindings }>;

/**
 * Refuses web pages: a foreign Host header means DNS rebinding, and any Origin means a browser: neither has business here.
 * @param hosts the Host headers that are ours, in lower case, with the port.
 */
export function refuseBrowsers(hosts: () => ReadonlySet<string>): Guard {
  return async (c, next) => {
    if (!hosts().has((c.req.header('host') ?? '').toLowerCase()))
      throw new Problem(403, 'This Host is not served here');
    if (c.req.header('origin') !== undefined) throw new Problem(403, 'Web pages may not use this receiver');
    await next();
  };
}

/** Asks for `Authorization: Bearer <apiKey>`, compared in constant time. */
export function requireKey(apiKey: string): Guard {
  const expected = digest(apiKey);
  return async (c, next) => {
    const sent = /^Bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '')?.[1];
    if (sent === undefined || !timingSafeEqual(digest(sent), expected)) {
      c.header('www-authenticate', 'Bearer');
      throw new Problem(401, 'The API key is missing or wrong');
    }
    await next();
  };
}

/** Headers that keep a browser from running or embedding what was uploaded. */
export const safeHeaders: Guard = async (c, next) => {
  await next();
  c.res.headers.set('x-content-type-options', 'nosniff');
  c.res.headers.set('content-security-policy', "default-src 'none'; frame-ancestors 'none'; sandbox");
  c.res.headers.set('cache-control', 'no-store');
};

const digest = (text: string) => createHash('sha256').update(text).digest();
