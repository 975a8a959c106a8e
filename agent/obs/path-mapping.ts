/**
 * OBS's paths as this machine knows them, and back, where OBS runs on another one. By their text alone: whether anything is there, and
 * whether it may be read, is asked of the path that comes out (files/open-recording.ts).
 *
 * A path is mapped when it lies in a mapped folder, or is it; of several such folders the innermost counts. Windows' paths are compared
 * without case, and with both kinds of slashes. `..` is resolved before, so that it leads out of no folder.
 */
import path from 'node:path';
import type { PathMapping } from '../../shared/path-mappings.ts';
import { plainForm } from '../files/path-rules.ts';

/** A path taken apart. `names` of a drive begin with the drive, those of a share with host and share. */
interface Taken {
  readonly kind: 'drive' | 'share' | 'posix';
  readonly names: readonly string[];
}

/** A path from OBS as this machine knows it; null: it lies in no mapped folder. */
export function pathHere(
  told: string,
  mappings: readonly PathMapping[],
  platform: NodeJS.Platform = process.platform,
): string | null {
  return mapped(told, mappings, ({ obs, here }) => [obs, here], platform);
}

/** A path of this machine as OBS knows it; null as above. */
export function pathAtObs(
  file: string,
  mappings: readonly PathMapping[],
  platform: NodeJS.Platform = process.platform,
): string | null {
  const kinds: readonly Taken['kind'][] = platform === 'win32' ? ['drive', 'share'] : ['posix'];
  const known = mappings.filter(({ here }) => kinds.some((kind) => take(here, kind) !== null));
  return mapped(file, known, ({ obs, here }) => [here, obs], null);
}

function mapped(
  file: string,
  mappings: readonly PathMapping[],
  ends: (mapping: PathMapping) => readonly [from: string, to: string],
  target: NodeJS.Platform | null,
): string | null {
  let best: { readonly depth: number; readonly to: string; readonly rest: readonly string[] } | null = null;
  for (const mapping of mappings) {
    const [from, to] = ends(mapping);
    const folder = takeAny(from);
    const names = folder === null ? null : (take(file, folder.kind)?.names ?? null);
    if (folder === null || names === null || !begins(names, folder)) continue;
    const depth = folder.names.length;
    if (best === null || depth > best.depth) best = { depth, to, rest: names.slice(depth) };
  }
  return best === null ? null : below(best.to, best.rest, target);
}

/** What stands for nothing but a name on Windows: anything else would lead to another folder, a stream of a file, or nowhere. */
const isWindowsName = (name: string): boolean => !/[\\/:*?"<>|]/.test(name);

/** @param platform of `folder`; null: as it is written */
function below(folder: string, names: readonly string[], platform: NodeJS.Platform | null): string | null {
  const isWindows = platform === null ? takeAny(folder)?.kind !== 'posix' : platform === 'win32';
  if (!isWindows) return path.posix.join(folder, ...names);
  // `D:` alone would be a folder of that drive that nobody named.
  const whole = /^[a-z]:$/i.test(folder) ? `${folder}\\` : folder;
  return names.every(isWindowsName) ? path.win32.join(whole, ...names) : null;
}

function begins(names: readonly string[], folder: Taken): boolean {
  const key = (name: string): string => (folder.kind === 'posix' ? name : name.toLowerCase());
  return folder.names.every((name, place) => key(name) === key(names[place] ?? ''));
}

/** By its own look: two slashes begin a share. */
const takeAny = (text: string): Taken | null => take(text, 'drive') ?? take(text, 'share') ?? take(text, 'posix');

function take(text: string, kind: Taken['kind']): Taken | null {
  if (kind === 'posix') {
    return text.startsWith('/') ? { kind, names: split(path.posix.normalize(text), '/') } : null;
  }
  const plain = plainForm(text, 'win32');
  if (kind === 'drive') {
    const rooted = /^[a-z]:$/i.test(plain) ? `${plain}\\` : plain;
    return /^[a-z]:\\/i.test(rooted) ? { kind, names: split(path.win32.normalize(rooted), '\\') } : null;
  }
  if (!/^\\\\[^\\]/.test(plain)) return null;
  const names = split(path.win32.normalize(plain), '\\');
  return names.length < 2 ? null : { kind, names };
}

const split = (text: string, separator: string): string[] => text.split(separator).filter((name) => name !== '');
