/** For tests: OBS configurations as they are met on people's machines, each made from an ordinary one. */
import { chmod, lstat, mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ErrorCode } from '../../../shared/errors.ts';
import { parseIni } from '../ini.ts';
import { defaultDockState } from './default-dock-state.ts';
import { dockAddress } from './dock-address.ts';
import { dockUuid } from './dock-list.ts';
import { updateIni } from './ini-text.ts';
import type { FoundObs } from './installations.ts';
import { isFrom, type ObsVersion } from './version.ts';

export const wantedDock = dockAddress('http://127.0.0.1:5002', 'the-token-of-today');

/** Scenes, sources and the others below the preview, as OBS 29.0.2 wrote it; with a Chat dock of 300 px on the right. */
export const stateWithChat =
  'AAAA/wAAAAD9AAAAAgAAAAEAAAEsAAACWPwCAAAAAfsAAAAiAEMAaABhAHQAXwBlAHgAdAByAGEAQgByAG8AdwBzAGUAcgEAAAAAAAACWAAAAFAA////AAAAAwAABDcAAADi/AEAAAAB+wAAABQAcwBjAGUAbgBlAHMARABvAGMAawEAAAAAAAAEMwAAAKAA////AAAENwAAAbgAAAAEAAAABAAAAAgAAAAI/AAAAAA=';

/** The files of one OBS that is being prepared. */
export interface Prepared {
  readonly root: string;
  /** Beside the root, and the test's own. */
  readonly elsewhere: string;
  readonly dockFile: string;
  readonly websocketFile: string;
  readonly version: ObsVersion;
}

export interface Configuration {
  readonly name: string;
  readonly prepare: (obs: Prepared) => Promise<void>;
  /** Whether it exists with this OBS. Left out: with all. */
  readonly where?: (version: ObsVersion) => boolean;
  /** Why setup refuses it. Left out: it does not. */
  readonly refused?: ErrorCode;
  /** Nothing is missing there. */
  readonly complete?: boolean;
  readonly portable?: boolean;
  readonly running?: boolean;
  /** Why a real OBS is not started over it. */
  readonly notStarted?: string;
}

const is31 = (version: ObsVersion): boolean => isFrom(version, 31);
const hasJson = (version: ObsVersion): boolean => isFrom(version, 30, 2);
const firstRun = 'OBS asks what it asks at its first start';

/** A value of OBS's list of docks, in what JSON has to escape, ini has to escape, and neither. */
const oddDocks = JSON.stringify([
  { title: 'Chat "é" 🎬 = x', url: 'https://example.com/?a=b&c=[d]#e', uuid: '0123456789abcdef0123456789abcdef' },
  {
    title: 'C:\\new\\road',
    url: 'file:///C:/r\\n',
    uuid: 'fedcba9876543210fedcba9876543210',
    later: [1, { x: '],}' }],
  },
]);
const chat = '[{"title": "Chat", "url": "https://example.com/chat", "uuid": "0123456789abcdef0123456789abcdef"}]';

