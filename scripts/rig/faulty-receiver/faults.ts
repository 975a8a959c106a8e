/** What the misbehaving receiver does with an upload, other than passing it on. */
export type UploadFault =
  /** Reads the body at this pace, then is fine. Socket buffers (some MB) fill at full speed first. */
  | { kind: 'slow'; bytesPerSecond: number }
  /** Refuses with a status; `atOnce`: at the headers; else after the whole body. */
  | { kind: 'refuse'; status: number; detail?: unknown; headers?: Record<string, string>; atOnce?: boolean }
  /** Resets the connection once this many body bytes came. */
  | { kind: 'cut'; afterBytes: number }
  /** Stores the file, then resets the connection instead of answering. */
  | { kind: 'lose-answer' }
  /** Reads everything, then says nothing, for ever. */
  | { kind: 'never-answer' }
  /** Reads everything, then answers 200 with this text (see `badAnswers`). */
  | { kind: 'answer'; text: string }
  /** Reads everything, then answers 200 with endless JSON white space, at most this many bytes. */
  | { kind: 'huge-answer'; bytes: number }
  /** Reads everything, then answers 200 with this text as a web page. */
  | { kind: 'page'; text: string; headers?: Record<string, string> }
  /** To another address; default: 307. */
  | { kind: 'redirect'; location: string; status?: number };

/** What it does with a question for a task's status. */
export type StatusFault =
  | { kind: 'refuse'; status: number; detail?: unknown; headers?: Record<string, string> }
  | { kind: 'answer'; text: string }
  /** The true answer with these fields laid over it: unknown statuses, wrong types, extra fields. */
  | { kind: 'change'; fields: Record<string, unknown> }
  | { kind: 'never-answer' }
  | { kind: 'cut' }
  | { kind: 'huge-answer'; bytes: number }
  | { kind: 'page'; text: string; headers?: Record<string, string> }
  | { kind: 'redirect'; location: string; status?: number };

/** A fault, for the next `times` requests of its kind; without `times` until the plan changes. */
export type Planned<Fault> = Fault & { times?: number };

export type FaultPlan = {
  upload?: Planned<UploadFault>;
  status?: Planned<StatusFault>;
  /** Behaves like a server that has never heard of Idempotency-Key. */
  ignoreIdempotencyKey?: boolean;
};

/** Answers that are not what was promised. */
export const badAnswers = {
  garbage: '{"task_id": "3f1c',
  html: '<!doctype html><title>502 Bad Gateway</title>',
  empty: '',
  wrongTypes: '{"task_id": 42, "status": ["uploaded"], "size": "many", "progress": "half", "config": null}',
  notAnObject: '[null]',
} as const;

/** Takes the fault for one request out of a plan, counting `times` down. */
export function takeFault<Fault>(planned: Planned<Fault> | undefined): Planned<Fault> | undefined {
  if (planned?.times === undefined) return planned;
  if (planned.times <= 0) return undefined;
  planned.times--;
  return planned;
}
