/** The description of the REST API, made from the routes themselves. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import {
  destinationStatusSchema,
  markSchema,
  nextSessionSchema,
  obsStatusSchema,
  recordingSchema,
  recordingStatusSchema,
  sessionSchema,
  taskSchema,
  uploadSchema,
} from '../../shared/domain.ts';
import { errorBodySchema, errorInfoSchema } from '../../shared/error-schema.ts';
import { settingsViewSchema } from '../../shared/settings.ts';

export const openApiPath = '/api/openapi.json';

/** Schemas that stand by name under `components`; the others stand where they are used. */
const named = {
  Session: sessionSchema,
  Mark: markSchema,
  Recording: recordingSchema,
  Upload: uploadSchema,
  Task: taskSchema,
  NextSession: nextSessionSchema,
  ObsStatus: obsStatusSchema,
  DestinationStatus: destinationStatusSchema,
  RecordingStatus: recordingStatusSchema,
  SettingsView: settingsViewSchema,
  ErrorInfo: errorInfoSchema,
  ErrorBody: errorBodySchema,
};

/** Adds GET /api/openapi.json, which makes the document anew for each request. */
export function describeApi(app: OpenAPIHono, version: string): void {
  // zod-to-openapi takes a schema's name from this entry; its own `.openapi(name)` makes a copy, which others do not use.
  for (const [refId, schema] of Object.entries(named)) z.globalRegistry.add(schema, { _internal: { refId } });
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
  app.openAPIRegistry.registerPath({
    method: 'get',
    path: openApiPath,
    summary: 'This description of the API',
    tags: ['status'],
    responses: { 200: { description: 'OpenAPI 3.1' } },
  });
  app.get(openApiPath, (c) =>
    c.json(
      app.getOpenAPI31Document({
        openapi: '3.1.0',
        info: { title: 'StreamAI', version, description: 'Records with OBS and gets every recording to Vultr.' },
        security: [{ token: [] }],
      }),
    ),
  );
}
