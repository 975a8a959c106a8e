/**
 * Switches obs-websocket's server on in OBS's configuration: `config.json` from OBS 30.2, `[OBSWebSocket]` of global.ini before
 * (obs-websocket, src/Config.cpp). A port, a password and whatever else is set there stay.
 */
import * as z from 'zod';
import { decodeText } from '../../decode-text.ts';
import { iniFlag, parseIni } from '../ini.ts';
import { updateIni } from './ini-text.ts';
import { setMember } from './json-text.ts';

/** What was written, and what stood there before; null: nothing. Absent: left as it was. */
export interface WebsocketChange {
  readonly enabled?: { readonly before: boolean | null };
  readonly authRequired?: { readonly before: boolean | null };
  readonly password?: { readonly before: string | null; readonly wrote: string };
}

interface Values {
  readonly enabled: boolean | null;
  readonly authRequired: boolean | null;
  readonly password: string | null;
}

export interface WebsocketEdit {
  readonly bytes: Buffer;
  readonly change: WebsocketChange;
}

/** A file that is not there, or is empty: OBS takes its defaults, which are off, with a password. */
const isBlank = (bytes: Buffer | null): boolean => bytes === null || decodeText(bytes).trim() === '';

/**
 * What has to change so that the server is on, with a password. One that is on without a password is somebody's own decision and
 * stays; one that we switch on gets one, for it listens to the network.
 * @param password for where there is none yet
 */
function missing({ enabled, authRequired, password: known }: Values, password: string): WebsocketChange | null {
  if (enabled === true && authRequired === false) return null;
  const change: WebsocketChange = {
    ...(enabled === true ? {} : { enabled: { before: enabled } }),
    // Without the key it is on, but only as long as nobody has written the file.
    ...(authRequired === true || (authRequired === null && enabled === true)
      ? {}
      : { authRequired: { before: authRequired } }),
    ...(known ? {} : { password: { before: known, wrote: password } }),
  };
  return Object.keys(change).length === 0 ? null : change;
}

const valuesSchema = z.looseObject({
  server_enabled: z.boolean().nullable().catch(null).default(null),
  auth_required: z.boolean().nullable().catch(null).default(null),
  server_password: z.string().nullable().catch(null).default(null),
});

/** Whether the server is on without a password, which is left so. */
export function isOpenServer(values: Values): boolean {
  return values.enabled === true && values.authRequired === false;
}

/** @returns null where the file is damaged */
export function jsonValues(bytes: Buffer | null): Values | null {
  if (bytes === null || isBlank(bytes)) return { enabled: null, authRequired: null, password: null };
  try {
    const parsed = valuesSchema.safeParse(JSON.parse(decodeText(bytes)));
    if (!parsed.success) return null;
    const { server_enabled, auth_required, server_password } = parsed.data;
    return { enabled: server_enabled, authRequired: auth_required, password: server_password };
  } catch {
    return null;
  }
}

export function iniValuesOfServer(bytes: Buffer | null): Values {
  const section = bytes ? parseIni(decodeText(bytes)).get('OBSWebSocket') : undefined;
  const flag = (name: string): boolean | null => {
    const value = section?.get(name);
    return value === undefined ? null : iniFlag(value);
  };
  return {
    enabled: flag('ServerEnabled'),
    authRequired: flag('AuthRequired'),
    password: section?.get('ServerPassword') ?? null,
  };
}

/** @returns null where nothing is missing. `bytes` must have passed `jsonValues` */
export function switchOnJson(bytes: Buffer | null, password: string): WebsocketEdit | null {
  const values = jsonValues(bytes);
  const change = values && missing(values, password);
  if (!change) return null;
  return { bytes: writeJson(bytes, wanted(change)), change };
}

export function switchOnIni(bytes: Buffer | null, password: string): WebsocketEdit | null {
  const change = missing(iniValuesOfServer(bytes), password);
  return change && { bytes: writeIni(bytes ?? Buffer.alloc(0), wanted(change)), change };
}

/** The file as it would be without `change`; what somebody changed since stays. */
export function switchBackJson(bytes: Buffer, change: WebsocketChange): Buffer {
  const values = isBlank(bytes) ? null : jsonValues(bytes);
  return values ? writeJson(bytes, back(values, change)) : bytes;
}

export function switchBackIni(bytes: Buffer, change: WebsocketChange): Buffer {
  return writeIni(bytes, back(iniValuesOfServer(bytes), change));
}

type NewValues = Partial<{ enabled: boolean; authRequired: boolean; password: string }>;

const wanted = ({ enabled, authRequired, password }: WebsocketChange): NewValues => ({
  ...(authRequired && { authRequired: true }),
  ...(enabled && { enabled: true }),
  ...(password && { password: password.wrote }),
});

/**
 * Off again where it was off or not set. The password that we made for a server without one goes only where there was an empty one:
 * OBS would have made one itself by now, and authentication without a password is none.
 */
function back(values: Values, { enabled, authRequired, password }: WebsocketChange): NewValues {
  return {
    ...(enabled && values.enabled === true && { enabled: false }),
    ...(authRequired?.before === false && values.authRequired === true && { authRequired: false }),
    ...(password?.before === '' && values.password === password.wrote && { password: '' }),
  };
}

function writeJson(bytes: Buffer | null, { enabled, authRequired, password }: NewValues): Buffer {
  let text = bytes === null || isBlank(bytes) ? '{}' : bytes.toString('utf8');
  if (authRequired !== undefined) text = setMember(text, 'auth_required', authRequired);
  if (enabled !== undefined) text = setMember(text, 'server_enabled', enabled);
  if (password !== undefined) text = setMember(text, 'server_password', password);
  return Buffer.from(text);
}

function writeIni(bytes: Buffer, { enabled, authRequired, password }: NewValues): Buffer {
  let result = bytes;
  const set = (name: string, value: string): void => {
    result = updateIni(result, 'OBSWebSocket', name, () => value);
  };
  if (enabled !== undefined) set('ServerEnabled', String(enabled));
  if (authRequired !== undefined) set('AuthRequired', String(authRequired));
  if (password !== undefined) set('ServerPassword', password);
  return result;
}
