/** The processing server's answer about a task: untrusted, tolerant of more than was promised. */
import * as z from 'zod';
import type { TaskStatus } from '../../../../../shared/domain.ts';
import { messageSchema, progressSchema, serverStatusSchema, taskIdSchema } from '../http/answer-fields.ts';
import { answerInvalid } from '../http/http-answer.ts';
import { parseJson, serverDetail } from '../http/http-failure.ts';

export interface StatusAnswer {
  readonly status: Exclude<TaskStatus, 'unknown'>;
  readonly progress: number | null;
  readonly message: string | null;
  /** http(s) links to what the server made, by name. */
  readonly results: Readonly<Record<string, string>>;
}

const schema = z.object({
  task_id: taskIdSchema.optional(),
  status: serverStatusSchema,
  progress: progressSchema,
  message: messageSchema,
  result: z.unknown().optional(),
});

const mostLinks = 20;
const longestName = 50;
const longestLink = 2000;

/**
 * @param base the server's base URL, for links that are paths
 * @throws StreamAIError destination_answer_invalid
 */
export function parseStatusAnswer(text: string, taskId: string, base: string): StatusAnswer {
  const json = parseJson(text);
  if (json === undefined) throw answerInvalid('it is not JSON');
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw answerInvalid('it has no status that is known');
  const { task_id, status, progress, message, result } = parsed.data;
  if (task_id !== undefined && task_id !== taskId) throw answerInvalid('it is about another task');
  return { status, progress, message: message || serverDetail(text, null) || null, results: resultLinks(result, base) };
}

/** Keeps what is an http(s) address, or a path on the server; everything else (`javascript:`, `file:` …) is dropped. */
export function resultLinks(result: unknown, base: string): Record<string, string> {
  const entries: [string, unknown][] =
    typeof result === 'string'
      ? [['result', result]]
      : typeof result === 'object' && result !== null && !Array.isArray(result)
        ? Object.entries(result)
        : [];
  const links: Record<string, string> = {};
  for (const [name, value] of entries) {
    if (Object.keys(links).length >= mostLinks) break;
    const link = typeof value === 'string' ? resolveLink(value, base) : null;
    if (link !== null && /^[\w .-]+$/.test(name) && name !== '__proto__' && name.length <= longestName)
      links[name] = link;
  }
  return links;
}

function resolveLink(value: string, base: string): string | null {
  if (value.length > longestLink || !/^(https?:\/\/|\/)/i.test(value)) return null;
  const url = URL.parse(value, base);
  // A name or password in a link is bait: browsers hide it.
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return null;
  return url.href;
}
