import { createRoute } from '@hono/zod-openapi';
import {
  linkAnswerSchema,
  linkRequestSchema,
  manualUploadSchema,
  uploadAnswerSchema,
  uploadsAnswerSchema,
  verificationSchema,
} from '../../../shared/api.ts';
import type { AgentServices } from '../../services.ts';
import { answer, body, idParam, problems, routeGroup } from './descriptions.ts';

const manual = createRoute({
  method: 'post',
  path: '/api/integrated/upload/manual',
  summary: 'Upload a session’s recordings, again or for the first time',
  tags: ['uploads'],
  request: { body: body(manualUploadSchema) },
  responses: { 202: answer(uploadsAnswerSchema, 'The uploads that were queued'), ...problems },
});
const action = <P extends string>(path: P, summary: string) =>
  createRoute({
    method: 'post',
    path,
    summary,
    tags: ['uploads'],
    request: { params: idParam('id') },
    responses: { 200: answer(uploadAnswerSchema, 'The upload as it is now'), ...problems },
  });
const pause = action('/api/integrated/uploads/{id}/pause', 'Pause an upload');
const resume = action('/api/integrated/uploads/{id}/resume', 'Resume a paused upload');
const retry = action(
  '/api/integrated/uploads/{id}/retry',
  'Try an upload again now that waits, failed or was cancelled, or whose task failed',
);
const cancel = action('/api/integrated/uploads/{id}/cancel', 'Cancel an upload');

const verify = createRoute({
  method: 'post',
  path: '/api/integrated/uploads/{id}/verify',
  summary: 'Prove afresh that an upload’s copy is what the local file is now; reads all of the file',
  tags: ['uploads'],
  request: { params: idParam('id') },
  responses: { 200: answer(verificationSchema, 'Whether it is proven; else why not'), ...problems },
});
const link = createRoute({
  method: 'post',
  path: '/api/integrated/uploads/{id}/link',
  summary: 'Make a link with which anybody can fetch the uploaded recording, for a while',
  tags: ['uploads'],
  request: { params: idParam('id'), body: body(linkRequestSchema) },
  responses: {
    200: answer(linkAnswerSchema, 'The link: a secret, for whoever has it can fetch the recording'),
    ...problems,
  },
});

/** Uploads: by hand, and what can be done with each. */
export const uploadRoutes = ({ uploads }: AgentServices) =>
  routeGroup()
    .openapi(manual, async (c) => c.json({ uploads: await uploads.manual(c.req.valid('json')) }, 202))
    .openapi(pause, (c) => c.json({ upload: uploads.pause(c.req.valid('param').id) }, 200))
    .openapi(resume, (c) => c.json({ upload: uploads.resume(c.req.valid('param').id) }, 200))
    .openapi(retry, (c) => c.json({ upload: uploads.retry(c.req.valid('param').id) }, 200))
    .openapi(cancel, (c) => c.json({ upload: uploads.cancel(c.req.valid('param').id) }, 200))
    .openapi(verify, async (c) => c.json(await uploads.verify(c.req.valid('param').id), 200))
    .openapi(link, async (c) => {
      const { expiresInSeconds } = c.req.valid('json');
      return c.json(await uploads.link(c.req.valid('param').id, expiresInSeconds), 200);
    });
