/** Why a send failed, and what follows from it. */
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

const canPass: ReadonlySet<ErrorCode> = new Set([
  'destination_unreachable',
  'destination_timeout',
  'destination_busy',
  'destination_failed',
  'destination_size_mismatch',
  'destination_checksum_mismatch',
  'storage_unreachable',
  'storage_host_unknown',
  'storage_tls',
  'storage_timeout',
  'storage_busy',
  'storage_failed',
  'storage_damaged',
  'storage_clock',
  'file_changed',
  // OBS or a virus scanner may still hold it.
  'file_unreadable',
  // Our own fault, most likely a passing one (memory, file descriptors).
  'internal',
]);

/** Whether another attempt can go better without anybody doing something. */
export function isRetryable(code: ErrorCode): boolean {
  return canPass.has(code);
}

const spoiled: ReadonlySet<ErrorCode> = new Set([
  'destination_size_mismatch',
  'destination_checksum_mismatch',
  'storage_damaged',
  'file_changed',
]);

/** Whether what the server may keep under this idempotency key is not the file, so that the next attempt needs another key. */
export function needsNewKey(code: ErrorCode): boolean {
  return spoiled.has(code);
}
