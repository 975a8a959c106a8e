/** Every content that each recording's file has had since OBS closed it: one of them must arrive. */
import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';

export interface Version {
  readonly bytes: number;
  readonly sha256: string;
}

export class Versions {
  readonly #folder: string;
  /** By the file's name, oldest first. */
  readonly #of = new Map<string, Version[]>();
  readonly #refused = new Set<string>();
  readonly #taken = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  get names(): string[] {
    return [...this.#of.keys()];
  }

  of(name: string): readonly Version[] {
    return this.#of.get(name) ?? [];
  }

  /** This content took a file's place when it was known what OBS had closed: it must not arrive. */
  refuse(sha256: string): void {
    this.#refused.add(sha256);
  }

  isRefused(sha256: string): boolean {
    return this.#refused.has(sha256);
  }

  /** It was moved or deleted: whoever has not seen it before may not find it. */
  taken(name: string): void {
    this.#taken.add(name);
  }

  wasTaken(name: string): boolean {
    return this.#taken.has(name);
  }

  /** Notes what the files hold now. To be called once OBS has closed them, and after each change that somebody else makes. */
  async note(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      const content = await readFile(path.join(this.#folder, name)).catch(() => null);
      if (content === null) continue;
      const version = { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
      const known = this.#of.get(name) ?? [];
      if (known.at(-1)?.sha256 !== version.sha256) this.#of.set(name, [...known, version]);
    }
  }

  /** For the next recording. */
  async forget(): Promise<void> {
    this.#of.clear();
    this.#refused.clear();
    this.#taken.clear();
    for (const name of await readdir(this.#folder)) await rm(path.join(this.#folder, name), { force: true });
  }
}
