import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import * as z from 'zod';
import { prioritySchema, subtitleModelSchema } from '../../shared/domain.ts';
import { audioTrackSchema, languageSchema } from '../tasks/task.ts';
import type { TaskSettings } from '../tasks/task-state.ts';
import type { Tasks } from '../tasks/tasks.ts';
import { Problem } from './problem.ts';

type Env = { Bindings: HttpBindings };

/** How often a task's progress is told at most, ms. */
const eventPaceMs = 250;
/** A line without meaning, so that a proxy does not take the silence for an end. ms */
const keepAliveMs = 15_000;
const mostBodyBytes = 16 * 1024;

const againSchema = z
  .object({
    subtitle_model: subtitleModelSchema,
    language: languageSchema.or(z.literal('auto')),
    audio_track: audioTrackSchema.nullable(),
    priority: prioritySchema,
  })
  .partial();
const prioritySettingSchema = z.object({ priority: prioritySchema });

/** Beside the contract: what its owner can do with a task, and its events as they come. */
export function taskRoutes(tasks: Tasks): Hono<Env> {
  const app = new Hono<Env>();
  app.get('/tasks/:taskId', async (c) => c.json(await tasks.status(c.req.param('taskId'))));
  app.post('/tasks/:taskId/cancel', async (c) => c.json(await tasks.cancel(c.req.param('taskId'))));
  app.post('/tasks/:taskId/retry', async (c) => c.json(await tasks.again(c.req.param('taskId'), {})));
  app.post('/tasks/:taskId/again', async (c) => {
    const { subtitle_model, language, audio_track, priority } = await readBody(c, againSchema);
    const settings: Partial<TaskSettings> = {
      ...(subtitle_model !== undefined && { model: subtitle_model }),
      ...(language !== undefined && { language: language === 'auto' ? null : language }),
      ...(audio_track !== undefined && { audioTrack: audio_track }),
      ...(priority !== undefined && { priority }),
    };
    return c.json(await tasks.again(c.req.param('taskId'), settings));
  });
  app.post('/tasks/:taskId/priority', async (c) => {
    const { priority } = await readBody(c, prioritySettingSchema);
    return c.json(await tasks.setPriority(c.req.param('taskId'), priority));
  });
  app.delete('/tasks/:taskId', async (c) => {
    await tasks.remove(c.req.param('taskId'));
    return c.body(null, 204);
  });
  app.get('/status/:taskId/events', async (c) => {
    const taskId = c.req.param('taskId');
    await tasks.get(taskId);
    return streamEvents(c, tasks, taskId);
  });
  return app;
}

/** Server-sent events, each one the whole answer of the status route; the stream ends with the task. */
function streamEvents(c: Context<Env>, tasks: Tasks, taskId: string): Response {
  return streamSSE(c, async (stream) => {
    let wake = (): void => {};
    let changed = true;
    const off = tasks.onChange(taskId, () => {
      changed = true;
      wake();
    });
    stream.onAbort(() => wake());
    try {
      while (!stream.aborted) {
        if (changed) {
          changed = false;
          const status = await tasks.status(taskId);
          await stream.writeSSE({ event: 'status', data: JSON.stringify(status) });
          if (status.status !== 'uploaded' && status.status !== 'processing') return;
          await stream.sleep(eventPaceMs);
          continue;
        }
        const { promise, resolve } = Promise.withResolvers<'changed' | 'quiet'>();
        wake = () => resolve('changed');
        const timer = setTimeout(() => resolve('quiet'), keepAliveMs);
        const woken = await promise;
        clearTimeout(timer);
        if (woken === 'quiet') await stream.write(': still there\n\n');
      }
    } finally {
      off();
    }
  });
}

async function readBody<T>(c: Context<Env>, schema: z.ZodType<T>): Promise<T> {
  if (Number(c.req.header('content-length') ?? mostBodyBytes + 1) > mostBodyBytes) {
    throw new Problem(413, 'The body is longer than it can be');
  }
  const json: unknown = await c.req.json().catch((cause: unknown) => {
    throw new Problem(422, 'The body must be JSON', { cause });
  });
  const read = schema.safeParse(json);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new Problem(422, `${issue?.path.join('.') || 'The body'}: ${issue?.message ?? 'not valid'}`);
}
