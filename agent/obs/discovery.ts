/**
 * Finds obs-websocket's port and password in OBS's own configuration, so that a running OBS needs no setting.
 * From OBS 30.2 they are in `plugin_config/obs-websocket/config.json`, before in `global.ini` under [OBSWebSocket].
 */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { decodeText, withoutMark } from '../decode-text.ts';
import { iniFlag, parseIni } from './ini.ts';

/** obs-websocket's default port. */
export const defaultObsPort = 4455;

/** What OBS's configuration says about its WebSocket server. */
export interface FoundWebsocket {
  readonly enabled: boolean;
  readonly port: number;
  /** null: OBS asks for no password. */
  readonly password: string | null;
  /** The file it was read from, and when that was last written (ms since 1970). */
  readonly file: string;
  readonly modifiedAt: number;
}

/** The folders in which OBS may keep its configuration, the most usual first. */
export function obsConfigRoots(platform: NodeJS.Platform, env: NodeJS.ProcessEnv, home: string): string[] {
  if (platform === 'win32') {
    const { join } = path.win32;
    return [join(env.APPDATA || join(home, 'AppData', 'Roaming'), 'obs-studio')];
  }
  const { join } = path.posix;
  if (platform === 'darwin') return [join(home, 'Library', 'Application Support', 'obs-studio')];
  return [
    join(env.XDG_CONFIG_HOME || join(home, '.config'), 'obs-studio'),
    join(home, '.var', 'app', 'com.obsproject.Studio', 'config', 'obs-studio'),
    join(home, 'snap', 'obs-studio', 'current', '.config', 'obs-studio'),
  ];
}

/** Reads every root and returns the server that was configured last, an enabled one before a disabled one; null when none is found. */
export async function discoverWebsocket(roots: readonly string[]): Promise<FoundWebsocket | null> {
  const found = (await Promise.all(roots.map(readRoot))).filter((entry) => entry !== null);
  found.sort((a, b) => Number(b.enabled) - Number(a.enabled) || b.modifiedAt - a.modifiedAt);
  return found[0] ?? null;
}

async function readRoot(root: string): Promise<FoundWebsocket | null> {
  const json = await readIfThere(path.join(root, 'plugin_config', 'obs-websocket', 'config.json'));
  const fromJson = json && parseWebsocketJson(json.text);
  if (json && fromJson) return { ...fromJson, file: json.file, modifiedAt: json.modifiedAt };
  const ini = await readIfThere(path.join(root, 'global.ini'));
  const fromIni = ini && parseWebsocketIni(ini.text);
  return ini && fromIni ? { ...fromIni, file: ini.file, modifiedAt: ini.modifiedAt } : null;
}

type Parsed = Pick<FoundWebsocket, 'enabled' | 'port' | 'password'>;
const portSchema = z.coerce.number().int().min(1).max(65535).catch(defaultObsPort);
const jsonSchema = z.object({
  server_enabled: z.boolean().catch(false),
  server_port: portSchema,
  auth_required: z.boolean().catch(true),
  server_password: z.string().catch(''),
});

/** OBS 30.2 and later. null when it is not OBS's file. */
export function parseWebsocketJson(text: string): Parsed | null {
  let data: unknown;
  try {
    data = JSON.parse(withoutMark(text));
  } catch {
    return null; // OBS may be writing it this very moment
  }
  const parsed = jsonSchema.safeParse(data);
  if (!parsed.success) return null;
  const { server_enabled, server_port, auth_required, server_password } = parsed.data;
  return { enabled: server_enabled, port: server_port, password: auth_required ? server_password : null };
}

/** OBS 28 to 30.1. null when obs-websocket was never configured there. */
export function parseWebsocketIni(text: string): Parsed | null {
  const section = parseIni(text).get('OBSWebSocket');
  if (!section) return null;
  return {
    enabled: iniFlag(section.get('ServerEnabled') ?? ''),
    port: portSchema.parse(section.get('ServerPort') ?? defaultObsPort),
    password: !iniFlag(section.get('AuthRequired') ?? 'true') ? null : (section.get('ServerPassword') ?? ''),
  };
}

/** OBS's own files have some kilobytes; plugins have been seen to put more into global.ini. */
const largestBytes = 8 * 1024 * 1024;

async function readIfThere(file: string): Promise<{ text: string; file: string; modifiedAt: number } | null> {
  try {
    const { mtimeMs, size } = await stat(file);
    if (size > largestBytes) return null;
    return { text: decodeText(await readFile(file)), file, modifiedAt: mtimeMs };
  } catch {
    return null; // not there, or not ours to read: the next place is tried
  }
}
