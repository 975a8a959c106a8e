import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { chapterExportQuerySchema, markChangeSchema, newMarkSchema, sessionAnswerSchema } from '../../../shared/api.ts';
import type { AgentServices } from '../../services.ts';
import { exportChapters } from '../../sessions/chapters/export.ts';
import { attachment } from '../attachment.ts';
import { preferredLanguage } from '../language.ts';
import { answer, body, idParam, problems, routeGroup } from './descriptions.ts';

const session = answer(sessionAnswerSchema, 'The session as it is then');
const ofSession = idParam('sessionId');
const ofMark = z.object({ sessionId: z.string().min(1).max(100), markId: z.string().min(1).max(100) });
const marksPath = '/api/integrated/recordings/{sessionId}/marks';
const markPath = '/api/integrated/recordings/{sessionId}/marks/{markId}';

const add = createRoute({
  method: 'post',
  path: marksPath,
  summary: 'Add a chapter or a note; without atMs, at this moment of the recording',
  tags: ['chapters and notes'],
  request: { params: ofSession, body: body(newMarkSchema) },
  responses: { 200: session, ...problems },
});
const change = createRoute({
  method: 'patch',
  path: markPath,
  summary: 'Change a chapter’s or a note’s text or place; what OBS wrote into a file stays there',
  tags: ['chapters and notes'],
  request: { params: ofMark, body: body(markChangeSchema) },
  responses: { 200: session, ...problems },
});
const remove = createRoute({
  method: 'delete',
  path: markPath,
  summary: 'Remove a chapter or a note; what OBS wrote into a file stays there',
  tags: ['chapters and notes'],
  request: { params: ofMark },
  responses: { 200: session, ...problems },
});
const text = { schema: z.string() };
const chapters = createRoute({
  method: 'get',
  path: '/api/integrated/recordings/{sessionId}/chapters',
  summary: 'The chapters for other programs: WebVTT, ffmpeg’s metadata, a YouTube description',
  tags: ['chapters and notes'],
  request: { params: ofSession, query: chapterExportQuerySchema },
  responses: {
    200: {
      description:
        'A file. Its times count from the session’s start; with `recording` it has the chapters of that file alone, counted from ' +
        'the file’s beginning. X-Chapters-Left-Out: how many the format has no place for',
      content: { 'text/vtt': text, 'text/plain': text },
    },
    ...problems,
  },
});

/** A chapter's text is its name, and many write that. */
function withText<T extends { text?: string | undefined; name?: string | undefined }>({ name, ...mark }: T) {
  return name === undefined ? mark : { ...mark, text: name };
}

/** Chapters and notes of sessions. */
export const markRoutes = ({ marks, sessions }: AgentServices) =>
  routeGroup()
    .openapi(add, async (c) => {
      const { sessionId } = c.req.valid('param');
      return c.json({ session: await marks.add(sessionId, withText(c.req.valid('json'))) }, 200);
    })
    .openapi(change, (c) => {
      const { sessionId, markId } = c.req.valid('param');
      return c.json({ session: marks.change(sessionId, markId, withText(c.req.valid('json'))) }, 200);
    })
    .openapi(remove, (c) => {
      const { sessionId, markId } = c.req.valid('param');
      return c.json({ session: marks.remove(sessionId, markId) }, 200);
    })
    .openapi(chapters, (c) => {
      const { format, recording = null, language: asked } = c.req.valid('query');
      const language = asked ?? preferredLanguage(c.req.header('accept-language'));
      const file = exportChapters(sessions.get(c.req.valid('param').sessionId), format, language, recording);
      return c.body(file.text, 200, {
        'Content-Type': file.type,
        'Content-Disposition': attachment(file.fileName),
        'X-Chapters-Left-Out': String(file.leftOut),
      });
    });
