/**
 * Makes the data folder and what we keep in it the user's alone, and refuses what another user could have prepared there: a
 * folder or file of theirs, a link that leads elsewhere.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, lstatSync, readdirSync, type Stats } from 'node:fs';
import path from 'node:path';

/** What is wrong; `code` is one of `folderProblem`'s. */
export class NotPrivate extends Error {
  readonly code: 'A_LINK' | 'ANOTHERS' | 'OPEN_TO_OTHERS' | 'ENOTDIR';
  /** The folder itself, or what is in it. */
  readonly file: string;

  constructor(code: NotPrivate['code'], file: string) {
    super(`${file}: ${code}`);
    this.code = code;
    this.file = file;
  }
}

const database = 'streamai.db';
const files = [
  database,
  `${database}-wal`,
  `${database}-shm`,
  `${database}-journal`,
  'token',
  'address',
  'agent.log',
  'agent.log.1',
  'dock-page',
];
const folders = ['received', 'obs-setup', 'dock'];

/**
 * On POSIX systems, where modes and owners say who may.
 * @param uid ours
 * @throws NotPrivate, or the file system's error
 */
export function makePrivate(folder: string, uid: number): void {
  // The folder first: once others cannot write there, nothing in it changes behind our back.
  restrict(folder, uid, 'folder');
  for (const name of files) restrict(path.join(folder, name), uid, 'file');
  for (const name of folders) restrict(path.join(folder, name), uid, 'folder');
}

function restrict(file: string, uid: number, kind: 'file' | 'folder'): void {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!(kind === 'folder' ? stats.isDirectory() : stats.isFile())) {
    throw new NotPrivate(kind === 'folder' && stats.isFile() ? 'ENOTDIR' : 'A_LINK', file);
  }
  if (stats.uid !== uid) throw new NotPrivate('ANOTHERS', file);
  if (!isOpen(stats)) return;
  chmodSync(file, kind === 'folder' ? 0o700 : 0o600);
  // A disk without rights of its own (FAT, some shares) takes it without a word.
  if (isOpen(lstatSync(file))) throw new NotPrivate('OPEN_TO_OTHERS', file);
}

/** What of the folder is not its user's alone; changes nothing. @throws the file system's error */
export function notPrivate(folder: string, uid: number): NotPrivate[] {
  const look = (name: string, kind: 'file' | 'folder'): NotPrivate[] => {
    const file = path.join(folder, name);
    const stats = lstatSync(file, { throwIfNoEntry: false });
    if (stats === undefined) return [];
    if (!(kind === 'folder' ? stats.isDirectory() : stats.isFile())) return [new NotPrivate('A_LINK', file)];
    if (stats.uid !== uid) return [new NotPrivate('ANOTHERS', file)];
    return isOpen(stats) ? [new NotPrivate('OPEN_TO_OTHERS', file)] : [];
  };
  const within = (names: readonly string[], kind: 'file' | 'folder') => names.flatMap((name) => look(name, kind));
  return [...look('', 'folder'), ...within(files, 'file'), ...within(folders, 'folder')];
}

const isOpen = ({ mode }: Stats): boolean => (mode & 0o077) !== 0;

/** What is called for a Windows folder's access list. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

/**
 * On Windows, where only what lies in the user's profile is the user's by itself: the calls that give a folder, and then what is
 * in it, to the user alone.
 * @param home the user's profile
 * @returns none for a folder in it
 */
export function accessListCommands(
  folder: string,
  { home, env, isEmpty }: { home: string; env: Readonly<Record<string, string | undefined>>; isEmpty: boolean },
): Command[] {
  const below = path.win32.relative(home, folder);
  if (below !== '' && !below.startsWith('..') && !path.win32.isAbsolute(below)) return [];
  // By its full path: a file of that name could lie where we were started.
  const file = path.win32.join(env.SystemRoot ?? 'C:\\Windows', 'System32', 'icacls.exe');
  const user = env.USERDOMAIN ? `${env.USERDOMAIN}\\${env.USERNAME}` : (env.USERNAME ?? '');
  const own = { file, args: [folder, '/inheritance:r', '/grant:r', `${user}:(OI)(CI)F`, '/Q'] };
  // What lies there already gets the folder's list in place of its own.
  const inherit = { file, args: [path.win32.join(folder, '*'), '/reset', '/T', '/Q'] };
  return isEmpty ? [own] : [own, inherit];
}

/** As `makePrivate`, for Windows. @throws NotPrivate where the rights cannot be set */
export function makePrivateOnWindows(
  folder: string,
  where: { home: string; env: Readonly<Record<string, string | undefined>> },
  run: (command: Command) => void = ({ file, args }) =>
    void execFileSync(file, args, { stdio: 'ignore', windowsHide: true }),
): void {
  for (const name of ['', ...files, ...folders]) {
    const file = path.join(folder, name);
    // Junctions count as links too.
    if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink()) throw new NotPrivate('A_LINK', file);
  }
  try {
    for (const command of accessListCommands(folder, { ...where, isEmpty: readdirSync(folder).length === 0 }))
      run(command);
  } catch (error) {
    throw Object.assign(new NotPrivate('OPEN_TO_OTHERS', folder), { cause: error });
  }
}
