/** Why a send failed, and what can be done about it. */
// Tests: ../upload-state.test.ts
import { type ErrorCode, type ErrorParams, StreamAIError } from '../../../shared/errors.ts';

/** A failure that carries what the server asked for besides its code. */
export class DestinationError extends StreamAIError {
  /** From `Retry-After`, ms. */
  readonly retryAfterMs: number | null;

  constructor(
    code: ErrorCode,
    params: ErrorParams = {},
    options: ErrorOptions & { retryAfterMs?: number | null } = {},
  ) {
    super(code, params, options);
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** What the line or the other side did: the very same request may go better the next time. */
const requestCanPass: readonly ErrorCode[] = [
  'destination_unreachable',
  'destination_timeout',
  'destination_busy',
  'destination_failed',
  'proxy_unreachable',
  'proxy_timeout',
  'proxy_failed',
  'storage_unreachable',
  'storage_host_unknown',
  'storage_tls',
  'storage_timeout',
  'storage_busy',
  'storage_failed',
  'storage_damaged',
  // The client has learnt the store's time from its refusal.
  'storage_clock',
];
/** What another attempt may mend, which looks at the file and the destination afresh. */
const attemptCanPass: readonly ErrorCode[] = [
  ...requestCanPass,
  'destination_size_mismatch',
  'destination_checksum_mismatch',
  // A network's sign-in page answers until somebody has signed in, a front while its server is moved or away.
  'destination_portal',
  'destination_redirected',
  'storage_redirected',
  'storage_answer_invalid',
  // The next attempt asks for another key.
  'storage_key_taken',
  'file_changing',
  // OBS or a virus scanner may still hold it.
  'file_unreadable',
  // Its drive may be connected again any moment.
  'file_away',
  // Our own fault, most likely a passing one (memory, file descriptors).
  'internal',
];

/** Whether another attempt can go better without anybody doing something. */
export function isRetryable(code: ErrorCode): boolean {
  return attemptCanPass.includes(code);
}

/** Whether the same request, sent again in the same attempt, can go better. */
export function isRequestRetryable(code: ErrorCode): boolean {
  return requestCanPass.includes(code);
}

/** What systems call the end of a connection that the other side, or something on the way, did not want any more. */
const resets: readonly unknown[] = ['ECONNRESET', 'ECONNABORTED', 'EPIPE'];

const connectionLost: readonly ErrorCode[] = ['destination_unreachable', 'storage_unreachable', 'proxy_unreachable'];

/** Whether a destination's connection was reset or closed before its answer was there: the way to it stands, and the next one may last. */
export function isReset(error: unknown): boolean {
  if (!(error instanceof StreamAIError)) return false;
  return connectionLost.includes(error.code) && resets.includes(error.params.reason);
}

const spoiled: ReadonlySet<ErrorCode> = new Set([
  'destination_size_mismatch',
  'destination_checksum_mismatch',
  'storage_damaged',
  'file_changing',
]);

/** Whether what the server may keep under this idempotency key is not the file, so that the next attempt needs another key. */
export function needsNewKey(code: ErrorCode): boolean {
  return spoiled.has(code);
}
