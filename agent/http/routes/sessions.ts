import { createRoute } from '@hono/zod-openapi';
import { listQuerySchema, sessionAnswerSchema, sessionChangeSchema, sessionsPageSchema } from '../../../shared/api.ts';
import type { AgentServices } from '../../services.ts';
import { answer, body, idParam, problems, routeGroup } from './descriptions.ts';

const session = answer(sessionAnswerSchema, 'The session');
const params = idParam('sessionId');

const list = createRoute({
  method: 'get',
  path: '/api/integrated/recordings',
  summary: 'Past sessions, newest first',
  tags: ['sessions'],
  request: { query: listQuerySchema },
  responses: { 200: answer(sessionsPageSchema, 'One page; nextCursor leads to the next'), ...problems },
});
const one = createRoute({
  method: 'get',
  path: '/api/integrated/recordings/{sessionId}',
  summary: 'One session with its recordings, uploads and tasks',
  tags: ['sessions'],
  request: { params },
  responses: { 200: session, ...problems },
});
const change = createRoute({
  method: 'patch',
  path: '/api/integrated/recordings/{sessionId}',
  summary: 'Rename a session, take notes, or change what will happen with its files',
  tags: ['sessions'],
  request: { params, body: body(sessionChangeSchema) },
  responses: { 200: session, ...problems },
});
const forget = createRoute({
  method: 'delete',
  path: '/api/integrated/recordings/{sessionId}',
  summary: 'Forget a session; its files stay',
  tags: ['sessions'],
  request: { params },
  responses: { 204: { description: 'Forgotten' }, ...problems },
});

/** The history of sessions. */
export const sessionRoutes = ({ sessions }: AgentServices) =>
  routeGroup()
    .openapi(list, (c) => c.json(sessions.list(c.req.valid('query')), 200))
    .openapi(one, (c) => c.json({ session: sessions.get(c.req.valid('param').sessionId) }, 200))
    .openapi(change, (c) => {
      const { sessionId } = c.req.valid('param');
      return c.json({ session: sessions.change(sessionId, c.req.valid('json')) }, 200);
    })
    .openapi(forget, (c) => {
      sessions.forget(c.req.valid('param').sessionId);
      return c.body(null, 204);
    });
