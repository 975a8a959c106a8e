import { createRoute } from '@hono/zod-openapi';
import { nextSessionChangeSchema } from '../../../shared/api.ts';
import { nextSessionSchema } from '../../../shared/domain.ts';
import type { AgentServices } from '../../services.ts';
import { answer, body, problems, routeGroup } from './descriptions.ts';

const path = '/api/integrated/next-session';
const responses = { 200: answer(nextSessionSchema, 'What the next recording gets'), ...problems };

const get = createRoute({
  method: 'get',
  path,
  summary: 'What the next recording gets, whoever starts it',
  tags: ['next session'],
  responses,
});
const put = createRoute({
  method: 'put',
  path,
  summary: 'Change what the next recording gets; what is left out stays',
  tags: ['next session'],
  request: { body: body(nextSessionChangeSchema) },
  responses,
});

/** The next session: one, shared by all clients. */
export const nextSessionRoutes = ({ nextSession }: AgentServices) =>
  routeGroup()
    .openapi(get, (c) => c.json(nextSession.get(), 200))
    .openapi(put, async (c) => c.json(await nextSession.change(c.req.valid('json')), 200));
