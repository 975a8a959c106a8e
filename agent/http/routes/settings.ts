import { createRoute } from '@hono/zod-openapi';
import { settingsChangeSchema, settingsViewSchema } from '../../../shared/settings.ts';
import type { AgentServices } from '../../services.ts';
import { preferredLanguage } from '../language.ts';
import { answer, body, problems, routeGroup } from './descriptions.ts';

const path = '/api/settings';
const responses = {
  200: answer(settingsViewSchema, 'Values without secrets, and what the environment fixes'),
  ...problems,
};

const get = createRoute({ method: 'get', path, summary: 'The settings', tags: ['settings'], responses });
const put = createRoute({
  method: 'put',
  path,
  summary: 'Change settings; what is left out stays; with null, what is found or the default applies again',
  tags: ['settings'],
  request: { body: body(settingsChangeSchema) },
  responses,
});

/** Settings that a person can change. */
export const settingsRoutes = ({ settings }: AgentServices) =>
  routeGroup()
    .openapi(get, (c) => c.json(settings.view(), 200))
    .openapi(put, async (c) => {
      const language = preferredLanguage(c.req.header('accept-language'));
      return c.json(await settings.change(c.req.valid('json'), language), 200);
    });
