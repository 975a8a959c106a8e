import { createRoute } from '@hono/zod-openapi';
import { chapterRequestSchema, sessionAnswerSchema, startRecordingSchema } from '../../../shared/api.ts';
import { recordingStatusSchema } from '../../../shared/domain.ts';
import type { AgentServices } from '../../services.ts';
import { answer, optionalBody, problems, routeGroup } from './descriptions.ts';

const session = answer(sessionAnswerSchema, 'The session, once OBS has confirmed');
const command = <P extends string>(path: P, summary: string) =>
  createRoute({ method: 'post', path, summary, tags: ['recording'], responses: { 200: session, ...problems } });

const start = createRoute({
  method: 'post',
  path: '/api/integrated/recording/start',
  summary: 'Start recording; what is left out comes from the next session',
  tags: ['recording'],
  request: { body: optionalBody(startRecordingSchema) },
  responses: { 200: session, ...problems },
});
const chapter = createRoute({
  method: 'post',
  path: '/api/integrated/recording/chapter',
  summary: 'Set a chapter at this moment of the recording',
  tags: ['recording'],
  request: { body: optionalBody(chapterRequestSchema) },
  responses: { 200: session, ...problems },
});
const stop = command('/api/integrated/recording/stop', 'Stop recording');
const pause = command('/api/integrated/recording/pause', 'Pause the recording');
const resume = command('/api/integrated/recording/resume', 'Resume a paused recording');
const split = command('/api/integrated/recording/split', 'Split the recording: OBS goes on in a new file');
const status = createRoute({
  method: 'get',
  path: '/api/integrated/recording/status',
  summary: 'What is being recorded now',
  tags: ['recording'],
  responses: { 200: answer(recordingStatusSchema, 'The recording as OBS reports it'), ...problems },
});

/** Record control. Each command answers once OBS's own event confirms it. */
export const recordingRoutes = ({ recorder }: AgentServices) =>
  routeGroup()
    .openapi(start, async (c) => c.json({ session: await recorder.start(c.req.valid('json')) }, 200))
    .openapi(stop, async (c) => c.json({ session: await recorder.stop() }, 200))
    .openapi(pause, async (c) => c.json({ session: await recorder.pause() }, 200))
    .openapi(resume, async (c) => c.json({ session: await recorder.resume() }, 200))
    .openapi(split, async (c) => c.json({ session: await recorder.split() }, 200))
    .openapi(chapter, async (c) => {
      const { text, name = text } = c.req.valid('json');
      return c.json({ session: await recorder.chapter(name) }, 200);
    })
    .openapi(status, (c) => c.json(recorder.status(), 200));
