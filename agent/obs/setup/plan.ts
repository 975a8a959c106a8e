/** What is missing in an OBS's files, and those files with it and nothing else. Pure: reads and writes nothing. */
import { type ErrorInfo, errorInfo, StreamAIError } from '../../../shared/errors.ts';
import { defaultDockState } from './default-dock-state.ts';
import { dockName, parseDocks, type WantedDock, withDock, withoutDock } from './dock-list.ts';
import { withDockPlace, withoutDockPlace } from './dock-state.ts';
import type { FileEdit } from './files.ts';
import { isIni, updateIni } from './ini-text.ts';
import type { SetupTargets } from './targets.ts';
import type { ObsVersion } from './version.ts';
import {
  iniValuesOfServer,
  isOpenServer,
  jsonValues,
  switchBackIni,
  switchBackJson,
  switchOnIni,
  switchOnJson,
  type WebsocketChange,
} from './websocket-server.ts';

/** As wide as the dock needs to show everything, px. */
export const dockWidth = 340;

/** What setup did to one OBS: what an undo takes away where OBS or a person has changed the files since. */
export interface SetupDid {
  readonly dock?: {
    readonly uuid: string;
    readonly url: string;
    /** null: there was none; else the address that it had. */
    readonly before: string | null;
    /** Whether OBS had no list of docks at all. */
    readonly madeList: boolean;
  };
  /** The name of the dock's place in DockState. */
  readonly dockPlace?: string;
  readonly websocket?: WebsocketChange;
}

export interface SetupPlan {
  readonly edits: readonly FileEdit[];
  /** What is missing, in words. */
  readonly changes: readonly ErrorInfo[];
  /** What a person should know and setup does not change. */
  readonly notes: readonly ErrorInfo[];
  readonly did: SetupDid;
}

/** The contents of an OBS's files as they are; null for one that is not there. */
export type Contents = ReadonlyMap<string, Buffer | null>;

export interface Wanted {
  readonly dock: WantedDock;
  /** For obs-websocket where it has none. */
  readonly password: string;
}

/**
 * @throws StreamAIError setup_file_damaged for a file in which OBS itself would find nothing
 */
export function planSetup(targets: SetupTargets, version: ObsVersion, contents: Contents, wanted: Wanted): SetupPlan {
  const files = new Map(contents);
  const read = (file: string): Buffer | null => files.get(file) ?? null;
  for (const file of new Set([targets.dock, targets.websocket])) assertReadable(file, read(file));
  const changes: ErrorInfo[] = [];

  const websocket = switchOn(targets.websocket, read(targets.websocket), wanted.password);
  if (websocket) {
    files.set(targets.websocket, websocket.bytes);
    const { enabled, authRequired, password } = websocket.change;
    if (enabled) changes.push(errorInfo('setup_websocket_on', { file: targets.websocket }));
    if (password || authRequired) changes.push(errorInfo('setup_websocket_password', { file: targets.websocket }));
  }

  const docked = addDock(read(targets.dock) ?? Buffer.alloc(0), targets.dock, version, wanted.dock);
  files.set(targets.dock, docked.bytes);
  changes.push(...docked.changes);

  const edits = Array.from(files, ([file, after]): FileEdit => ({ file, before: contents.get(file) ?? null, after }));
  return {
    edits: edits.filter(({ before, after }) => after !== null && !(before?.equals(after) ?? after.length === 0)),
    changes,
    notes: isOpenServer(serverOf(targets.websocket, read(targets.websocket))) ? [errorInfo('setup_open_server')] : [],
    did: { ...docked.did, ...(websocket && { websocket: websocket.change }) },
  };
}

/** A file without what setup did to it; what OBS or a person has changed since stays. */
export function withoutSetup(file: string, bytes: Buffer, { dock, dockPlace, websocket }: SetupDid): Buffer {
  if (isJson(file)) return websocket ? switchBackJson(bytes, websocket) : bytes;
  if (!isIni(bytes)) return bytes;
  let result = bytes;
  if (dock) {
    result = updateIni(result, 'BasicWindow', 'ExtraBrowserDocks', (list) => {
      const left = list === null ? null : withoutDock(list, dock.uuid, { wrote: dock.url, before: dock.before });
      return left === '[]' && left !== list && dock.madeList ? null : left;
    });
  }
  if (dockPlace !== undefined) {
    result = updateIni(
      result,
      'BasicWindow',
      'DockState',
      (state) => (state && withoutDockPlace(state, dockPlace)) ?? state,
    );
  }
  return websocket ? switchBackIni(result, websocket) : result;
}

const isJson = (file: string): boolean => file.endsWith('.json');
const serverOf = (file: string, bytes: Buffer | null) =>
  (isJson(file) ? jsonValues(bytes) : iniValuesOfServer(bytes)) ?? {
    enabled: null,
    authRequired: null,
    password: null,
  };
const switchOn = (file: string, bytes: Buffer | null, password: string) =>
  isJson(file) ? switchOnJson(bytes, password) : switchOnIni(bytes, password);

function assertReadable(file: string, bytes: Buffer | null): void {
  if (bytes === null) return;
  if (isJson(file) ? jsonValues(bytes) === null : !isIni(bytes))
    throw new StreamAIError('setup_file_damaged', { file });
}

function addDock(
  bytes: Buffer,
  file: string,
  version: ObsVersion,
  wanted: WantedDock,
): { bytes: Buffer; changes: ErrorInfo[]; did: Pick<SetupDid, 'dock' | 'dockPlace'> } {
  let dock: SetupDid['dock'];
  let title = '';
  const listed = updateIni(bytes, 'BasicWindow', 'ExtraBrowserDocks', (list) => {
    if (parseDocks(list) === null) throw new StreamAIError('setup_file_damaged', { file });
    const added = withDock(list, wanted);
    if (added.value === list) return list;
    dock ??= { uuid: added.uuid, url: wanted.url, before: added.before, madeList: list === null };
    title ||= added.title;
    return added.value;
  });
  if (!dock) return { bytes, changes: [], did: {} };
  if (dock.before !== null)
    return { bytes: listed, changes: [errorInfo('setup_dock_address', { title, file })], did: { dock } };
  const dockPlace = dockName(title);
  let isPlaced = false;
  // Without any, OBS puts its own docks where they belong and hides all others.
  const placed = updateIni(listed, 'BasicWindow', 'DockState', (state) => {
    const changed = withDockPlace(state || defaultDockState(version), dockPlace, dockWidth);
    isPlaced ||= changed !== null;
    return changed ?? state;
  });
  const added = errorInfo('setup_dock_added', { title, file });
  if (!isPlaced) return { bytes: listed, changes: [added], did: { dock } };
  return {
    bytes: placed,
    changes: [added, errorInfo('setup_dock_place', { width: dockWidth })],
    did: { dock, dockPlace },
  };
}
