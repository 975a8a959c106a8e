import { createRoute } from '@hono/zod-openapi';
import { healthSchema, statusSchema } from '../../../shared/api.ts';
import type { AgentServices } from '../../services.ts';
import { answer, problems, routeGroup } from './descriptions.ts';

/** The only address of the API that needs no token. */
export const healthPath = '/api/health';

const health = createRoute({
  method: 'get',
  path: healthPath,
  summary: 'Whether the agent runs; needs no token',
  tags: ['status'],
  security: [],
  responses: { 200: answer(healthSchema, 'It runs'), ...problems },
});
const status = createRoute({
  method: 'get',
  path: '/api/integrated/status',
  summary: 'OBS, destinations, recording, uploads and the last sessions, in one',
  tags: ['status'],
  responses: { 200: answer(statusSchema, 'The state of everything'), ...problems },
});

/** Health and status. */
export const statusRoutes = (services: AgentServices) =>
  routeGroup()
    .openapi(health, (c) =>
      c.json({ status: 'healthy' as const, version: services.version, timestamp: new Date().toISOString() }, 200),
    )
    .openapi(status, (c) => c.json(services.status(), 200));
