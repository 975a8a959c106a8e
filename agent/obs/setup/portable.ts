/** Where OBS lies on Windows, and which of them keep their configuration beside themselves. */
import { randomUUID } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { decodeText } from '../../decode-text.ts';
import type { RunProgram } from './running.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** obs-studio, frontend/obs-main.cpp: any of them beside bin, data and obs-plugins. */
const markers = ['portable_mode', 'obs_portable_mode', 'portable_mode.txt', 'obs_portable_mode.txt'];

/**
 * The configuration folder of a portable OBS: one that is marked so, or that was started with --portable before.
 * @param folder that has `bin`, or a configuration folder itself
 * @returns null for an OBS that is not portable, and for what is none
 */
export async function portableRoot(folder: string): Promise<string | null> {
  const root = path.join(folder, 'config', 'obs-studio');
  const there = await Promise.all(
    [...markers.map((name) => path.join(folder, name)), path.join(root, 'global.ini')].map(exists),
  );
  const isObs = there.some(Boolean) && (await exists(path.join(folder, 'bin')));
  return isObs ? root : null;
}

/**
 * Folders in which a portable OBS may lie: where OBS is registered or usually installed, and what is called after OBS in the places
 * in which people unpack archives, two folders deep.
 */
export async function portableFolders(env: Env, home: string, registered: string | null): Promise<string[]> {
  const usual = usualFolders(env, registered);
  const places = [
    ...['Desktop', 'Downloads', 'Documents'].map((name) => path.join(home, name)),
    home,
    `${env.SystemDrive ?? 'C:'}\\`,
  ];
  const unpacked = await Promise.all(places.map((place) => foldersOfObs(place, 2)));
  return [...new Set([...usual, ...unpacked.flat()])];
}

/** The folders of installers, of which a marker makes a portable OBS. */
export function usualFolders(env: Env, registered: string | null): string[] {
  const { join } = path.win32;
  const programs = env.ProgramFiles ?? 'C:\\Program Files';
  const programs32 = env['ProgramFiles(x86)'] ?? 'C:\\Program Files (x86)';
  return [
    ...(registered === null ? [] : [registered]),
    join(programs, 'obs-studio'),
    join(programs32, 'Steam', 'steamapps', 'common', 'OBS Studio'),
  ];
}

async function foldersOfObs(place: string, depth: number): Promise<string[]> {
  const entries = await readdir(place, { withFileTypes: true }).catch(() => []);
  const named = entries
    .filter((entry) => entry.isDirectory() && /obs/i.test(entry.name))
    .map(({ name }) => path.join(place, name));
  const below = depth > 1 ? await Promise.all(named.map((folder) => foldersOfObs(folder, depth - 1))) : [];
  return [...named, ...below.flat()];
}

/** Where OBS's installer, or Steam's script, says that OBS is. */
export async function registeredFolder(env: Env, run: RunProgram): Promise<string | null> {
  return (await registryValues('HKLM\\SOFTWARE\\OBS Studio', env, run)).get('@') ?? null;
}

/**
 * The texts of one registry key, by name; '@' is the one without. Exported to a file, which is UTF-16: what reg.exe prints is in the
 * console's code page, in which paths lose their letters.
 */
export async function registryValues(key: string, env: Env, run: RunProgram): Promise<ReadonlyMap<string, string>> {
  const file = path.join(tmpdir(), `streamai-${randomUUID()}.reg`);
  const program = path.win32.join(env.SystemRoot ?? 'C:\\Windows', 'System32', 'reg.exe');
  try {
    // OBS is a 64-bit program, and so are its entries.
    if ((await run(program, ['export', key, file, '/y', '/reg:64'])) === null) return new Map();
    return parseRegistryFile(decodeText(await readFile(file)), key);
  } catch {
    return new Map();
  } finally {
    await rm(file, { force: true });
  }
}

/** Texts only, and of that key only, not of those below it. */
export function parseRegistryFile(text: string, key: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const wanted = key.replace(/^HKLM/, 'HKEY_LOCAL_MACHINE').toLowerCase();
  let isWanted = false;
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('[')) isWanted = line.toLowerCase() === `[${wanted}]`;
    const [, name, value] = /^(@|"[^"]*")="(.*)"$/.exec(line) ?? [];
    if (!isWanted || name === undefined || value === undefined) continue;
    values.set(name === '@' ? '@' : name.slice(1, -1), value.replace(/\\(.)/g, '$1'));
  }
  return values;
}

const exists = async (file: string): Promise<boolean> => (await stat(file).catch(() => null)) !== null;
