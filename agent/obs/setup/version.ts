/** Which OBS a configuration belongs to. */
import path from 'node:path';
import { decodeText } from '../../decode-text.ts';
import { parseIni } from '../ini.ts';
import { readIfThere } from './files.ts';

export interface ObsVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** As OBS writes it into LastVersion: 8, 8 and 16 bits (libobs, MAKE_SEMANTIC_VERSION). null for none. */
export function versionOfNumber(text: string | undefined): ObsVersion | null {
  const number = /^\s*\d{1,10}\s*$/.test(text ?? '') ? Number(text) : 0;
  return number === 0 ? null : { major: number >>> 24, minor: (number >>> 16) & 0xff, patch: number & 0xffff };
}

/** The first that looks like a version in what a program says of itself. */
export function versionOfText(text: string | null): ObsVersion | null {
  const [, major, minor, patch = '0'] = /(\d{1,4})\.(\d{1,4})(?:\.(\d{1,5}))?/.exec(text ?? '') ?? [];
  return major === undefined ? null : { major: Number(major), minor: Number(minor), patch: Number(patch) };
}

export const versionText = ({ major, minor, patch }: ObsVersion): string => `${major}.${minor}.${patch}`;

export function isFrom(version: ObsVersion, major: number, minor = 0): boolean {
  return version.major > major || (version.major === major && version.minor >= minor);
}

/**
 * What global.ini and user.ini say, read as OBS reads them.
 * @param installed asked where no OBS has run yet with this configuration: the version of the program that will
 */
export async function versionOfConfig(
  root: string,
  installed: () => Promise<ObsVersion | null> = async () => null,
): Promise<{ version: ObsVersion | null; profile: string | null }> {
  const [app, user] = await Promise.all(['global.ini', 'user.ini'].map((name) => sections(path.join(root, name))));
  const last = versionOfNumber(app?.get('General')?.get('LastVersion') ?? user?.get('General')?.get('LastVersion'));
  // Only OBS 31 and later have a user.ini.
  const fromUser = user === null ? null : { major: 31, minor: 0, patch: 0 };
  const profile = (user ?? app)?.get('Basic')?.get('Profile') ?? null;
  return { version: last ?? (await installed()) ?? fromUser, profile };
}

async function sections(file: string): Promise<ReturnType<typeof parseIni> | null> {
  const bytes = await readIfThere(file).catch(() => null);
  return bytes && parseIni(decodeText(bytes));
}
