import { createRoute } from '@hono/zod-openapi';
import { setupAnswerSchema, setupRequestSchema, setupViewSchema } from '../../../shared/setup.ts';
import type { AgentServices } from '../../services.ts';
import { answer, body, problems, routeGroup } from './descriptions.ts';

const path = '/api/setup';

const get = createRoute({
  method: 'get',
  path,
  summary: 'Every OBS of this machine, and what each needs for StreamAI',
  tags: ['OBS'],
  responses: {
    200: answer(setupViewSchema, 'What is missing, what an undo would do, what waits for OBS to be closed'),
    ...problems,
  },
});
const post = createRoute({
  method: 'post',
  path,
  summary: 'Set OBS up, or take that back; while OBS runs, as soon as it has been closed',
  tags: ['OBS'],
  request: { body: body(setupRequestSchema) },
  responses: {
    200: answer(setupAnswerSchema, 'What was done, or would be; `pending` waits for OBS to be closed'),
    ...problems,
  },
});

/** Setting OBS up. */
export const setupRoutes = ({ setup }: AgentServices) =>
  routeGroup()
    .openapi(get, async (c) => c.json(await setup.view(), 200))
    .openapi(post, async (c) => c.json(await setup.request(c.req.valid('json')), 200));
