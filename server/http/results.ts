import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { mediaType } from '../intake/file-name.ts';
import type { Task, TaskStore } from '../tasks/task-store.ts';
import { parseRange } from './byte-range.ts';
import { Problem } from './problem.ts';

/**
 * Streams a result, whole or the range asked for. Without a video of its own the recording itself is the task's video.
 * @throws Problem 404, 416
 */
export async function sendResult(
  c: Context<{ Bindings: HttpBindings }>,
  store: TaskStore,
  { record, state }: Task,
  name: string,
): Promise<Response> {
  const made = Object.hasOwn(state.results, name) ? state.results[name] : undefined;
  if (!made && name !== 'video') throw new Problem(404, `This task has no ${resultName(name)}`);
  const bytes = await store.open(record.taskId, made ? made.file : null);
  if (!bytes) throw new Problem(404, 'The stored file of this task is gone');
  const { size } = bytes;
  const range = parseRange(c.req.header('range'), size);
  c.header('accept-ranges', 'bytes');
  if (range === 'unsatisfiable') {
    await bytes.close();
    c.header('content-range', `bytes */${size}`);
    throw new Problem(416, 'The range asked for lies outside of the file');
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  if (range) c.header('content-range', `bytes ${start}-${end}/${size}`);
  c.header('content-type', made ? made.type : mediaType(record.storedName));
  c.header('content-length', String(end - start + 1));
  c.header('content-disposition', `inline; filename*=UTF-8''${encodeName(fileName(record.filename, made?.file))}`);
  c.status(range ? 206 : 200);
  if (c.req.method === 'HEAD' || size === 0) {
    await bytes.close();
    return c.body(null);
  }
  return c.body(bytes.read(start, end));
}

/** A result's name in a message: what a client may have made up is not repeated. */
const resultName = (name: string): string => (/^[a-z_-]{1,30}$/.test(name) ? name : 'such result');

/** The recording's own name, with a result's extension where it is one. */
function fileName(recording: string, result: string | undefined): string {
  if (result === undefined) return recording;
  const stem = recording.replace(/\.[^.]*$/, '');
  return `${stem}${result.slice(result.lastIndexOf('.'))}`;
}

// RFC 8187 allows fewer characters than encodeURIComponent leaves, which throws on lone surrogates.
function encodeName(name: string): string {
  const percent = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, percent);
}
