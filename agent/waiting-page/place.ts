/**
 * Where the dock's page for OBS is: in the data folder, under a name that nobody can guess, since what the agent writes beside it
 * lets in whoever reads it, and any page that is opened from a disk could load a file whose name it knows. The name stays the same: it stands
 * in OBS.
 */
import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Language } from '../../shared/errors.ts';
import { folderProblem } from '../config/data-dir.ts';
import { readOrCreateSecret, readSecret } from '../config/token.ts';
import { waitingPage } from './page.ts';

export interface WaitingPlace {
  readonly page: string;
  /** What the agent writes while it runs. */
  readonly alive: string;
  /** The page's address, for OBS: `file:///…` */
  readonly address: string;
}

/**
 * The place of a data folder that is prepared (config/data-dir.ts); the page itself may not be there yet.
 * @throws StreamAIError folder_unreadable, its reason in `language`
 */
export function waitingPlace(dataDir: string, language?: Language): WaitingPlace {
  return placeOf(dataDir, readOrCreateSecret(dataDir, 'dock-page', language));
}

/** The place that a data folder has already; null: none yet. @throws StreamAIError folder_unreadable */
export function knownPlace(dataDir: string): WaitingPlace | null {
  const name = readSecret(dataDir, 'dock-page');
  return name === null ? null : placeOf(dataDir, name);
}

function placeOf(dataDir: string, name: string): WaitingPlace {
  const folder = path.join(dataDir, 'dock');
  const page = path.join(folder, `${name}.html`);
  return { page, alive: path.join(folder, `${name}.js`), address: pageAddress(page) };
}

/** A page's address, as OBS keeps it. @param windows whether the path is Windows's; left out: whether we are there */
export const pageAddress = (file: string, windows = process.platform === 'win32'): string =>
  pathToFileURL(file, { windows }).href;

/**
 * Writes the page where it is missing or another version's.
 * @param options as `WaitingPage`
 * @throws StreamAIError folder_unreadable, its reason in `options.language`
 */
export async function writeWaitingPage(
  dataDir: string,
  options: { readonly logFile: string; readonly platform?: NodeJS.Platform; readonly language?: Language },
): Promise<WaitingPlace> {
  const { logFile, platform = process.platform, language } = options;
  const place = waitingPlace(dataDir, language);
  const text = waitingPage({ aliveFile: path.basename(place.alive), logFile, platform });
  try {
    await mkdir(path.dirname(place.page), { recursive: true, mode: 0o700 });
    if ((await readFile(place.page, 'utf8').catch(() => null)) !== text) await putInPlace(place.page, text);
  } catch (error) {
    throw folderProblem(path.dirname(place.page), error, language);
  }
  return place;
}

/** Writes a file for its user alone; whoever reads it meets all of the text or what was there before. */
export async function putInPlace(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  let handle: FileHandle | undefined;
  try {
    handle = await open(draft, 'wx', 0o600);
    await handle.writeFile(text);
    await handle.close();
    await rename(draft, file);
  } catch (error) {
    await handle?.close().catch(() => undefined);
    await rm(draft, { force: true });
    throw error;
  }
}
