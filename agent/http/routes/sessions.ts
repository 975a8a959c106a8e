import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import {
  listQuerySchema,
  offeredFileSchema,
  openFolderSchema,
  sessionAnswerSchema,
  sessionChangeSchema,
  sessionsPageSchema,
  takenFileSchema,
} from '../../../shared/api.ts';
import type { AgentServices } from '../../services.ts';
import { answer, body, idParam, optionalBody, problems, routeGroup } from './descriptions.ts';

const session = answer(sessionAnswerSchema, 'The session');
const params = idParam('sessionId');

const list = createRoute({
  method: 'get',
  path: '/api/integrated/recordings',
  summary: 'Sessions, newest first; with q and filter, those that have all its words and are in it',
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
  summary: 'Rename a session, write its notes, or change what happens with its files',
  tags: ['sessions'],
  request: { params, body: body(sessionChangeSchema) },
  responses: { 200: session, ...problems },
});
const discard = createRoute({
  method: 'post',
  path: '/api/integrated/recordings/{sessionId}/discard',
  summary: 'Withdraw a session’s uploads that have not arrived, and upload nothing more of it; its files stay',
  tags: ['sessions'],
  request: { params },
  responses: { 200: session, ...problems },
});
const files = '/api/integrated/recordings/{sessionId}/files';
const takeFile = createRoute({
  method: 'post',
  path: files,
  summary: 'Take a file in that a notice of the session names, or let it be sent by itself',
  tags: ['sessions'],
  request: { params, body: body(takenFileSchema) },
  responses: { 200: session, ...problems },
});
const leaveFile = createRoute({
  method: 'delete',
  path: files,
  summary: 'Leave that file alone, and ask no more; the file stays',
  tags: ['sessions'],
  request: { params, body: body(offeredFileSchema) },
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
const thumbnail = createRoute({
  method: 'get',
  path: '/api/integrated/recordings/{sessionId}/thumbnail',
  summary: 'A picture of a session’s beginning, where the session says that there is one',
  tags: ['sessions'],
  request: { params },
  responses: {
    200: { description: 'The picture; it never changes', content: { 'image/jpeg': { schema: z.string() } } },
    ...problems,
  },
});
const openFolder = createRoute({
  method: 'post',
  path: '/api/integrated/recordings/{sessionId}/open-folder',
  summary: 'Show a session’s file in the file manager, on the machine where StreamAI runs',
  tags: ['sessions'],
  request: { params, body: optionalBody(openFolderSchema) },
  responses: { 204: { description: 'Shown' }, ...problems },
});

/** A year: the picture of a session never changes. */
const immutable = 'private, max-age=31536000, immutable';

/** The history of sessions. */
export const sessionRoutes = ({ sessions }: AgentServices) =>
  routeGroup()
    .openapi(list, (c) => c.json(sessions.list(c.req.valid('query')), 200))
    .openapi(one, (c) => c.json({ session: sessions.get(c.req.valid('param').sessionId) }, 200))
    .openapi(change, (c) => {
      const { sessionId } = c.req.valid('param');
      return c.json({ session: sessions.change(sessionId, c.req.valid('json')) }, 200);
    })
    .openapi(discard, (c) => c.json({ session: sessions.discard(c.req.valid('param').sessionId) }, 200))
    .openapi(takeFile, (c) => {
      const { path, only = false } = c.req.valid('json');
      return c.json({ session: sessions.takeFile(c.req.valid('param').sessionId, path, only) }, 200);
    })
    .openapi(leaveFile, (c) => {
      const { sessionId } = c.req.valid('param');
      return c.json({ session: sessions.leaveFile(sessionId, c.req.valid('json').path) }, 200);
    })
    .openapi(forget, (c) => {
      sessions.forget(c.req.valid('param').sessionId);
      return c.body(null, 204);
    })
    .openapi(thumbnail, (c) => {
      const jpeg = sessions.thumbnail(c.req.valid('param').sessionId);
      return c.body(jpeg, 200, { 'Content-Type': 'image/jpeg', 'Cache-Control': immutable });
    })
    .openapi(openFolder, async (c) => {
      await sessions.openFolder(c.req.valid('param').sessionId, c.req.valid('json').recordingId);
      return c.body(null, 204);
    });
