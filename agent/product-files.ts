/**
 * Where the program's own files are. A package is laid out as a checkout is, so that the same code finds the same things in both; only
 * has every program file there been bundled, and is called `.mjs`.
 */
import path from 'node:path';

const extension = path.extname(import.meta.filename);

/** Whether this is an installed package: it has no sources, no npm, and a folder that its user may not write. */
export const isPackaged = extension === '.mjs';

const root = path.dirname(import.meta.dirname);

export const productFiles = {
  /** What holds all the others; in a checkout the folder with package.json. */
  root,
  /** The built dock. */
  dock: path.join(root, 'dock', 'dist'),
  /** The embedded receiver's program. */
  receiver: path.join(root, 'server', `main${extension}`),
  /** The hashing thread's program. */
  hashWorker: path.join(root, 'agent/uploads/destinations/object-storage/hashing', `hash-worker${extension}`),
} as const;
