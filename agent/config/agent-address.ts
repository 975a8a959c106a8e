/** The addresses that the agent listens at, and how they stand in URLs. */
import { isIPv6 } from 'node:net';

/** Whether a host that we listen at stands for every address of this machine. */
export const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::';

/** A name or an address as it stands in a URL, and so in what browsers send. */
export function urlName(name: string): string {
  if (!isIPv6(name)) return name.toLowerCase();
  return URL.parse(`http://[${name}]`)?.hostname ?? `[${name}]`;
}

/** A host that we listen at as it stands in the address that clients on this machine use. */
export function urlHost(host: string): string {
  return isWildcard(host) ? '127.0.0.1' : urlName(listenAt(host));
}

/** `localhost` is two addresses: at the one that the system does not name first, others could listen. */
export const listenAt = (host: string): string => (host === 'localhost' ? '127.0.0.1' : host);
