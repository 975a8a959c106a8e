/** Where OBS is, as people write it. */

export interface ObsAddress {
  /** Without the brackets around an IPv6 address. */
  readonly host: string;
  /** null: not named. */
  readonly port: number | null;
}

/**
 * Reads `studio`, `192.168.1.5:4455`, `::1`, `[::1]:4455`, and any of them behind `ws://`, as OBS's own Show Connect Info has it.
 * @returns null for what is none
 */
export function parseObsAddress(text: string): ObsAddress | null {
  const plain = text.trim().replace(/^ws:\/\/(.*?)\/?$/i, '$1');
  if (isIPv6(plain)) return { host: plain, port: null };
  const [, address, name, digits] = /^(?:\[([^\]]+)\]|([^\s:/\\@?#[\]]+))(?::(\d{1,5}))?$/.exec(plain) ?? [];
  const host = address ?? name;
  const port = digits === undefined ? null : Number(digits);
  if (host === undefined || (port !== null && (port < 1 || port > 65_535))) return null;
  return (address === undefined ? URL.canParse(`ws://${host}`) : isIPv6(host)) ? { host, port } : null;
}

const isIPv6 = (text: string): boolean => text.includes(':') && URL.canParse(`ws://[${text}]`);
