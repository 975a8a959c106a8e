/** Replaces files so that each is whole at any moment, and all of them are changed or none. */
import { randomUUID } from 'node:crypto';
import {
  access,
  chmod,
  chown,
  constants,
  mkdir,
  open,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
} from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StreamAIError } from '../../../shared/errors.ts';

/** One file's change; null: it is not there, before or afterwards. */
export interface FileEdit {
  readonly file: string;
  readonly before: Buffer | null;
  readonly after: Buffer | null;
}

/** OBS's own files have some kilobytes; nobody's have so many. */
const largestBytes = 64 * 1024 * 1024;

/** @throws StreamAIError setup_file_damaged | setup_file_unreadable */
export async function readIfThere(file: string): Promise<Buffer | null> {
  try {
    const { size } = await stat(file);
    if (size > largestBytes) throw new StreamAIError('setup_file_damaged', { file });
    return await readFile(file);
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR')) return null;
    if (error instanceof StreamAIError) throw error;
    throw new StreamAIError('setup_file_unreadable', { file }, { cause: error });
  }
}

/**
 * Writes everything beside its place first, and then puts it there.
 * @param check called right before the first file is put in its place; what it throws stops everything
 * @returns the folders that had to be made, the outermost first
 * @throws StreamAIError setup_file_read_only | setup_file_changed, or what `check` throws; every file is then as before
 */
export async function replaceFiles(
  edits: readonly FileEdit[],
  check: () => Promise<void> = async () => {},
): Promise<string[]> {
  const made: string[] = [];
  const staged: Staged[] = [];
  const placed: Staged[] = [];
  try {
    for (const edit of edits) staged.push(await stage(edit, made));
    await check();
    for (const { edit } of staged) await assertUnchanged(edit);
    for (const one of staged) {
      await place(one);
      placed.push(one);
    }
    return made;
  } catch (error) {
    for (const { edit } of placed.reverse()) await place(await stage({ ...edit, after: edit.before }, []));
    await removeFolders(made);
    throw error;
  } finally {
    for (const { temporary } of staged) if (temporary) await rm(temporary, { force: true });
  }
}

/** Removes folders that have become empty, the innermost first. */
export async function removeFolders(folders: readonly string[]): Promise<void> {
  for (const folder of folders.toReversed()) await rmdir(folder).catch(() => {});
}

interface Staged {
  readonly edit: FileEdit;
  /** Behind a link: the file itself, so that the link stays one. */
  readonly target: string;
  readonly temporary: string | null;
}

async function stage(edit: FileEdit, made: string[]): Promise<Staged> {
  try {
    const target = await realpath(edit.file).catch(() => edit.file);
    const folder = path.dirname(target);
    made.push(...(await makeFolder(folder)));
    await access(folder, constants.W_OK);
    const stats = await stat(target).catch(() => null);
    // Also for root and on Windows: somebody has meant it so.
    if (stats && (stats.mode & 0o222) === 0) throw new StreamAIError('setup_file_read_only', { file: edit.file });
    if (stats) await access(target, constants.W_OK);
    if (edit.after === null) return { edit, target, temporary: null };
    const temporary = path.join(folder, `.${path.basename(target)}-${randomUUID()}`);
    await writeWhole(temporary, edit.after);
    // The password is nobody else's business, and OBS's own files keep the rights that they have.
    if (stats) await keepRights(temporary, stats);
    return { edit, target, temporary };
  } catch (error) {
    if (error instanceof StreamAIError) throw error;
    throw new StreamAIError('setup_file_read_only', { file: edit.file }, { cause: error });
  }
}

async function keepRights(file: string, { mode, uid, gid }: { mode: number; uid: number; gid: number }): Promise<void> {
  if (process.getuid?.() === 0) await chown(file, uid, gid);
  await chmod(file, mode & 0o7777);
}

async function writeWhole(file: string, bytes: Buffer): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function assertUnchanged({ file, before }: FileEdit): Promise<void> {
  const now = await readIfThere(file);
  const isSame = before === null ? now === null : (now?.equals(before) ?? false);
  if (!isSame) throw new StreamAIError('setup_file_changed', { file });
}

async function place({ edit, target, temporary }: Staged): Promise<void> {
  try {
    if (temporary === null) await patiently(() => rm(target, { force: true }));
    else await patiently(() => rename(temporary, target));
  } catch (error) {
    throw new StreamAIError('setup_file_read_only', { file: edit.file }, { cause: error });
  }
}

/** Scanners and indexers hold a file on Windows for a moment after it was written. */
async function patiently(act: () => Promise<void>): Promise<void> {
  for (let left = 20; ; left--) {
    try {
      return await act();
    } catch (error) {
      if (process.platform !== 'win32' || left === 0 || !isCode(error, 'EPERM', 'EBUSY', 'EACCES')) throw error;
      await delay(50);
    }
  }
}

/** @returns those that were not there, the outermost first. What mkdir itself says of them has another form on Windows */
async function makeFolder(folder: string): Promise<string[]> {
  const missing: string[] = [];
  for (let at = folder; (await stat(at).catch(() => null)) === null && at !== path.dirname(at); at = path.dirname(at))
    missing.unshift(at);
  await mkdir(folder, { recursive: true });
  return missing;
}

function isCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
