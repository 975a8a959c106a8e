/**
 * The folder that an OBS records into, and what others do to what lies in it: one change after the other, and what each leaves is
 * noted before the next one.
 */
import { readdir, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Deed, Edit } from './plan.ts';
import { edit, move, remove, replace, touch } from './tamper.ts';
import { Versions } from './versions.ts';

export type Tampering = Edit | Extract<Deed, { do: 'replace' | 'move' | 'delete' | 'touch' | 'take the drive away' }>;

export class RecordingsFolder {
  readonly versions: Versions;
  readonly #folder: string;
  /** Where things are moved to. */
  readonly #aside: string;
  #isClosed = false;
  #last: Promise<void> = Promise.resolve();

  /** @param aside a folder beside it, on the same disk */
  constructor(folder: string, aside: string) {
    this.#folder = folder;
    this.#aside = aside;
    this.versions = new Versions(folder);
  }

  /** OBS writes into it from now on. */
  written(): void {
    this.#isClosed = false;
  }

  /** OBS has closed what it wrote: from now on it is known what the files hold. */
  closed(): Promise<void> {
    return this.inTurn(async () => {
      await this.versions.note();
      this.#isClosed = true;
    });
  }

  /** Resolves when the work is done, after all that was begun before. */
  inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    this.#last = done;
    return done;
  }

  /** @param isReady whether the agent has written down what OBS closed under this path */
  tamper(deed: Tampering, isReady: (file: string) => Promise<boolean>): Promise<void> {
    return this.inTurn(async () => {
      const file = await this.newest();
      if (file === null) return;
      if (deed.do === 'take the drive away') return this.#takeAway(deed.ms);
      if (deed.do === 'move' || deed.do === 'delete') this.versions.taken(path.basename(file));
      if (deed.do === 'move') {
        const back = await move(file, this.#aside);
        if (deed.back !== null) await delay(deed.back).then(back);
      } else if (deed.do === 'replace') {
        const known = this.#isClosed && (await isReady(file));
        const sha256 = await replace(file, this.#aside, deed.alike);
        // From then on the agent can tell that this is another file.
        if (known) this.versions.refuse(sha256);
      } else if (deed.do === 'delete') await remove(file);
      else if (deed.do === 'touch') await touch(file);
      else await edit(file, deed);
      if (this.#isClosed) await this.versions.note();
    });
  }

  /** The file that was begun last; null: there is none. */
  async newest(): Promise<string | null> {
    const files = await Promise.all(
      (await readdir(this.#folder)).map(async (name) => ({
        file: path.join(this.#folder, name),
        born: await birth(this.#folder, name),
      })),
    );
    return files.sort((a, b) => b.born - a.born)[0]?.file ?? null;
  }

  /** What is open goes on being written and read, as with a disk that answers late. Nothing can be begun meanwhile. */
  async #takeAway(ms: number): Promise<void> {
    const elsewhere = path.join(this.#aside, 'drive');
    await rename(this.#folder, elsewhere);
    await delay(ms);
    await rename(elsewhere, this.#folder);
  }
}

const birth = async (folder: string, name: string): Promise<number> =>
  (await stat(path.join(folder, name)).catch(() => null))?.birthtimeMs ?? 0;
