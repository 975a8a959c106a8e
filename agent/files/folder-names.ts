/** The names of the files where OBS records: a new recording must not get one of them, OBS may be set to overwrite. */
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { nameKey } from '../../shared/naming.ts';
import { disk } from './disk.ts';
import { fileWork } from './file-work.ts';
import { checkPath } from './open-recording.ts';

/** A folder on a network drive that hangs holds no start back for longer (ms). */
const longestMs = 1000;

export class FolderNames {
  readonly #folder: () => string | null;
  #names: ReadonlySet<string> = new Set();

  /** @param folder where OBS records; null: not known */
  constructor(folder: () => string | null) {
    this.#folder = folder;
  }

  /** Reads the folder anew. What could not be read in time leaves the names as they are. */
  async refresh(): Promise<void> {
    const folder = this.#folder();
    if (folder === null) return;
    const late = new AbortController();
    const names = await Promise.race([
      this.#read(folder).catch(() => null),
      delay(longestMs, null, { signal: late.signal, ref: false }).catch(() => null),
    ]);
    late.abort();
    if (names !== null) this.#names = new Set(names.map((name) => nameKey(path.parse(name).name)));
  }

  async #read(folder: string): Promise<string[]> {
    checkPath(folder);
    return fileWork.doIn(folder, () => disk.readdir(folder));
  }

  /** Whether a file has this name, whatever its extension, as of the last `refresh`. */
  has(name: string): boolean {
    return this.#names.has(nameKey(name));
  }
}
