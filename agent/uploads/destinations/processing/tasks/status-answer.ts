/** The processing server's answer about a task: untrusted, tolerant of more than was promised. */
import { cleanText } from '../../clean-text.ts';
import { answerInvalid } from '../http/http-answer.ts';
import { refusedInside } from '../http/http-failure.ts';
import { parseJson } from '../http/json.ts';
import { withoutKey } from '../http/server-words.ts';
import type { ServerStatus } from '../http/status-words.ts';
import { readTask } from '../http/task-answer.ts';

export interface StatusAnswer {
  readonly status: ServerStatus;
  readonly progress: number | null;
  readonly message: string | null;
  /** http(s) links to what the server made, by name. */
  readonly results: Readonly<Record<string, string>>;
}

const mostLinks = 20;
const longestName = 50;
const longestLink = 2000;

/**
 * @param base the server's base URL, for links that are paths
 * @param apiKey never appears in what the server says
 * @throws StreamAIError destination_answer_invalid, destination_rejected
 */
export function parseStatusAnswer(
  text: string,
  taskId: string,
  base: string,
  apiKey: string | null = null,
): StatusAnswer {
  const json = parseJson(text);
  if (json === undefined) throw answerInvalid('it is not JSON');
  const told = readTask(json, apiKey);
  if (told === null) throw answerInvalid('it has no status that is known');
  const { id, isTaskId, status, unknownStatus, progress, message, result } = told;
  if (status === null) {
    if (told.refused || told.failed) throw refusedInside(200, json, apiKey);
    const word = unknownStatus === null ? '' : cleanText(withoutKey(unknownStatus.slice(0, 50), apiKey));
    throw answerInvalid(`it has no status that is known${word === '' ? '' : ` (“${word}”)`}`);
  }
  if (isTaskId && id !== taskId) throw answerInvalid('it is about another task');
  return { status, progress, message, results: resultLinks(result, base) };
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
