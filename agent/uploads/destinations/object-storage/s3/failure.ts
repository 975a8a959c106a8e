/** What an S3 error or a broken connection means, in our own error codes. The raw code and request id stay in the parameters. */
import { type ErrorCode, StreamAIError } from '../../../../../shared/errors.ts';
import { brokenBy, isNoHttp } from '../../broken-connection.ts';
import { DestinationError } from '../../failures.ts';
import { redirectTarget } from '../../redirect.ts';

/** When to try again after the network failed, always: it may be back any moment. ms */
const networkRetryMs = 3000;

/** A failure of Object Storage with S3's own name for it. */
export class S3Error extends DestinationError {
  /** S3's `Code`, such as `NoSuchUpload`; of a HEAD, which has none, what its status stands for. */
  readonly s3Code: string;
  /** The store's clock when it refused, ms; null where it did not say. */
  readonly storeTime: number | null;
  /** As `Refusal.region`. */
  readonly region: string | null;

  constructor(code: ErrorCode, refusal: Refusal, retryAfterMs: number | null = null) {
    const right = code === 'storage_denied' ? { right: refusal.action ?? 's3:PutObject' } : {};
    const where = code === 'storage_region_wrong' ? { where: refusal.where || '?' } : {};
    super(code, { ...paramsOf(refusal), ...right, ...where }, { retryAfterMs });
    this.s3Code = refusal.s3Code;
    this.storeTime = refusal.storeTime ?? null;
    this.region = refusal.region ?? null;
  }
}

export interface Refusal {
  readonly status: number;
  readonly s3Code: string;
  /** The store's own words, cleaned. */
  readonly detail: string;
  readonly requestId: string;
  readonly bucket: string;
  /** S3's name of the action that was refused, such as `s3:GetObject`. */
  readonly action?: string;
  readonly storeTime?: number | null;
  /** That the store wants signatures to name, where it refused another one. */
  readonly region?: string | null;
  /** The address or the region that the store sends to. */
  readonly where?: string;
}

const paramsOf = ({ status, s3Code, detail, requestId, bucket }: Refusal) => ({
  status,
  s3Code,
  detail,
  requestId,
  bucket,
});

// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html and RGW's rgw_common.cc (rgw_http_s3_errors).
const byS3Code: Readonly<Record<string, ErrorCode>> = {
  InvalidAccessKeyId: 'storage_key_unknown',
  UserSuspended: 'storage_denied',
  SignatureDoesNotMatch: 'storage_secret_wrong',
  AccessDenied: 'storage_denied',
  AllAccessDisabled: 'storage_denied',
  AccountProblem: 'storage_denied',
  NoSuchBucket: 'storage_bucket_missing',
  PermanentRedirect: 'storage_region_wrong',
  AuthorizationHeaderMalformed: 'storage_region_wrong',
  IllegalLocationConstraintException: 'storage_region_wrong',
  RequestTimeTooSkewed: 'storage_clock',
  RequestExpired: 'storage_clock',
  SlowDown: 'storage_busy',
  ServiceUnavailable: 'storage_busy',
  Busy: 'storage_busy',
  TooManyRequests: 'storage_busy',
  OperationAborted: 'storage_busy',
  ConditionalRequestConflict: 'storage_busy',
  RequestTimeout: 'storage_timeout',
  QuotaExceeded: 'storage_full',
  InsufficientStorage: 'storage_full',
  EntityTooLarge: 'storage_too_large',
  BadDigest: 'storage_damaged',
  InvalidDigest: 'storage_damaged',
  IncompleteBody: 'storage_damaged',
  XAmzContentSHA256Mismatch: 'storage_damaged',
  InvalidPart: 'storage_damaged',
  InvalidPartOrder: 'storage_damaged',
  EntityTooSmall: 'storage_damaged',
  // The multipart is gone (lifecycle rule, aborted elsewhere): begun anew.
  NoSuchUpload: 'storage_damaged',
  NoSuchKey: 'storage_damaged',
  InternalError: 'storage_failed',
  // S3 names what it does not find: this is something in front of it, such as a load balancer whose store is away.
  'HTTP 404': 'storage_failed',
};

/** @param retryAfterMs what the store asked for */
export function storageFailure(refusal: Refusal, retryAfterMs: number | null): S3Error {
  const known = Object.hasOwn(byS3Code, refusal.s3Code) ? byS3Code[refusal.s3Code] : undefined;
  return new S3Error(known ?? byStatus(refusal.status), refusal, retryAfterMs);
}

function byStatus(status: number): ErrorCode {
  // S3's own: it has named a region or an endpoint. What else redirects is `redirected`.
  if (status >= 300 && status < 400) return 'storage_region_wrong';
  if (status === 403 || status === 401) return 'storage_denied';
  if (status === 408) return 'storage_timeout';
  if (status === 413) return 'storage_too_large';
  if (status === 429 || status === 503) return 'storage_busy';
  if (status === 507) return 'storage_full';
  return status >= 500 ? 'storage_failed' : 'storage_rejected';
}

/** How soon it is looked whether somebody else still answers in the store's place, such as a network's sign-in page. ms */
const elsewhereRetryMs = 10_000;

/** @param reason what is wrong with the answer, as the end of a sentence */
export function notS3(reason: string, cause?: unknown): DestinationError {
  return new DestinationError('storage_answer_invalid', { reason }, { cause, retryAfterMs: elsewhereRetryMs });
}

/** The answer leads elsewhere for now: it is not S3's own, or S3 says itself that this will pass. */
export function redirected(location: string | null, from: URL): DestinationError {
  const where = redirectTarget(location, from) || '?';
  return new DestinationError('storage_redirected', { where }, { retryAfterMs: elsewhereRetryMs });
}

/** What a broken connection means. TLS's codes: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
export function connectionFailure(error: unknown, host: string): StreamAIError {
  if (error instanceof StreamAIError) return error;
  const reason = brokenBy(error);
  if (isNoHttp(reason)) return notS3('no HTTP', error);
  const options = { cause: error, retryAfterMs: networkRetryMs };
  if (reason === 'ENOTFOUND') return new DestinationError('storage_host_unknown', { host }, options);
  const tls = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|EPROTO)/.test(reason);
  return new DestinationError(tls ? 'storage_tls' : 'storage_unreachable', { reason }, options);
}

/** The connection was silent for too long. */
export function silence(): DestinationError {
  return new DestinationError('storage_timeout', {}, { retryAfterMs: networkRetryMs });
}

/** Whether the keys lack the right to what was asked for. */
export function isDenied(error: unknown): boolean {
  return error instanceof S3Error && error.code === 'storage_denied';
}

/** Whether the store no longer knows the multipart upload: completed, aborted, or never begun. */
export function isLost(error: unknown): boolean {
  return error instanceof S3Error && (error.s3Code === 'NoSuchUpload' || error.s3Code === 'NoSuchKey');
}
