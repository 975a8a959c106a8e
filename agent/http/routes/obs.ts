import { createRoute } from '@hono/zod-openapi';
import { obsConnectionSchema } from '../../../shared/api.ts';
import { obsStatusSchema } from '../../../shared/domain.ts';
import type { AgentServices } from '../../services.ts';
import { answer, problems, routeGroup } from './descriptions.ts';

const connection = createRoute({
  method: 'get',
  path: '/api/obs/connection',
  summary: 'Where OBS listens and its password, for the dock’s own connection',
  tags: ['OBS'],
  responses: { 200: answer(obsConnectionSchema, 'Address and password'), ...problems },
});
const reconnect = createRoute({
  method: 'post',
  path: '/api/obs/reconnect',
  summary: 'Try to reach OBS at once, also after it refused the password',
  tags: ['OBS'],
  responses: {
    200: answer(obsStatusSchema, 'OBS’s state as it is now; the live channel tells what comes of it'),
    ...problems,
  },
});

/** The connection to OBS. */
export const obsRoutes = ({ obs }: AgentServices) =>
  routeGroup()
    .openapi(connection, (c) => c.json(obs.connectionInfo(), 200))
    .openapi(reconnect, (c) => {
      obs.reconnect();
      return c.json(obs.status(), 200);
    });