export const configurations: readonly Configuration[] = [
  { name: 'ordinary, with the server off', prepare: async () => {} },
  {
    name: 'the server on, with its own password',
    prepare: (obs) => setServer(obs, { enabled: true, password: 'own "päss\\word"' }),
  },
  {
    name: 'all there already',
    complete: true,
    prepare: async (obs) => {
      await setServer(obs, { enabled: true, password: 'secret-secret' });
      await setDocks(obs, `[{"title": "StreamAI", "url": "${wantedDock.url}", "uuid": "${dockUuid}"}]`);
    },
  },
  { name: 'another port', prepare: (obs) => setServer(obs, { port: true }) },
  { name: 'without authentication, and off', prepare: (obs) => setServer(obs, { auth: false }) },
  { name: 'without authentication, and on', prepare: (obs) => setServer(obs, { enabled: true, auth: false }) },
  { name: 'an empty password', prepare: (obs) => setServer(obs, { enabled: true, password: '' }) },
  {
    name: 'unknown keys of obs-websocket',
    where: hasJson,
    prepare: (obs) =>
      editText(obs.websocketFile, (text) => text.replace(/\}\s*$/, ',"later": {"a": [1, "}"]}, "server_port2": 1}')),
  },
  { name: 'no settings of obs-websocket', prepare: (obs) => withoutServer(obs), notStarted: 'its port would be 4455' },
  {
    name: 'an empty config.json',
    where: hasJson,
    prepare: (obs) => writeFile(obs.websocketFile, ''),
    notStarted: 'its port would be 4455',
  },
  {
    name: 'a config.json cut off',
    where: hasJson,
    refused: 'setup_file_damaged',
    prepare: (obs) => editText(obs.websocketFile, (text) => text.slice(0, 40)),
  },
  {
    name: 'a config.json that is a list',
    where: hasJson,
    refused: 'setup_file_damaged',
    prepare: (obs) => writeFile(obs.websocketFile, '[]'),
  },
  {
    name: 'a config.json with a BOM, CRLF and four blanks',
    where: hasJson,
    prepare: (obs) =>
      editText(
        obs.websocketFile,
        (text) => `\uFEFF${JSON.stringify(JSON.parse(text), null, 4).replaceAll('\n', '\r\n')}\r\n`,
      ),
  },
  {
    name: 'a config.json of wrong types',
    where: hasJson,
    prepare: (obs) =>
      editText(obs.websocketFile, (text) =>
        JSON.stringify({ ...JSON.parse(text), server_enabled: 'true', server_password: 5 }),
      ),
  },
  { name: 'an empty user.ini', where: is31, prepare: (obs) => writeFile(obs.dockFile, ''), notStarted: firstRun },
  { name: 'no user.ini', where: is31, prepare: (obs) => rm(obs.dockFile), notStarted: firstRun },
  {
    name: 'an empty global.ini',
    where: (v) => !is31(v),
    refused: 'setup_never_started',
    prepare: (obs) => writeFile(obs.dockFile, ''),
  },
  {
    name: 'a file of zeros',
    where: is31,
    refused: 'setup_file_damaged',
    prepare: (obs) => writeFile(obs.dockFile, Buffer.alloc(900)),
  },
  { name: 'a BOM', prepare: (obs) => editText(obs.dockFile, (text) => `\uFEFF${text}`) },
  { name: 'CRLF', prepare: (obs) => editText(obs.dockFile, (text) => text.replaceAll('\n', '\r\n')) },
  {
    name: 'a BOM and CRLF',
    prepare: (obs) => editText(obs.dockFile, (text) => `\uFEFF${text.replaceAll('\n', '\r\n')}`),
  },
  { name: 'no end of the last line', prepare: (obs) => editText(obs.dockFile, (text) => text.trimEnd()) },
  {
    name: 'sections twice',
    prepare: (obs) =>
      editText(obs.dockFile, (text) => `${text}\n[BasicWindow]\nPreviewEnabled=false\nMine=1\n\n[Other]\nA=1\n`),
  },
  {
    name: 'sections twice, each with docks',
    prepare: async (obs) => {
      await setDocks(obs, chat);
      await editText(obs.dockFile, (text) => `${text}\n[BasicWindow]\nPreviewEnabled=false\nExtraBrowserDocks=[]\n`);
    },
  },
  {
    name: 'a section in small letters',
    prepare: (obs) => editText(obs.dockFile, (text) => `[basicwindow]\nOwn=1\n\n${text}`),
  },
  { name: 'another dock', prepare: (obs) => setDocks(obs, chat) },
  { name: 'docks with marks that have to be escaped', prepare: (obs) => setDocks(obs, oddDocks) },
  { name: 'an empty list of docks', prepare: (obs) => setDocks(obs, '[]') },
  {
    name: 'a list of docks that is none',
    refused: 'setup_file_damaged',
    prepare: (obs) => setDocks(obs, '[{"title": '),
  },
  {
    name: 'our dock with an old address',
    prepare: (obs) =>
      setDocks(obs, `[{"title": "StreamAI", "url": "http://127.0.0.1:5002/#token=old", "uuid": "${dockUuid}"}]`),
  },
  {
    name: 'a dock that a person made, with an old address',
    prepare: (obs) =>
      setDocks(
        obs,
        '[{"title": "Rec", "url": "http://localhost:5010/#token=old", "uuid": "00000000000000000000000000000001", "x": 1}]',
      ),
  },
  {
    name: 'a stranger’s dock of our name',
    prepare: (obs) =>
      setDocks(
        obs,
        '[{"title": "StreamAI", "url": "https://example.com/", "uuid": "00000000000000000000000000000001"}]',
      ),
  },
  {
    name: 'user.ini elsewhere',
    where: is31,
    prepare: async (obs) => {
      const folder = path.join(obs.elsewhere, 'obs-studio');
      await mkdir(folder, { recursive: true });
      await rename(obs.dockFile, path.join(folder, 'user.ini'));
      await setIni(path.join(obs.root, 'global.ini'), 'Locations', 'Configuration', obs.elsewhere);
    },
  },
  {
    name: 'user.ini elsewhere, in a folder that is gone',
    where: is31,
    prepare: (obs) => setIni(path.join(obs.root, 'global.ini'), 'Locations', 'Configuration', '/nowhere/at/all'),
  },
  {
    name: 'of OBS 30, not taken over yet',
    where: is31,
    prepare: async (obs) => {
      const global = path.join(obs.root, 'global.ini');
      const server = await readServer(obs.websocketFile);
      await rename(obs.dockFile, global);
      await setIni(global, 'General', 'LastVersion', String(0x1e010200));
      await rm(obs.websocketFile);
      await setIni(global, 'OBSWebSocket', 'FirstLoad', 'false');
      await setIni(global, 'OBSWebSocket', 'ServerPort', String(server.server_port));
    },
  },
  {
    name: 'taken over from OBS 30',
    where: is31,
    prepare: (obs) => setIni(path.join(obs.root, 'global.ini'), 'General', 'Pre31Migrated', 'true'),
  },
  {
    name: 'a file that is a link',
    prepare: async (obs) => {
      await mkdir(obs.elsewhere, { recursive: true });
      const real = path.join(obs.elsewhere, 'dotfiles.ini');
      await rename(obs.dockFile, real);
      await symlink(real, obs.dockFile);
    },
    notStarted: 'OBS replaces the link by a file',
  },
  {
    name: 'a folder that is a link',
    prepare: async (obs) => {
      const real = path.join(obs.elsewhere, 'dotfiles');
      await mkdir(obs.elsewhere, { recursive: true });
      await rename(obs.root, real);
      await symlink(real, obs.root);
    },
    notStarted: 'the rig cannot put it back',
  },
  {
    name: 'a file of 2 MB',
    prepare: (obs) => editText(obs.dockFile, (text) => `${text}\n[Plugin]\nLong=${'x'.repeat(2_000_000)}\n`),
  },
  {
    name: 'comments, nonsense and what is no text',
    prepare: async (obs) => {
      const bytes = await readFile(obs.dockFile);
      const odd = Buffer.from('\n# a comment = x\n[Odd]\nName=\xff\xfe\xe9\n no equals\n  Blank = x  \n', 'latin1');
      await writeFile(obs.dockFile, Buffer.concat([bytes, odd]));
    },
  },
  {
    name: 'a file for its user alone',
    prepare: (obs) => chmod(obs.dockFile, 0o600),
  },
  {
    name: 'a file that is read-only',
    refused: 'setup_file_read_only',
    prepare: (obs) => chmod(obs.dockFile, 0o444),
  },
  {
    name: 'one file of two that is read-only',
    where: hasJson,
    refused: 'setup_file_read_only',
    prepare: (obs) => chmod(obs.websocketFile, 0o400),
  },
  { name: 'OBS running', refused: 'setup_obs_running', running: true, prepare: async () => {} },
  { name: 'portable', portable: true, prepare: async () => {}, notStarted: 'Windows only' },
  { name: 'no DockState', prepare: (obs) => setIni(obs.dockFile, 'BasicWindow', 'DockState', null) },
  {
    name: 'a DockState that is none',
    prepare: (obs) => setIni(obs.dockFile, 'BasicWindow', 'DockState', 'AAAA/wAAAAD9AAAAAw=='),
  },
  {
    name: 'a DockState with docks on the right',
    prepare: (obs) => setIni(obs.dockFile, 'BasicWindow', 'DockState', stateWithChat),
  },
];

