/** The folder that holds the database, the token and the log. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { StreamAIError } from '../../shared/errors.ts';

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

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'it may not be written',
  EPERM: 'it may not be written',
  EROFS: 'its disk is read-only',
  ENOSPC: 'its disk is full',
  EDQUOT: 'its disk is full',
  ENOTDIR: 'it is not a folder',
  EEXIST: 'it is not a folder',
  ENAMETOOLONG: 'its name is too long',
  ENOENT: 'it cannot be created',
};

/** Tells in plain words why a folder is of no use. */
export function folderProblem(folder: string, error: unknown): StreamAIError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return new StreamAIError(
    'folder_unreadable',
    { folder, reason: reasons[code] ?? (code || 'unknown') },
    { cause: error },
  );
}

/**
 * Creates the data folder, for its owner only, where it is missing, and proves that it can be written.
 * @throws StreamAIError folder_unreadable
 */
export function prepareDataDir(folder: string): void {
  const probe = path.join(folder, `.probe-${process.pid}`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(probe, '', { mode: 0o600 });
    rmSync(probe);
  } catch (error) {
    throw folderProblem(folder, error);
  }
}
