import { createRoute } from '@hono/zod-openapi';
import { doctorReportSchema } from '../../../shared/doctor.ts';
import type { AgentServices } from '../../services.ts';
import { preferredLanguage } from '../language.ts';
import { answer, problems, routeGroup } from './descriptions.ts';

const get = createRoute({
  method: 'get',
  path: '/api/doctor',
  summary: 'Looks at everything that StreamAI needs on this machine: what is wrong, and what mends it',
  tags: ['status'],
  responses: { 200: answer(doctorReportSchema, 'Every check; takes up to some seconds'), ...problems },
});

/** What is wrong on this machine. */
export const doctorRoutes = ({ doctor }: AgentServices) =>
  routeGroup().openapi(get, async (c) =>
    c.json(await doctor.examine(preferredLanguage(c.req.header('accept-language'))), 200),
  );
