import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import pkg from '../../package.json' with { type: 'json' };
import type { Uploads } from '../intake/uploads.ts';
import type { TaskStore } from '../tasks/task-store.ts';
import type { Tasks } from '../tasks/tasks.ts';
import { earlyAnswer } from './early-answer.ts';
import { refuseBrowsers, requireKey, safeHeaders } from './guard.ts';
import { Problem } from './problem.ts';
import { sendResult } from './results.ts';
import { taskRoutes } from './task-routes.ts';

export type AppParts = {
  store: TaskStore;
  tasks: Tasks;
  uploads: Uploads;
  hosts: () => ReadonlySet<string>;
  apiKey: string | undefined;
  /** What /health says beside the contract: what is missing, and how to get it. */
  health: () => Promise<Record<string, unknown>>;
  onError: (error: unknown) => void;
};

/** The receiver's routes: the processing server's contract. */
export function createApp({ store, tasks, uploads, hosts, apiKey, health, onError }: AppParts) {
  const app = new Hono<{ Bindings: HttpBindings }>();

  app.onError((error, c) => {
    if (error instanceof Problem) return c.json({ detail: error.message }, error.status);
    onError(error);
    return c.json({ detail: 'The receiver failed; its log says why' }, 500);
  });
  app.notFound((c) => c.json({ detail: 'Not Found' }, 404));
  app.use(earlyAnswer, safeHeaders, refuseBrowsers(hosts));

  app.get('/health', async (c) =>
    c.json({
      status: 'healthy',
      version: pkg.version,
      receiver: 'embedded',
      accepts: ['file', 'source_url'],
      idempotency: true,
      ...(await health()),
    }),
  );
  if (apiKey !== undefined) app.use(requireKey(apiKey));

  app.post('/upload', uploads.handle);
  app.get('/status/:taskId', async (c) => c.json(await tasks.status(c.req.param('taskId'))));
  app.get('/results/:taskId/:name', async (c) =>
    sendResult(c, store, await tasks.get(c.req.param('taskId')), c.req.param('name')),
  );
  app.route('/', taskRoutes(tasks));
  return app;
}