/** An ordinary configuration in an empty folder, as OBS writes it; the server off. */
export async function writeOrdinary(root: string, version: ObsVersion): Promise<Prepared> {
  const { dockFile, websocketFile } = preparedFiles(root, version);
  const number = (version.major << 24) | (version.minor << 16) | version.patch;
  const head = `[General]\nFirstRun=true\nLastVersion=${number}\n\n`;
  const window = `[BasicWindow]\nPreviewEnabled=true\ngeometry=AdnQywADAAA=\nDockState=${defaultDockState(version)}\nDocksLocked=false\n\n[Basic]\nProfile=Untitled\nProfileDir=Untitled\n`;
  const server =
    '\n[OBSWebSocket]\nFirstLoad=false\nServerEnabled=false\nServerPort=4460\nAuthRequired=true\nServerPassword=as-OBS-made-it\n';
  await mkdir(path.dirname(websocketFile), { recursive: true });
  await writeFile(
    path.join(root, 'global.ini'),
    head + (is31(version) ? '' : window) + (hasJson(version) ? '' : server),
  );
  if (is31(version)) await writeFile(dockFile, window);
  if (hasJson(version)) {
    const json = {
      alerts_enabled: false,
      auth_required: true,
      first_load: false,
      server_enabled: false,
      server_password: 'as-OBS-made-it',
      server_port: 4460,
    };
    await writeFile(websocketFile, JSON.stringify(json));
  }
  return prepared(root, version);
}

