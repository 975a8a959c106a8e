/** Every OBS on this machine whose configuration is this user's: installed, from Steam, portable, from Flatpak or Snap. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ObsKindFound } from '../../../shared/setup.ts';
import { obsConfigRoots } from '../discovery.ts';
import { portableFolders, portableRoot, registeredFolder } from './portable.ts';
import { programVersion } from './program-version.ts';
import { type RunProgram, runProgram } from './running.ts';
import { type ObsVersion, versionOfConfig } from './version.ts';

/** One OBS, as far as its configuration goes. */
export interface FoundObs {
  readonly kind: ObsKindFound;
  /** Its configuration folder: the one that has, or will have, global.ini. */
  readonly root: string;
  readonly isPortable: boolean;
  /** Of the OBS that ran last, or where none did, of the program that is installed; null: neither is known. */
  readonly version: ObsVersion | null;
  /** The profile in use; null: none yet. */
  readonly profile: string | null;
}

export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  readonly run?: RunProgram;
}

/**
 * The most usual first.
 * @param folders if a person names some, of a portable OBS or of a configuration: those alone
 */
export async function findObs(surroundings: Surroundings, folders: readonly string[] = []): Promise<FoundObs[]> {
  const { platform, env, home, run = runProgram } = surroundings;
  if (folders.length > 0)
    return distinct(await Promise.all(folders.map((folder) => portableObs(path.resolve(folder), true))));
  const registered = platform === 'win32' ? await registeredFolder(env, run) : null;
  const roots = obsConfigRoots(platform, env, home);
  const usual = await Promise.all(
    roots.map(async (root, index): Promise<FoundObs | null> => {
      const kind = kindOf(platform, index, registered);
      const found = await versionOfConfig(root, () => programVersion(kind, { platform, env, run }));
      return found.version || (await isFolder(root)) ? { kind, root, isPortable: false, ...found } : null;
    }),
  );
  const candidates = platform === 'win32' ? await portableFolders(env, home, registered) : [];
  const portable = await Promise.all(candidates.map((folder) => portableObs(folder, false)));
  return distinct([...usual, ...portable]);
}

function distinct(candidates: readonly (FoundObs | null)[]): FoundObs[] {
  const found = candidates.filter((obs) => obs !== null);
  return found.filter((obs, index) => found.findIndex(({ root }) => root === obs.root) === index);
}

async function portableObs(folder: string, isNamed: boolean): Promise<FoundObs | null> {
  const root = await portableRoot(folder);
  if (root !== null) return { kind: 'portable', root, isPortable: true, ...(await versionOfConfig(root)) };
  // A configuration folder itself.
  if (!isNamed || !(await isFile(path.join(folder, 'global.ini')))) return null;
  return { kind: 'installed', root: folder, isPortable: false, ...(await versionOfConfig(folder)) };
}

function kindOf(platform: NodeJS.Platform, index: number, registered: string | null): ObsKindFound {
  if (platform === 'win32') return /[\\/]steamapps[\\/]/i.test(registered ?? '') ? 'steam' : 'installed';
  return platform === 'darwin' ? 'installed' : ((['installed', 'flatpak', 'snap'] as const)[index] ?? 'installed');
}

const isFolder = async (file: string): Promise<boolean> => (await stat(file).catch(() => null))?.isDirectory() ?? false;
const isFile = async (file: string): Promise<boolean> => (await stat(file).catch(() => null))?.isFile() ?? false;
