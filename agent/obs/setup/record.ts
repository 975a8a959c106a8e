/**
 * What setup did, kept in the data folder for the undo: one folder for each OBS, with the files as they would be without us. It is
 * no part of the database: an undo also works while an agent runs, or none does, and after the database is gone.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { removeFolders, replaceFiles } from './files.ts';
import type { SetupDid } from './plan.ts';

/** In the data folder. */
export const setupFolder = 'obs-setup';

const flagBefore = z.object({ before: z.boolean().nullable() }).optional();
const didSchema = z.object({
  dock: z
    .object({ uuid: z.string(), url: z.string(), before: z.string().nullable(), madeList: z.boolean() })
    .optional(),
  dockPlace: z.string().optional(),
  websocket: z
    .object({
      enabled: flagBefore,
      authRequired: flagBefore,
      password: z.object({ before: z.string().nullable(), wrote: z.string() }).optional(),
    })
    .optional(),
});
const recordSchema = z.object({
  version: z.literal(1),
  root: z.string(),
  /** `wrote`: SHA-256 of what we wrote. `before`: the name of the file with what it would be without us; null: it would not be there. */
  files: z.array(z.object({ file: z.string(), wrote: z.string(), before: z.string().nullable() })),
  /** Folders that setup made, the outermost first. */
  folders: z.array(z.string()),
  did: didSchema,
});

/** A file that setup wrote. */
export interface SetupFile {
  /** SHA-256 in hex. */
  readonly wrote: string;
  /** As it would be without us, byte for byte; null: it would not be there. */
  readonly before: Buffer | null;
}
export interface SetupRecord {
  readonly files: ReadonlyMap<string, SetupFile>;
  readonly folders: readonly string[];
  readonly did: SetupDid;
}

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** The same for the same configuration folder. */
export const setupId = (root: string): string => sha256(Buffer.from(root)).slice(0, 16);

export class SetupRecords {
  readonly #folder: string;

  constructor(dataDir: string) {
    this.#folder = path.join(dataDir, setupFolder);
  }

  /** null where setup did nothing, or what it kept is damaged: then the undo goes by what is in OBS's files. */
  async read(root: string): Promise<SetupRecord | null> {
    const folder = this.#of(root);
    try {
      const { files, folders, did } = recordSchema.parse(
        JSON.parse(await readFile(path.join(folder, 'record.json'), 'utf8')),
      );
      const kept = await Promise.all(
        files.map(async ({ file, wrote, before }) => {
          const bytes = before === null ? null : await readFile(path.join(folder, path.basename(before)));
          return [file, { wrote, before: bytes }] as const;
        }),
      );
      return { files: new Map(kept), folders, did: did as SetupDid };
    } catch {
      return null;
    }
  }

  /** On the disk before anything of OBS's is changed. */
  async write(root: string, { files, folders, did }: SetupRecord): Promise<void> {
    const folder = this.#of(root);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const kept = Array.from(files, ([file, { wrote, before }]) => ({
      entry: { file, wrote, before: before && `${sha256(before).slice(0, 16)}-${path.basename(file)}` },
      bytes: before,
    }));
    const record = { version: 1, root, files: kept.map(({ entry }) => entry), folders, did };
    const contents = new Map(
      kept.flatMap(({ entry, bytes }) => (entry.before && bytes ? [[entry.before, bytes]] : [])),
    );
    // The record last: what it names is there.
    contents.set('record.json', Buffer.from(`${JSON.stringify(record, null, 1)}\n`));
    for (const [name, after] of contents) {
      const file = path.join(folder, name);
      await replaceFiles([{ file, before: await readFile(file).catch(() => null), after }]);
    }
  }

  async remove(root: string): Promise<void> {
    await rm(this.#of(root), { recursive: true, force: true });
    await removeFolders([this.#folder]);
  }

  #of(root: string): string {
    return path.join(this.#folder, setupId(root));
  }
}
