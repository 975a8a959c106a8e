import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import pkg from '../../package.json' with { type: 'json' };
import type { Uploads } from '../intake/uploads.ts';
import { type TaskRecord, type TaskSteps, taskStatus } from '../tasks/task.ts';
import type { TaskStore } from '../tasks/task-store.ts';
import { earlyAnswer } from './early-answer.ts';
import { refuseBrowsers, requireKey, safeHeaders } from './guard.ts';
import { Problem } from './problem.ts';
import { sendVideo } from './results.ts';

export type AppParts = {
  store: TaskStore;
  uploads: Uploads;
  hosts: () => ReadonlySet<string>;
  apiKey: string | undefined;
  taskSteps: TaskSteps;
  onError: (error: unknown) => void;
};

/** The receiver's routes: the processing server's contract. */
export function createApp({ store, uploads, hosts, apiKey, taskSteps, onError }: AppParts) {
  const app = new Hono<{ Bindings: HttpBindings }>();

  app.onError((error, c) => {
    if (error instanceof Problem) return c.json({ detail: error.message }, error.status);
    onError(error);
    return c.json({ detail: 'The receiver failed; its log says why' }, 500);
  });
  app.notFound((c) => c.json({ detail: 'Not Found' }, 404));
  app.use(earlyAnswer, safeHeaders, refuseBrowsers(hosts));

  app.get('/health', (c) =>
    c.json({
      status: 'healthy',
      version: pkg.version,
      receiver: 'embedded',
      accepts: ['file', 'source_url'],
      idempotency: true,
    }),
  );
  if (apiKey !== undefined) app.use(requireKey(apiKey));

  const find = (taskId: string): TaskRecord => {
    const task = store.find(taskId);
    if (!task) throw new Problem(404, 'Unknown task');
    return task;
  };
  app.post('/upload', uploads.handle);
  app.get('/status/:taskId', (c) => c.json(taskStatus(find(c.req.param('taskId')), Date.now(), taskSteps)));
  app.get('/results/:taskId/video', (c) => {
    const task = find(c.req.param('taskId'));
    return sendVideo(c, task, store.filePath(task));
  });
  app.get('/results/:taskId/:kind{subtitles|thumbnail}', (c) => {
    find(c.req.param('taskId'));
    throw new Problem(404, `No ${c.req.param('kind')}: the embedded receiver only stores files`);
  });
  return app;
}
