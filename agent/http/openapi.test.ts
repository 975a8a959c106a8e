import { expect, test } from 'vitest';
import { startFakeAgent, testToken } from './agent-fixture.ts';
import { probe } from './http-fixture.ts';

/** The API as the design names it. */
const promised = [
  'DELETE /api/destinations/object-storage/orphans',
  'DELETE /api/integrated/recordings/{sessionId}',
  'DELETE /api/integrated/recordings/{sessionId}/files',
  'DELETE /api/integrated/recordings/{sessionId}/marks/{markId}',
  'GET /api/destinations/object-storage/orphans',
  'GET /api/doctor',
  'GET /api/health',
  'GET /api/integrated/next-session',
  'GET /api/integrated/recording/status',
  'GET /api/integrated/recordings',
  'GET /api/integrated/recordings/{sessionId}',
  'GET /api/integrated/recordings/{sessionId}/chapters',
  'GET /api/integrated/recordings/{sessionId}/thumbnail',
  'GET /api/integrated/status',
  'GET /api/obs/connection',
  'GET /api/openapi.json',
  'GET /api/settings',
  'GET /api/setup',
  'PATCH /api/integrated/recordings/{sessionId}',
  'PATCH /api/integrated/recordings/{sessionId}/marks/{markId}',
  'POST /api/destinations/{id}/test',
  'POST /api/integrated/recording/chapter',
  'POST /api/integrated/recording/pause',
  'POST /api/integrated/recording/resume',
  'POST /api/integrated/recording/split',
  'POST /api/integrated/recording/start',
  'POST /api/integrated/recording/stop',
  'POST /api/integrated/recordings/{sessionId}/discard',
  'POST /api/integrated/recordings/{sessionId}/files',
  'POST /api/integrated/recordings/{sessionId}/marks',
  'POST /api/integrated/recordings/{sessionId}/open-folder',
  'POST /api/integrated/upload/manual',
  'POST /api/integrated/uploads/{id}/cancel',
  'POST /api/integrated/uploads/{id}/link',
  'POST /api/integrated/uploads/{id}/pause',
  'POST /api/integrated/uploads/{id}/resume',
  'POST /api/integrated/uploads/{id}/retry',
  'POST /api/integrated/uploads/{id}/verify',
  'POST /api/obs/reconnect',
  'POST /api/setup',
  'POST /api/shutdown',
  'POST /api/token',
  'PUT /api/integrated/next-session',
  'PUT /api/settings',
];

interface Operation {
  summary?: string;
  security?: unknown[];
  responses?: Record<string, { description?: string }>;
  parameters?: { name: string; in: string; required: boolean }[];
}
interface Document {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown>; securitySchemes: Record<string, unknown> };
  security: unknown[];
}

test('describes every route of the API, and only what exists', async () => {
  const agent = await startFakeAgent();
  try {
    const answer = await probe(agent.port, {
      path: '/api/openapi.json',
      headers: { authorization: `Bearer ${testToken}` },
    });
    const document = answer.json as Document;
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'StreamAI', version: '0.1.0' } });
    expect(document.security).toEqual([{ token: [] }]);

    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
    );
    expect(operations.map(([name]) => name).sort()).toEqual(promised);
    for (const [name, operation] of operations) {
      expect(operation.summary, name).toBeTruthy();
      for (const response of Object.values(operation.responses ?? {})) expect(response.description, name).toBeTruthy();
      const inPath = [...name.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect(
        declared.map((parameter) => parameter.name),
        name,
      ).toEqual(inPath);
      expect(operation.security, name).toEqual(name === 'GET /api/health' ? [] : undefined);
    }

    const exported = document.paths['/api/integrated/recordings/{sessionId}/chapters']?.get?.parameters ?? [];
    expect(exported.map(({ name }) => name)).toEqual(['sessionId', 'format', 'recording', 'language']);

    const references = [...answer.text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    expect(references.length).toBeGreaterThan(0);
    expect(Object.keys(document.components.schemas)).toEqual(expect.arrayContaining(references));
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(['Session', 'Upload', 'ErrorBody']),
    );
  } finally {
    await agent.close();
  }
});
