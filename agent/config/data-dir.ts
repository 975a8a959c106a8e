/** The data folder, which holds the database, the token and the log; and folders that must be writable. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { type Language, StreamAIError } from '../../shared/errors.ts';
import { makePrivate, makePrivateOnWindows, NotPrivate } from './private-folder.ts';

/** What decides where a platform keeps programs' data. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/**
 * The platform's own place for a program's data: %LOCALAPPDATA% on Windows, Application Support on macOS, and elsewhere
 * what the XDG Base Directory Specification says (a relative XDG path is to be ignored).
 */
export function defaultDataDir({ platform, env, home }: Machine): string {
  if (platform === 'win32') {
    const local = env.LOCALAPPDATA;
    return path.win32.join(local || path.win32.join(home, 'AppData', 'Local'), 'StreamAI');
  }
  if (platform === 'darwin') return path.posix.join(home, 'Library', 'Application Support', 'StreamAI');
  const xdg = env.XDG_DATA_HOME;
  const base = xdg && path.posix.isAbsolute(xdg) ? xdg : path.posix.join(home, '.local', 'share');
  return path.posix.join(base, 'streamai');
}

/** Where an agent with this data folder writes its log. */
export const logFile = (dataDir: string): string => path.join(dataDir, 'agent.log');

const notWritable = { en: 'it may not be written', fr: 'il n’est pas accessible en écriture' };
const diskFull = { en: 'its disk is full', fr: 'son disque est plein' };
const noFolder = { en: 'it is not a folder', fr: 'ce n’est pas un dossier' };
const reasons: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  EACCES: notWritable,
  EPERM: notWritable,
  EROFS: { en: 'its disk is read-only', fr: 'son disque est en lecture seule' },
  ENOSPC: diskFull,
  EDQUOT: diskFull,
  ENOTDIR: noFolder,
  EEXIST: noFolder,
  ENAMETOOLONG: { en: 'its name is too long', fr: 'son nom est trop long' },
  ENOENT: { en: 'it cannot be created', fr: 'il ne peut pas être créé' },
  A_LINK: {
    en: 'it is a link, or no ordinary file',
    fr: 'c’est un lien, ou ce n’est pas un fichier ordinaire',
  },
  ANOTHERS: {
    en: 'it belongs to another user',
    fr: 'il appartient à un autre utilisateur',
  },
  OPEN_TO_OTHERS: {
    en: 'others can read it, and that cannot be changed on its disk',
    fr: 'd’autres peuvent le lire, et son disque ne permet pas de le changer',
  },
};

/** Why a folder cannot be used, in words: a StreamAIError folder_unreadable for a file system's error. */
export function folderProblem(folder: string, error: unknown, language: Language = 'en'): StreamAIError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return new StreamAIError(
    'folder_unreadable',
    { folder, reason: reasons[code]?.[language] ?? (code || 'unknown') },
    { cause: error },
  );
}

/**
 * Creates the data folder where it is missing, proves that it can be written, and makes it and what we keep in it its user's
 * alone.
 * @throws StreamAIError folder_unreadable, its reason in `language`
 */
export function prepareDataDir(folder: string, language?: Language): void {
  prepareFolder(folder, language, 0o700);
  try {
    const uid = process.getuid?.();
    if (uid === undefined) makePrivateOnWindows(folder, { home: homedir(), env: process.env });
    else makePrivate(folder, uid);
  } catch (error) {
    throw folderProblem(error instanceof NotPrivate ? error.file : folder, error, language);
  }
}

/**
 * Creates a folder where it is missing and proves that it can be written.
 * @param mode mode bits of the folders that are created; left out: the system's default
 * @throws StreamAIError folder_unreadable, its reason in `language`
 */
export function prepareFolder(folder: string, language?: Language, mode?: number): void {
  // A name that nobody can have prepared a link under.
  const probe = path.join(folder, `.probe-${randomUUID()}`);
  try {
    mkdirSync(folder, { recursive: true, ...(mode === undefined ? {} : { mode }) });
    writeFileSync(probe, '', { mode: 0o600, flag: 'wx' });
    rmSync(probe);
  } catch (error) {
    throw folderProblem(folder, error, language);
  }
}
