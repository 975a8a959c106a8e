/** What the built dock weighs, and what it may: it loads inside OBS, on a machine that is busy recording. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import * as z from 'zod';

/** Of JavaScript and CSS, gzipped. `first`: what loads before anything is shown. Then each panel (dock/panels.ts), by its file. */
export const mostBytes = {
  first: 40_000,
  SettingsView: 10_000,
  SessionDetails: 6_000,
  HelpSheet: 2_000,
} as const satisfies Readonly<Record<string, number>>;

export interface DockPart {
  /** `first`, or a panel's name. */
  readonly name: string;
  /** Gzipped, each file by itself as a server would. What panels share with each other counts for each of them. */
  readonly bytes: number;
  /** Undefined: nobody has said yet what it may weigh. */
  readonly most: number | undefined;
}

export interface DockSizes {
  readonly parts: readonly DockPart[];
  /** All that one dock loads in the course of its life: each file once, one dictionary. */
  readonly total: number;
}

/** Vite's build.manifest: its files by their names, what they import, and what they load later. */
const manifestSchema = z.record(
  z.string(),
  z.object({
    file: z.string(),
    name: z.string().optional(),
    isEntry: z.boolean().optional(),
    imports: z.array(z.string()).default([]),
    dynamicImports: z.array(z.string()).default([]),
    css: z.array(z.string()).default([]),
  }),
);
type Manifest = z.infer<typeof manifestSchema>;

const dictionary = /^i18n\/\w\w\.ts$/;

/**
 * Measures a build.
 * @param folder of the built dock
 * @param limits by part
 */
export async function dockSizes(
  folder: string,
  limits: Readonly<Record<string, number>> = mostBytes,
): Promise<DockSizes> {
  const manifest = manifestSchema.parse(JSON.parse(await readFile(path.join(folder, '.vite/manifest.json'), 'utf8')));
  const entries = Object.entries(manifest).filter(([, { isEntry }]) => isEntry === true);
  const later = new Set(Object.values(manifest).flatMap(({ dynamicImports }) => dynamicImports));
  const first = filesOf(
    manifest,
    entries.map(([key]) => key),
  );
  const sizes = new Map<string, number>();
  const weigh = async (files: ReadonlySet<string>): Promise<number> => {
    let bytes = 0;
    for (const file of files) {
      const size = sizes.get(file) ?? (await gzipped(path.join(folder, file)));
      sizes.set(file, size);
      bytes += size;
    }
    return bytes;
  };
  let largest = 0;
  for (const key of later) {
    if (dictionary.test(key)) largest = Math.max(largest, await weigh(filesOf(manifest, [key])));
  }
  const parts: DockPart[] = [{ name: 'first', bytes: (await weigh(first)) + largest, most: limits.first }];
  const all = new Set(first);
  for (const key of later) {
    if (dictionary.test(key)) continue;
    const own = new Set([...filesOf(manifest, [key])].filter((file) => !first.has(file)));
    for (const file of own) all.add(file);
    const name = manifest[key]?.name ?? key;
    parts.push({ name, bytes: await weigh(own), most: limits[name] });
  }
  return { parts, total: (await weigh(all)) + largest };
}

/** The JavaScript and CSS of these modules and of all that they import, but not of what they load later. */
function filesOf(manifest: Manifest, keys: readonly string[], found = new Set<string>()): Set<string> {
  for (const key of keys) {
    const chunk = manifest[key];
    if (chunk === undefined || found.has(chunk.file)) continue;
    for (const file of [chunk.file, ...chunk.css]) found.add(file);
    filesOf(manifest, chunk.imports, found);
  }
  return found;
}

async function gzipped(file: string): Promise<number> {
  return (await promisify(gzip)(await readFile(file), { level: 9 })).length;
}
