/** The version of an OBS that is installed, for one that was never started: its configuration does not say it yet. */
import path from 'node:path';
import type { ObsKindFound } from '../../../shared/setup.ts';
import { registryValues } from './portable.ts';
import type { RunProgram } from './running.ts';
import { type ObsVersion, versionOfText } from './version.ts';

interface Machine {
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
  readonly run: RunProgram;
}

/** null: not installed in that way, or it does not say. None of these starts OBS itself: --version only prints. */
export async function programVersion(kind: ObsKindFound, { platform, env, run }: Machine): Promise<ObsVersion | null> {
  if (platform === 'win32') {
    // Steam's has no entry.
    const values = await registryValues(
      'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\OBS Studio',
      env,
      run,
    );
    return versionOfText(values.get('DisplayVersion') ?? null);
  }
  if (platform === 'darwin') {
    const plist = path.posix.join('/Applications', 'OBS.app', 'Contents', 'Info.plist');
    return versionOfText(await run('/usr/bin/plutil', ['-extract', 'CFBundleShortVersionString', 'raw', plist]));
  }
  if (kind === 'flatpak')
    return versionOfText(lineOf(await run('flatpak', ['info', 'com.obsproject.Studio']), 'Version:'));
  if (kind === 'snap') return versionOfText(lineOf(await run('snap', ['list', 'obs-studio']), 'obs-studio'));
  return versionOfText(lineOf(await run('obs', ['--version']), 'OBS Studio'));
}

/** Behind its first words, which may have a number in them. */
function lineOf(text: string | null, start: string): string | null {
  const line = text?.split('\n').find((one) => one.trim().startsWith(start));
  return line?.trim().slice(start.length) ?? null;
}
