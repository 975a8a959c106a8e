/**
 * The one door to files that OBS names. A path of OBS's can be anything: a link to a key, a pipe that never answers, a device, the
 * agent's own database. Only a plain file comes through, and whoever gets it works with this very descriptor from then on:
 *
 * - what no recording can be called is refused by its text, before the system sees it (path-rules.ts)
 * - the folder's links are followed (a folder that lies on another disk is common), the file itself must be none
 * - nothing inside a folder of the agent's own, under whatever name
 * - opened without waiting (a pipe would hold the thread until somebody writes into it), and looked at once more when it is open
 * - every step has an end (file-work.ts)
 */
import type { BigIntStats } from 'node:fs';
import { constants, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { StreamAIError } from '../../shared/errors.ts';
import { disk } from './disk.ts';
import { fileWork } from './file-work.ts';
import { isBelow, isDevicePath, isNetworkPath } from './path-rules.ts';

/** An open file of which every operation has an end. */
export interface OpenFile {
  readonly fd: number;
  /** @throws StreamAIError file_away; the system's error */
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  /** @throws as `read` */
  stat(options: { readonly bigint: true }): Promise<BigIntStats>;
  /** Never waits long; what cannot be closed now is closed when the drive answers. */
  close(): Promise<void>;
}

/** Folders of which nothing is a recording: the agent's own. */
const ownFolders = new Set<string>();
/** Asked for the folders on other machines that OBS is set up with. */
let networkFolders: () => readonly string[] = () => [];

/** From now on nothing in this folder is opened as a recording. */
export function keepOut(folder: string): void {
  ownFolders.add(path.resolve(folder));
}

/** Called by the composition root: which folders on other machines may be looked into. */
export function allowNetwork(folders: () => readonly string[]): void {
  networkFolders = folders;
}

/**
 * Opens a recording for reading.
 * @throws StreamAIError file_refused when it can be none; file_away; the system's error
 */
export async function openRecording(file: string): Promise<OpenFile> {
  const openIt = async (tries = 3): Promise<FileHandle> => {
    const { place, stats } = await plainFile(file);
    const handle = await disk.open(
      place,
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    );
    try {
      const opened = await handle.stat({ bigint: true });
      if (opened.isFile() && opened.dev === stats.dev && opened.ino === stats.ino) return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
    await handle.close();
    // Another file was put in its place in between: that one is looked at as any other. Who does it again and again plays with us.
    if (tries === 1) throw refused(file);
    return openIt(tries - 1);
  };
  const handle = await fileWork.do(
    file,
    () => openIt(),
    (late) => void late.close().catch(() => {}),
  );
  return {
    fd: handle.fd,
    read: (buffer, offset, length, position) => {
      return fileWork.do(file, () => handle.read(buffer, offset, length, position));
    },
    stat: (options) => fileWork.do(file, () => handle.stat(options)),
    close: () => closeFile(file, handle),
  };
}

/** How often it is tried to close a file whose drive did not answer (ms). */
const closeAgainMs = 5000;

async function closeFile(file: string, handle: FileHandle): Promise<void> {
  try {
    await fileWork.do(file, () => handle.close());
  } catch (error) {
    // A failure to close what was only read changes nothing. One that could not begin is owed.
    if (error instanceof StreamAIError) setTimeout(() => void closeFile(file, handle), closeAgainMs).unref();
  }
}

/**
 * Looks at a recording without opening it.
 * @throws as `openRecording`
 */
export async function statRecording(file: string): Promise<BigIntStats> {
  return fileWork.do(file, async () => (await plainFile(file)).stats);
}

/** Whether a path may be handed to the system at all. @throws StreamAIError file_refused */
export function checkPath(file: string, platform: NodeJS.Platform = process.platform): void {
  if (isDevicePath(file, platform)) throw refused(file);
  const isAllowed = (folder: string): boolean => isBelow(folder, file, platform);
  if (isNetworkPath(file, platform) && !networkFolders().some(isAllowed)) throw refused(file);
}

/** Where a file really lies, and what it is. */
async function plainFile(file: string): Promise<{ place: string; stats: BigIntStats }> {
  checkPath(file);
  const folder = await disk.realpath(path.dirname(file));
  const place = path.join(folder, path.basename(file));
  if (isDevicePath(place)) throw refused(file);
  for (const own of ownFolders) if (isBelow(await disk.realpath(own).catch(() => own), place)) throw refused(file);
  const stats = await disk.lstat(place, { bigint: true });
  if (stats.isDirectory()) throw new StreamAIError('file_unreadable', { file: path.basename(file) });
  if (!stats.isFile() || (stats.nlink > 1n && (await isOwnFile(stats)))) throw refused(file);
  return { place, stats };
}

/** Whether a file with several names is one of the agent's own. */
async function isOwnFile({ dev, ino }: BigIntStats): Promise<boolean> {
  for (const folder of ownFolders) {
    for (const name of await disk.readdir(folder, { recursive: true }).catch(() => [])) {
      const own = await disk.lstat(path.join(folder, name), { bigint: true }).catch(() => null);
      if (own?.ino === ino && own.dev === dev) return true;
    }
  }
  return false;
}

const refused = (file: string): StreamAIError => new StreamAIError('file_refused', { file: path.basename(file) });
