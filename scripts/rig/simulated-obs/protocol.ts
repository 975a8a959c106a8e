import { createHash } from 'node:crypto';

/** obs-websocket's message types: obs-websocket, docs/generated/protocol.md, "WebSocketOpCode". */
export const opCode = {
  hello: 0,
  identify: 1,
  identified: 2,
  reidentify: 3,
  event: 5,
  request: 6,
  requestResponse: 7,
  requestBatch: 8,
  requestBatchResponse: 9,
} as const;

/** Why obs-websocket closes a connection: protocol.md, "WebSocketCloseCode". */
export const closeCode = {
  goingAway: 1001,
  messageDecodeError: 4002,
  missingDataField: 4003,
  invalidDataFieldType: 4004,
  unknownOpCode: 4006,
  notIdentified: 4007,
  alreadyIdentified: 4008,
  authenticationFailed: 4009,
  unsupportedRpcVersion: 4010,
} as const;

/** How a request went: protocol.md, "RequestStatus". */
export const requestStatus = {
  success: 100,
  unknownRequestType: 204,
  notReady: 207,
  missingRequestField: 300,
  missingRequestData: 301,
  invalidRequestFieldType: 401,
  requestFieldEmpty: 403,
  outputRunning: 500,
  outputNotRunning: 501,
  outputPaused: 502,
  outputNotPaused: 503,
  resourceNotFound: 600,
  requestProcessingFailed: 702,
} as const;

/** Which events a client wants, as a sum: protocol.md, "EventSubscription". */
export const subscription = { general: 1, config: 2, scenes: 4, outputs: 64, all: 4095 } as const;

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a request handler throws to answer with an error status. */
export class RequestFailure extends Error {
  readonly status: number;

  /** @param comment OBS's own words; many failures come without any */
  constructor(status: number, comment = '') {
    super(comment);
    this.name = 'RequestFailure';
    this.status = status;
  }
}

/** The answer to obs-websocket's challenge: base64(sha256(base64(sha256(password + salt)) + challenge)). */
export function authentication(password: string, salt: string, challenge: string): string {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('base64');
  return sha256(sha256(password + salt) + challenge);
}
