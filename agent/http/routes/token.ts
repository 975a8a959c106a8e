import { createRoute } from '@hono/zod-openapi';
import { renewTokenSchema, tokenAnswerSchema } from '../../../shared/api.ts';
import type { AgentServices } from '../../services.ts';
import { answer, body, problems, routeGroup } from './descriptions.ts';

const renew = createRoute({
  method: 'post',
  path: '/api/token',
  summary: 'Make a new token; the old one ends at once, and so does every live channel',
  tags: ['status'],
  request: { body: body(renewTokenSchema) },
  responses: { 200: answer(tokenAnswerSchema, 'The new token'), ...problems },
});

/** The token. */
export const tokenRoutes = ({ token }: AgentServices) =>
  routeGroup().openapi(renew, (c) => c.json({ token: token.renew() }, 200));
