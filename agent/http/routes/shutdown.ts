import { createRoute } from '@hono/zod-openapi';
import { shutdownAnswerSchema } from '../../../shared/api.ts';
import type { AgentServices } from '../../services.ts';
import { answer, problems, routeGroup } from './descriptions.ts';

const shutdown = createRoute({
  method: 'post',
  path: '/api/shutdown',
  summary: 'End StreamAI in order, as a signal does: what is under way goes on at the next start',
  tags: ['status'],
  responses: { 202: answer(shutdownAnswerSchema, 'It ends; it is gone when this process is'), ...problems },
});

/** The end: Windows has no signal for it, and a program that updates or removes us has no terminal. */
export const shutdownRoutes = ({ shutDown }: AgentServices) =>
  routeGroup().openapi(shutdown, (c) => {
    // The connection as well: the end does not wait for another request on it.
    c.header('Connection', 'close');
    setImmediate(shutDown);
    return c.json({ pid: process.pid }, 202);
  });
