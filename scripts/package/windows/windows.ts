/** Windows: an installer for one user, and a zip for those who install nothing. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { packagedNodeFlags } from '../../launch/commands.mjs';
import { bytesBelow } from '../archive/tree.ts';
import { writeZip } from '../archive/zip.ts';
import type { Build } from '../build.ts';
import type { Sign } from '../sign/signing.ts';
import type { Target } from '../targets.ts';
import { requireTool, runTool } from '../tool.ts';

const portableNote = [
  'As long as this file is here, StreamAI keeps everything in the folder "data" beside it.',
  'Tant que ce fichier est ici, StreamAI garde tout dans le dossier « data » à côté.',
  '',
].join('\r\n');

const signFile = path.resolve(import.meta.dirname, '../sign/sign-file.ts');

/** StreamAI-1.2.3-setup.exe for nearly everybody; the others' processor is in the name. */
export const setupName = (version: string, arch: Target['arch']): string =>
  arch === 'x64' ? `StreamAI-${version}-setup.exe` : `StreamAI-${version}-${arch}-setup.exe`;

/**
 * @param staged what `stage` filled; StreamAI.exe is added to it
 * @param sign null: nothing is signed
 * @returns the packages' names
 * @throws ToolMissing
 */
export async function packageWindows(
  { version, epoch, out, quick }: Build,
  target: Target,
  staged: string,
  sign: Sign | null,
): Promise<string[]> {
  requireTool('makensis', 'A package for Windows');
  const script = (name: string): string => path.join(import.meta.dirname, name);
  // A warning is an error: an unused word, a variable that is not set.
  const makensis = (name: string, defines: Readonly<Record<string, string>>): Promise<void> =>
    runTool(
      'makensis',
      ['-V2', '-WX', ...Object.entries(defines).map(([key, value]) => `-D${key}=${value}`), script(name)],
      epoch,
    );
  const flags = packagedNodeFlags.join(' ');
  const stub = path.join(staged, 'StreamAI.exe');
  await makensis('stub.nsi', { VERSION: version, NODE_FLAGS: flags, OUT: stub });
  await sign?.(stub);

  const setup = path.join(out, setupName(version, target.arch));
  const bytes = await bytesBelow(staged);
  await makensis('setup.nsi', {
    VERSION: version,
    NODE_FLAGS: flags,
    STAGE: staged,
    OUT: setup,
    KILOBYTES: String(Math.ceil(bytes / 1024)),
    ...(quick && { QUICK: '' }),
    ...(sign && { SIGN: `"${process.execPath}" "${signFile}"` }),
  });
  await sign?.(setup);

  const name = `StreamAI-${version}-windows-${target.arch}`;
  await writeFile(path.join(staged, 'portable_mode.txt'), portableNote);
  const zip = path.join(out, `${name}-portable.zip`);
  await writeZip(zip, staged, name, epoch);
  return [path.basename(setup), path.basename(zip)];
}
