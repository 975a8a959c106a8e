/** macOS: a tarball with an installer that Finder runs, and a formula for Homebrew over the same tarballs. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeTarGz } from '../archive/tar.ts';
import type { Build } from '../build.ts';
import { installScript } from '../install-script.ts';
import type { Target } from '../targets.ts';
import { type FormulaTarball, formula } from './formula.ts';

const tarballName = (version: string, arch: Target['arch']): string => `StreamAI-${version}-macos-${arch}.tar.gz`;

/** @param staged what `stage` filled @returns the package's name */
export async function packageMac({ version, epoch, out }: Build, { arch }: Target, staged: string): Promise<string> {
  const name = tarballName(version, arch);
  await writeFile(path.join(staged, 'install.command'), installScript('darwin'), { mode: 0o755 });
  await writeTarGz(path.join(out, name), staged, path.basename(name, '.tar.gz'), epoch);
  return name;
}

/**
 * The formula over the tarballs of this run.
 * @param address where the tarballs will be, without the last `/`
 */
export async function writeFormula(
  { version, out }: Build,
  archs: readonly Target['arch'][],
  address: string,
): Promise<string> {
  const tarballs = archs.map(async (arch): Promise<FormulaTarball> => {
    const name = tarballName(version, arch);
    const sha256 = createHash('sha256')
      .update(await readFile(path.join(out, name)))
      .digest('hex');
    return { arch, url: `${address}/${name}`, sha256 };
  });
  await writeFile(path.join(out, 'streamai.rb'), formula(version, await Promise.all(tarballs)));
  return 'streamai.rb';
}
