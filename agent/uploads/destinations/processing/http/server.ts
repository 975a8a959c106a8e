/** Which processing server, and where its routes are. */

import { StreamAIError } from '../../../../../shared/errors.ts';
import { withoutTrailingSlashes } from '../../../../trailing-slashes.ts';

export interface ProcessingServer {
  /** Base URL, with or without a path; null: the embedded receiver, while it does not run. */
  readonly url: string | null;
  /** For this address alone. */
  readonly apiKey: string | null;
  /** Whether it is the embedded receiver, whose address and key change with every start. */
  readonly embedded: boolean;
}

/** One that can be asked. */
export type PresentServer = ProcessingServer & { readonly url: string };

/** @throws StreamAIError destination_not_configured | destination_unreachable: the embedded receiver does not run */
export function presentServer(server: ProcessingServer | null): PresentServer {
  if (server === null) throw new StreamAIError('destination_not_configured', { destination: 'processing' });
  const { url } = server;
  // Whoever has its port now is a stranger.
  if (url === null) throw new StreamAIError('destination_unreachable', { reason: embeddedName });
  return { ...server, url };
}

/** How a task remembers the embedded receiver. */
const embeddedName = 'embedded';

/** A route below the server's base URL. User names and passwords in the base URL are dropped: the key has a setting of its own. */
export function routeUrl(base: string, path: string): URL {
  const url = new URL(base);
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  url.pathname = withoutTrailingSlashes(url.pathname) + path;
  return url;
}

/** Where a server tells the status of one of its tasks. @param statusEndpoint as it is set, such as `/status` */
export function statusUrl(base: string, statusEndpoint: string, taskId: string): URL {
  return routeUrl(base, `${withoutTrailingSlashes(statusEndpoint)}/${encodeURIComponent(taskId)}`);
}

/** The base URL as it may be shown and kept: without secrets and trailing slash. */
export function plainAddress(base: string): string {
  return routeUrl(base, '').href.replace(/\/$/, '');
}

/** How a task remembers the server that gave it. */
export function rememberServer(server: ProcessingServer): string {
  return server.embedded || server.url === null ? embeddedName : plainAddress(server.url);
}

/** Whether the remembered server is the one that is set now: only then may it see the key. */
export function isCurrentServer(remembered: string, current: ProcessingServer | null): boolean {
  return current !== null && rememberServer(current) === remembered;
}

/** The base URL of a remembered server, or null while it is the embedded one and that does not run. */
export function resolveServer(remembered: string, current: ProcessingServer | null): string | null {
  if (remembered !== embeddedName) return remembered;
  return current?.embedded === true ? current.url : null;
}
