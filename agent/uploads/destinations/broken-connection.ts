/** What broke a connection, in the names that people find when they search for them. */
import { switchedProtocols } from './interim-answers.ts';

/** undici's names are known to nobody; these are the system's for the same. */
const systemNames: Readonly<Record<string, string>> = {
  UND_ERR_CONNECT_TIMEOUT: 'ETIMEDOUT',
  UND_ERR_SOCKET: 'ECONNRESET',
  UND_ERR_INFO: 'ECONNRESET',
  UND_ERR_DESTROYED: 'ECONNRESET',
  UND_ERR_CLOSED: 'ECONNRESET',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'ECONNRESET',
};

/**
 * The system's code of the error that broke a connection, such as `ECONNREFUSED`; of an error without a code, its name.
 * Codes: https://nodejs.org/api/errors.html, https://undici.nodejs.org/#/docs/api/Errors.md
 */
export function brokenBy(error: unknown): string {
  const code = codeOf(error);
  return systemNames[code] ?? code;
}

/** Whether what came over the connection was no HTTP. Node's parser names its complaints HPE_…, undici's has a name but no code. */
export function isNoHttp(code: string): boolean {
  return code === switchedProtocols || /^(HPE_|HTTPParserError|UND_ERR_HEADERS_OVERFLOW)/.test(code);
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  // Node tries every address of a name and reports all failures in one error, which has the code of one of them.
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause === undefined ? error.name : codeOf(error.cause);
}
