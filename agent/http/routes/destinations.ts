import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { abortOrphanSchema, destinationTestSchema, orphansAnswerSchema } from '../../../shared/api.ts';
import { destinationSchema } from '../../../shared/domain.ts';
import type { AgentServices } from '../../services.ts';
import { answer, body, problems, routeGroup } from './descriptions.ts';

const orphansPath = '/api/destinations/object-storage/orphans';

const test = createRoute({
  method: 'post',
  path: '/api/destinations/{id}/test',
  summary: 'Test a destination as it is set up now, with a small real round trip',
  tags: ['destinations'],
  request: { params: z.object({ id: destinationSchema }) },
  responses: { 200: answer(destinationTestSchema, 'Whether it works; else the exact fault'), ...problems },
});
const orphans = createRoute({
  method: 'get',
  path: orphansPath,
  summary: 'Multipart uploads in the bucket that nobody goes on with; they cost money until they are aborted',
  tags: ['destinations'],
  responses: { 200: answer(orphansAnswerSchema, 'Those multipart uploads'), ...problems },
});
const abort = createRoute({
  method: 'delete',
  path: orphansPath,
  summary: 'Abort a multipart upload that nobody goes on with',
  tags: ['destinations'],
  request: { body: body(abortOrphanSchema) },
  responses: { 204: { description: 'Aborted' }, ...problems },
});

/** Destinations: whether they work, and what lies around in the bucket. */
export const destinationRoutes = ({ destinations }: AgentServices) =>
  routeGroup()
    .openapi(test, async (c) => c.json(await destinations.test(c.req.valid('param').id), 200))
    .openapi(orphans, async (c) => c.json({ orphans: await destinations.orphans() }, 200))
    .openapi(abort, async (c) => {
      await destinations.abortOrphan(c.req.valid('json'));
      return c.body(null, 204);
    });
