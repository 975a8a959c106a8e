/**
 * A processing server's words about a task, in whatever form they come: under our contract's names or others, at the top of the
 * answer or inside `data`, `task`, `result`. Untrusted: nothing of it is believed to be there.
 */
import { cleanText } from '../../clean-text.ts';
import { numberSchema, progressOf, sha256Schema, taskIdSchema } from './answer-fields.ts';
import { type Fields, fieldsOf } from './json.ts';
import { jsonDetail, withoutKey } from './server-words.ts';
import { isOfAnswers, type ServerStatus, statusOf } from './status-words.ts';

export interface TaskAnswer {
  /** null: none is told. */
  readonly id: string | null;
  /** Whether the id is told as a task's; another one may be anything's. */
  readonly isTaskId: boolean;
  readonly status: ServerStatus | null;
  /** The status is a word that may be about the answer alone. */
  readonly vague: boolean;
  /** The status as it was told, when nobody knows the word. */
  readonly unknownStatus: string | null;
  /** 0..100 */
  readonly progress: number | null;
  /** As one safe line; null: none. */
  readonly message: string | null;
  /** Bytes, and hex. */
  readonly size: number | null;
  readonly sha256: string | null;
  /** What the server made, whatever it is. */
  readonly result: unknown;
  /** The server says that the request failed (`"success": false`), whatever HTTP's status was. */
  readonly refused: boolean;
  /** It tells of an error, which may be the request's or the task's. */
  readonly failed: boolean;
}

const taskIdNames = ['taskid', 'jobid', 'taskuuid', 'jobuuid'];
const idNames = ['id', 'uuid', 'guid', 'uid', 'requestid', 'uploadid'];
const statusNames = ['status', 'state', 'taskstatus', 'jobstatus', 'taskstate', 'jobstate'];
const messageNames = ['message', 'msg', 'statusmessage'];
const successNames = ['success', 'successful', 'succeeded', 'ok', 'accepted'];
/** Names of objects that are a task, and of those that may hold one. */
const taskNames = ['task', 'job'];
const wrapperNames = ['data', 'result', 'response', 'payload', 'body'];
const deepest = 3;

/** @returns null for what is no object; @param apiKey never appears in the message */
export function readTask(json: unknown, apiKey: string | null): TaskAnswer | null {
  const top = fieldsOf(json);
  if (top === null) return null;
  const objects = withInner(top);
  const found = findId(objects);
  // Whoever names the task speaks of it; else the task's own object, then from the top down.
  const holders = [
    ...new Set([...(found === null ? [] : [found.holder]), ...objects.filter(({ isTask }) => isTask), ...objects]),
  ];
  const { word, status } = findStatus(holders);
  const progress = first(holders, progressOf);
  const saysNo = ({ fields }: Holder): boolean => successNames.some((name) => isNo(fields.get(name)));
  const ended = status === 'completed' || status === 'completed_simple';
  const near = found === null ? [objects[0]] : [found.holder, objects[0]];
  const at = (name: string): unknown => first(near, (fields) => fields.get(name));
  return {
    id: found?.id ?? null,
    isTaskId: found?.isTaskId ?? false,
    status,
    vague: status !== null && isOfAnswers(word ?? ''),
    unknownStatus: status === null ? word : null,
    // As a part of 1, the end is 1.
    progress: ended && progress === 1 ? 100 : progress,
    message: status === 'error' ? jsonDetail(json, apiKey) || null : findMessage(holders, apiKey),
    size: numberSchema.safeParse(at('size')).data ?? null,
    sha256: sha256Schema.safeParse(at('sha256')).data ?? null,
    result: first(holders, (fields) => fields.get('result') ?? fields.get('results')),
    failed: objects.some(({ fields }) => isError(fields.get('error')) || isError(fields.get('errors'))),
    refused: objects.slice(0, found === null ? objects.length : 1).some(saysNo),
  };
}

interface Holder {
  readonly fields: Fields;
  readonly isTask: boolean;
}

/** The top and what it holds, from the top down. */
function withInner(top: Fields): Holder[] {
  const found: Holder[] = [{ fields: top, isTask: false }];
  let level = found;
  for (let depth = 1; depth <= deepest; depth += 1) {
    level = level.flatMap(({ fields }) => [...inner(fields, taskNames, true), ...inner(fields, wrapperNames, false)]);
    found.push(...level);
  }
  return found;
}

function inner(fields: Fields, names: readonly string[], isTask: boolean): Holder[] {
  return names.flatMap((name) => {
    const each = fieldsOf(fields.get(name));
    return each === null ? [] : [{ fields: each, isTask }];
  });
}

/** A name that says that it is a task's wins over an `id` of whatever. */
function findId(holders: readonly Holder[]): { id: string; holder: Holder; isTaskId: boolean } | null {
  const search = (names: (holder: Holder) => readonly string[], isTaskId: boolean) => {
    for (const holder of holders) {
      for (const name of names(holder)) {
        const { data: id } = taskIdSchema.safeParse(holder.fields.get(name));
        if (id !== undefined) return { id, holder, isTaskId };
      }
    }
    return null;
  };
  const ofTask = ({ isTask }: Holder): readonly string[] => [...taskIdNames, ...(isTask ? idNames : [])];
  return search(ofTask, true) ?? search(() => idNames, false) ?? search(() => taskNames, false);
}

/** A word that may be about the answer alone counts only where nobody says more. */
function findStatus(holders: readonly Holder[]): { word: string | null; status: ServerStatus | null } {
  const words = holders
    .flatMap(({ fields }) => statusNames.map((name) => fields.get(name)))
    .filter((each) => typeof each === 'string');
  const known = words.filter((each) => statusOf(each) !== null);
  const word = known.find((each) => !isOfAnswers(each)) ?? known[0] ?? words[0];
  return word === undefined ? { word: null, status: null } : { word, status: statusOf(word) };
}

function findMessage(holders: readonly Holder[], apiKey: string | null): string | null {
  const text = first(holders, (fields) =>
    messageNames.map((name) => fields.get(name)).find((each) => typeof each === 'string' && each.trim() !== ''),
  );
  return typeof text === 'string' ? cleanText(withoutKey(text, apiKey)) || null : null;
}

const isNo = (value: unknown): boolean =>
  value === false || value === 0 || (typeof value === 'string' && /^\s*(false|no|0)\s*$/i.test(value));

const isError = (value: unknown): boolean =>
  value === true ||
  (typeof value === 'string' && value !== '') ||
  (typeof value === 'object' && value !== null && Object.keys(value).length > 0);

/** What the first of them has to say. */
function first<T>(holders: readonly (Holder | undefined)[], ask: (fields: Fields) => T | null | undefined): T | null {
  for (const holder of holders) {
    const found = holder === undefined ? null : ask(holder.fields);
    if (found !== null && found !== undefined) return found;
  }
  return null;
}
