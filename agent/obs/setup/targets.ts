/** Which of its files an OBS reads what we have to write from. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { StreamAIError } from '../../../shared/errors.ts';
import { decodeText } from '../../decode-text.ts';
import { parseIni } from '../ini.ts';
import { readIfThere } from './files.ts';
import type { FoundObs } from './installations.ts';
import { isFrom, versionText } from './version.ts';

export interface SetupTargets {
  /** With the custom docks: global.ini up to OBS 30, user.ini later. */
  readonly dock: string;
  /** With obs-websocket's settings: global.ini up to OBS 30.1, a file of its own later. */
  readonly websocket: string;
  /** Every file in which OBS may have put on what we wrote, as it does when it is updated. */
  readonly all: readonly string[];
}

/**
 * user.ini is never made while global.ini is one of OBS 30 or earlier: OBS 31 takes that over at its first start, docks included, and
 * refuses to where there is a user.ini already (frontend/OBSApp.cpp, MigrateGlobalSettings).
 * @throws StreamAIError setup_never_started | setup_obs_too_old | setup_file_…
 */
export async function targetsOf({ root, version, isPortable }: FoundObs): Promise<SetupTargets> {
  if (version === null) throw new StreamAIError('setup_never_started', { folder: root });
  if (!isFrom(version, 28)) throw new StreamAIError('setup_obs_too_old', { version: versionText(version) });
  const files = await possibleFiles(root, isPortable);
  return {
    dock: isFrom(version, 31) ? files.user : files.global,
    websocket: isFrom(version, 30, 2) ? files.websocket : files.global,
    all: Object.values(files),
  };
}

/** For an undo, which needs no version. */
export async function possibleFiles(
  root: string,
  isPortable: boolean,
): Promise<Record<'global' | 'user' | 'websocket', string>> {
  const global = path.join(root, 'global.ini');
  const user = path.join(isPortable ? root : await userFolder(root, global), 'user.ini');
  return { global, user, websocket: path.join(root, 'plugin_config', 'obs-websocket', 'config.json') };
}

/** `[Locations] Configuration` of global.ini, where that folder exists, as OBSApp::InitGlobalConfig has it. */
async function userFolder(root: string, global: string): Promise<string> {
  const bytes = await readIfThere(global);
  const named = bytes && parseIni(decodeText(bytes)).get('Locations')?.get('Configuration');
  if (!named || !path.isAbsolute(named) || !(await stat(named).catch(() => null))) return root;
  return path.join(named, 'obs-studio');
}
