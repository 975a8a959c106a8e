/** A folder as archives hold it: in one order, with two kinds of rights, whatever the machine that packs it says. */
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';

export interface Entry {
  /** Below the folder, with `/`. */
  readonly name: string;
  readonly file: string;
  readonly isFolder: boolean;
  readonly isLink: boolean;
  readonly bytes: number;
  /** 0o755 for folders and programs, 0o644 for the rest. */
  readonly mode: number;
}

/** What all files below a folder hold; a link counts as itself. */
export const bytesBelow = async (folder: string): Promise<number> =>
  (await entriesOf(folder)).reduce((sum, entry) => sum + entry.bytes, 0);

/** Everything below a folder, by name: folders stand before what is in them. */
export async function entriesOf(folder: string): Promise<Entry[]> {
  const names = await readdir(folder, { recursive: true });
  const entries = await Promise.all(
    names.map(async (name): Promise<Entry> => {
      const file = path.join(folder, name);
      const stats = await lstat(file);
      const isFolder = stats.isDirectory();
      const isLink = stats.isSymbolicLink();
      const mode = isFolder || (stats.mode & 0o100) !== 0 ? 0o755 : 0o644;
      return { name: name.replaceAll(path.sep, '/'), file, isFolder, isLink, bytes: isFolder ? 0 : stats.size, mode };
    }),
  );
  // By code units: what a locale would say depends on the machine.
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}
