/**
 * The address that OBS's dock gets: the page that waits for the agent. A Snap sees no hidden folders, and so not that page: it gets the
 * agent's own page, with the token.
 */
import { isLoopback } from '../../../shared/ip-address.ts';
import type { WantedDock } from './dock-list.ts';
import type { FoundObs } from './installations.ts';

/**
 * @param page the waiting page's address
 * @param url the agent's own, such as http://127.0.0.1:5002
 */
export function waitingDock(
  { page, url, token }: { readonly page: string; readonly url: string; readonly token: string },
  { kind }: Pick<FoundObs, 'kind'>,
): WantedDock {
  return kind === 'snap' ? dockAddress(url, token) : { url: page, isOurs: (other) => isOurs(other, url) };
}

/** The agent's own page. @param url the agent's own, such as http://127.0.0.1:5002 */
export function dockAddress(url: string, token: string): WantedDock {
  return { url: `${url}/#token=${token}`, isOurs: (other) => isOurs(other, url) };
}

/** The waiting page of any data folder, or the page of this agent, or of one on this machine at another port or with another token. */
function isOurs(address: string, url: string): boolean {
  const other = URL.parse(address);
  if (other?.protocol === 'file:') return /\/dock\/[\w-]{43}\.html$/.test(other.pathname);
  if (other === null || other.protocol !== 'http:' || other.pathname !== '/') return false;
  const hasToken = /^#token=/.test(other.hash);
  return other.origin === new URL(url).origin || (hasToken && isLoopback(other.hostname.replace(/^\[(.*)\]$/, '$1')));
}
