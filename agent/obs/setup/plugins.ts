/** Which of the plugins that StreamAI needs an OBS was built without: distributions leave some out. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { type ErrorInfo, errorInfo } from '../../../shared/errors.ts';
import type { ObsKindFound } from '../../../shared/setup.ts';

/**
 * @param folders where OBS looks for its own plugins; the first that is there counts
 * @returns nothing where none is there: then it is not known
 */
export async function missingPlugins(folders: readonly string[]): Promise<ErrorInfo[]> {
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => []);
    // Every OBS has this one.
    if (!has(names, 'obs-ffmpeg')) continue;
    return [
      ...(has(names, 'obs-websocket') ? [] : [errorInfo('setup_no_websocket')]),
      ...(has(names, 'obs-browser') ? [] : [errorInfo('setup_no_docks')]),
    ];
  }
  return [];
}

/** Where an OBS of that kind has its own plugins on Linux and macOS. On Windows none is built without. */
export function pluginFolders(kind: ObsKindFound, platform: NodeJS.Platform, arch: string, home: string): string[] {
  if (platform === 'darwin') return ['/Applications/OBS.app/Contents/PlugIns'];
  if (platform !== 'linux') return [];
  const { join } = path.posix;
  const flatpak = join('app', 'com.obsproject.Studio', 'current', 'active', 'files', 'lib', 'obs-plugins');
  if (kind === 'flatpak') return [join('/var/lib/flatpak', flatpak), join(home, '.local/share/flatpak', flatpak)];
  if (kind === 'snap') return ['/snap/obs-studio/current/usr/lib/obs-plugins'];
  const triplet = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[arch] ?? arch;
  return [`/usr/lib/${triplet}`, '/usr/lib64', '/usr/lib', '/usr/local/lib'].map((folder) =>
    join(folder, 'obs-plugins'),
  );
}

const has = (names: readonly string[], plugin: string): boolean =>
  names.some((name) => name.replace(/\.(so|plugin|dylib)$/, '') === plugin);
