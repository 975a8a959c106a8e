/** The folder that a package installs, for one platform: Node as its makers signed it, the program, and what starts it. */
import { chmod, copyFile, cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder } from '../launch/cache-folder.mjs';
import { fetchNode } from '../launch/node-runtime.mjs';
import { root } from '../test/tools.ts';
import { commandScript, shellScript } from './launchers.ts';
import { thirdPartyLicences } from './licences.ts';
import type { Target } from './targets.ts';

/** The name that a target has in files' names. */
export const targetName = ({ platform, arch }: Target): string =>
  `${{ win32: 'windows', darwin: 'macos', linux: 'linux' }[platform]}-${arch}`;

/**
 * Fills `folder` for a target.
 * @param program what `buildProgram` wrote
 */
export async function stage(folder: string, target: Target, program: string): Promise<void> {
  const windows = target.platform === 'win32';
  const node = await fetchNode(cacheFolder(), () => {}, { ...target.node, ...target });
  await mkdir(folder, { recursive: true });
  await cp(program, path.join(folder, 'app'), { recursive: true });
  const installed = path.join(folder, windows ? 'node.exe' : 'node');
  await copyFile(node, installed);
  await chmod(installed, 0o755);
  await copyFile(path.join(root, 'LICENSE'), path.join(folder, 'LICENSE.txt'));
  await writeFile(path.join(folder, 'THIRD-PARTY-LICENSES.txt'), await thirdPartyLicences());
  if (windows) {
    // In a folder of its own: StreamAI.exe beside it would be found first.
    await mkdir(path.join(folder, 'bin'));
    await writeFile(path.join(folder, 'bin', 'streamai.cmd'), commandScript());
  } else {
    await writeFile(path.join(folder, 'streamai'), shellScript(), { mode: 0o755 });
  }
}