/** The files of a configuration that is there already. */
export function prepared(root: string, version: ObsVersion): Prepared {
  return { root, elsewhere: `${root}-elsewhere`, version, ...preparedFiles(root, version) };
}

const preparedFiles = (root: string, version: ObsVersion): Pick<Prepared, 'dockFile' | 'websocketFile'> => ({
  dockFile: path.join(root, is31(version) ? 'user.ini' : 'global.ini'),
  websocketFile: hasJson(version)
    ? path.join(root, 'plugin_config', 'obs-websocket', 'config.json')
    : path.join(root, 'global.ini'),
});

/** What setup would find there. */
export const foundObs = (obs: Prepared, version: ObsVersion | null, isPortable = false): FoundObs => ({
  kind: isPortable ? 'portable' : 'installed',
  root: obs.root,
  isPortable,
  version,
  profile: null,
});

/** Every file below a folder by its path: type, mode and contents, or where a link leads. */
export async function snapshotOf(folder: string, below = ''): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const name of (await readdir(path.join(folder, below)).catch(() => [])).toSorted()) {
    const relative = path.join(below, name);
    const file = path.join(folder, relative);
    const stats = await lstat(file);
    const mode = (stats.mode & 0o7777).toString(8);
    if (stats.isSymbolicLink()) found.set(relative, `link to ${await readlink(file)}`);
    else if (stats.isDirectory()) {
      found.set(relative, `folder ${mode}`);
      for (const entry of await snapshotOf(folder, relative)) found.set(...entry);
    } else found.set(relative, `file ${mode} ${(await readFile(file)).toString('latin1')}`);
  }
  return found;
}

interface ServerValues {
  readonly enabled?: boolean;
  readonly auth?: boolean;
  readonly password?: string;
  /** Another port than the one that it has. */
  readonly port?: true;
}

async function setServer({ websocketFile }: Prepared, { enabled, auth, password, port }: ServerValues): Promise<void> {
  if (websocketFile.endsWith('.json')) {
    const json = await readServer(websocketFile);
    const changed = {
      ...json,
      ...(enabled !== undefined && { server_enabled: enabled }),
      ...(auth !== undefined && { auth_required: auth }),
      ...(password !== undefined && { server_password: password }),
      ...(port && { server_port: Number(json.server_port) + 1 }),
    };
    await writeFile(websocketFile, JSON.stringify(changed));
    return;
  }
  const set = (name: string, value: string | undefined): Promise<void> | undefined =>
    value === undefined ? undefined : setIni(websocketFile, 'OBSWebSocket', name, value);
  await set('ServerEnabled', enabled?.toString());
  await set('AuthRequired', auth?.toString());
  await set('ServerPassword', password);
  const now = parseIni(await readFile(websocketFile, 'utf8'))
    .get('OBSWebSocket')
    ?.get('ServerPort');
  await set('ServerPort', port && String(Number(now) + 1));
}

async function readServer(file: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
}

async function withoutServer({ websocketFile }: Prepared): Promise<void> {
  if (websocketFile.endsWith('.json')) return await rm(websocketFile);
  await editText(websocketFile, (text) => text.replace(/\n?\[OBSWebSocket\]\n[^[]*/, ''));
}

const setDocks = ({ dockFile }: Prepared, list: string): Promise<void> =>
  setIni(dockFile, 'BasicWindow', 'ExtraBrowserDocks', list);

async function setIni(file: string, section: string, name: string, value: string | null): Promise<void> {
  await writeFile(
    file,
    updateIni(await readFile(file), section, name, () => value),
  );
}

async function editText(file: string, edit: (text: string) => string): Promise<void> {
  await writeFile(file, edit(await readFile(file, 'utf8')));
}
