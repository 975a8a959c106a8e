/** The address that OBS's dock gets. One place, so that it can become another one. */
import { isLoopback } from '../../../shared/ip-address.ts';
import type { WantedDock } from './dock-list.ts';

/** @param url the agent's own, such as http://127.0.0.1:5002 */
export function dockAddress(url: string, token: string): WantedDock {
  return { url: `${url}/#token=${token}`, isOurs: (other) => isOurs(other, url) };
}

/** The dock's page of this agent, or of one on this machine at another port or with another token. */
function isOurs(address: string, url: string): boolean {
  const other = URL.parse(address);
  if (other === null || other.protocol !== 'http:' || other.pathname !== '/') return false;
  const hasToken = /^#token=/.test(other.hash);
  return other.origin === new URL(url).origin || (hasToken && isLoopback(other.hostname.replace(/^\[(.*)\]$/, '$1')));
}
