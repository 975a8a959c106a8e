/** Asking OBS for what it may not have. */
import type { OBSRequestTypes } from 'obs-websocket-js/json';
import type { Answer, AskedRequest } from './protocol.ts';

/** The part of the connection that asking needs. */
export interface Asking {
  ask<R extends AskedRequest>(request: R, data?: OBSRequestTypes[R]): Promise<Answer<R>>;
}

/** An answer that this OBS may not have: an older version, an output that does not exist in this mode. @returns null then */
export async function maybe<R extends AskedRequest>(
  obs: Asking,
  request: R,
  data?: OBSRequestTypes[R],
): Promise<Answer<R> | null> {
  try {
    return await obs.ask(request, data);
  } catch {
    return null;
  }
}
