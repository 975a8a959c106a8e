import type { ContentfulStatusCode } from 'hono/utils/http-status';

/**
 * A refusal that the client may read: its `detail` becomes the answer `{detail}` (FastAPI's form, which the processing
 * server's contract uses). Everything else that is thrown becomes a bare 500, so that no path or stack leaves.
 */
export class Problem extends Error {
  readonly status: ContentfulStatusCode;

  constructor(status: ContentfulStatusCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.name = 'Problem';
    this.status = status;
  }
}

/** The error code of a failed system call (`ENOSPC`), or undefined for any other error. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
