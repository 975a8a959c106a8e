/** Serves the built dock: regular files inside one folder, and nothing else. */
import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { MiddlewareHandler } from 'hono';
import type { Language } from '../../shared/errors.ts';
import { preferredLanguage } from './language.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/**
 * The parts of a file's path below the folder, from a request's path as it came.
 * @returns null for a path that could lead outside or to a hidden file, or that means something else to the system
 */
export function safeSegments(requestPath: string): string[] | null {
  let decoded: string;
  try {
    decoded = decodeURIComponent(requestPath);
  } catch {
    return null;
  }
  if (!decoded.startsWith('/')) return null;
  const segments = decoded.slice(1).split('/');
  if (segments.length === 1 && segments[0] === '') return ['index.html'];
  // Empty; a dot first: hidden files, `.` and `..`; Windows' separators, drives and streams; a dot or blank last: its aliases.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
  const unsafe = /^$|^\.|[\\:\u0000-\u001f\u007f]|[. ]$/;
  return segments.some((segment) => unsafe.test(segment)) ? null : segments;
}

/** Reads a regular file that truly lies inside the folder, links resolved. @returns null when there is none */
async function readInside(folder: string, segments: readonly string[]): Promise<Buffer<ArrayBuffer> | null> {
  try {
    const root = await realpath(folder);
    const file = await realpath(path.join(root, ...segments));
    const relative = path.relative(root, file);
    if (relative === '' || relative.startsWith('..') || path.isAbsolute(relative)) return null;
    // The descriptor is checked and read: what the name stands for may change in between.
    const handle = await open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    try {
      return (await handle.stat()).isFile() ? await handle.readFile() : null;
    } finally {
      await handle.close();
    }
  } catch {
    return null;
  }
}

/** Serves GET and HEAD from the folder; what is not there goes on to the next handler. */
export function dockFiles(folder: string): MiddlewareHandler {
  return async (c, next) => {
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') return next();
    const segments = safeSegments(new URL(c.req.url).pathname);
    const content = segments && (await readInside(folder, segments));
    if (segments && content) {
      // Vite puts a hash of the content into the names below assets/.
      const lasting = segments[0] === 'assets';
      c.header('Cache-Control', lasting ? 'public, max-age=31536000, immutable' : 'no-cache');
      c.header('Content-Type', types[path.extname(segments.at(-1) ?? '').toLowerCase()] ?? 'application/octet-stream');
      return c.body(content);
    }
    if (segments?.join('/') !== 'index.html') return next();
    c.header('Cache-Control', 'no-store');
    return c.html(notBuilt[preferredLanguage(c.req.header('accept-language'))], 404);
  };
}

const page = (language: Language, text: string): string =>
  `<!doctype html><html lang="${language}"><meta charset="utf-8"><title>StreamAI</title><p>${text}</p></html>\n`;
const notBuilt: Readonly<Record<Language, string>> = {
  en: page('en', 'StreamAI runs, but the dock is not built. Run <code>npm run build</code>, then reload this page.'),
  fr: page(
    'fr',
    'StreamAI fonctionne, mais le dock n’est pas construit. Lancez <code>npm run build</code>, puis rechargez cette page.',
  ),
};
