/** What the values of environment variables may be: text in, a typed value out, or what is wrong with it in words. */
import { isIPv6 } from 'node:net';
import * as z from 'zod';
import { isLoopback } from '../../shared/ip-address.ts';
import { withoutTrailingSlashes } from '../trailing-slashes.ts';

/** A number in digits alone: `5002`. */
export function wholeNumber(least: number, most: number) {
  return z
    .string()
    .trim()
    .refine((text) => /^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most, {
      message: `must be a whole number between ${least} and ${most}`,
    })
    .transform(Number);
}

const flags: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  '1': true,
  false: false,
  no: false,
  off: false,
  '0': false,
};
/** true/false, yes/no, on/off, 1/0, in any case. */
export const flag = z.string().transform((text, context) => {
  const key = text.trim().toLowerCase();
  if (Object.hasOwn(flags, key)) return flags[key] === true;
  context.addIssue({ code: 'custom', message: 'must be true or false' });
  return z.NEVER;
});

const multiples: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };
/** A speed as rclone and routers write it, in bits per second: `20M`, `500k`, `1.5M`, `64000`. */
export const bitsPerSecond = z.string().transform((text, context) => {
  const [, number, unit] = /^(\d{1,12}(?:\.\d{1,6})?) ?([kmg]?)$/i.exec(text.trim()) ?? [];
  const multiple = multiples[unit?.toLowerCase() ?? ''];
  if (number !== undefined && multiple !== undefined) return Math.round(Number(number) * multiple);
  context.addIssue({ code: 'custom', message: 'must be bits per second, such as 20M, 500k or 1.5M' });
  return z.NEVER;
});

/** An address to listen at; one of IPv6 loses its brackets. */
export const listenHost = z
  .string()
  .trim()
  .transform((text) => text.replace(/^\[(.+)\]$/, '$1').toLowerCase())
  .refine((host) => isIPv6(host) || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(host), {
    message: 'must be an address such as 127.0.0.1',
  });

/** The origin of a page on this machine, as a browser writes it. */
export const localOrigin = z
  .string()
  .trim()
  .refine(
    (text) => {
      const url = URL.parse(text);
      return url?.protocol === 'http:' && url.origin === text && isLoopback(url.hostname.replace(/^\[|\]$/g, ''));
    },
    { message: 'must be a page’s origin on this machine, such as http://localhost:5173' },
  );

/** An agent's own address, without a slash at its end. */
export const localAddress = z
  .string()
  .max(300)
  .trim()
  .refine((text) => {
    const url = URL.parse(text);
    return url?.protocol === 'http:' && url.origin === text;
  });

/** A processing server's base address without the slash at its end: a path is put behind it. */
export const withoutTrailingSlash = (url: string): string => withoutTrailingSlashes(url.trim());
