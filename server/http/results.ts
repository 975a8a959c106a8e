import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { mediaType } from '../intake/file-name.ts';
import type { TaskRecord } from '../tasks/task.ts';
import { parseRange } from './byte-range.ts';
import { Problem } from './problem.ts';

/** Streams a stored file back, whole or the range asked for. */
export async function sendVideo(
  c: Context<{ Bindings: HttpBindings }>,
  task: TaskRecord,
  path: string,
): Promise<Response> {
  const range = parseRange(c.req.header('range'), task.size);
  c.header('accept-ranges', 'bytes');
  if (range === 'unsatisfiable') {
    c.header('content-range', `bytes */${task.size}`);
    throw new Problem(416, 'The range asked for lies outside of the file');
  }
  const { start, end } = range ?? { start: 0, end: task.size - 1 };
  if (range) c.header('content-range', `bytes ${start}-${end}/${task.size}`);
  c.header('content-type', mediaType(task.storedName));
  c.header('content-length', String(end - start + 1));
  c.header('content-disposition', `inline; filename*=UTF-8''${encodeName(task.filename)}`);
  c.status(range ? 206 : 200);
  if (c.req.method === 'HEAD' || task.size === 0) return c.body(null);
  const file = await open(path).catch((cause: unknown) => {
    throw new Problem(404, 'The stored file of this task is gone', { cause });
  });
  // The stream closes the descriptor, also when the client goes away.
  return c.body(Readable.toWeb(file.createReadStream({ start, end })) as ReadableStream<Uint8Array>);
}

// RFC 8187 allows fewer characters than encodeURIComponent leaves, which throws on lone surrogates.
function encodeName(name: string): string {
  const percent = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, percent);
}
