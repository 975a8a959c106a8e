/** From this checkout to the files that people install, with their sums and the list of what is in them. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { version } from '../../agent/version.ts';
import { run } from '../rig/processes.ts';
import { root } from '../test/tools.ts';
import type { Build } from './build.ts';
import { buildProgram } from './bundle.ts';
import { packageLinux } from './linux/linux.ts';
import { packageMac, writeFormula } from './mac/mac.ts';
import type { PackageOptions } from './package-args.ts';
import { sbom } from './sbom.ts';
import { type Sign, windowsSigning } from './sign/signing.ts';
import { stage, targetName } from './stage.ts';
import { systems, type Target, targets } from './targets.ts';
import { packageWindows } from './windows/windows.ts';

const sumsName = 'SHA256SUMS';

/**
 * Makes the packages.
 * @param say told what is being done
 * @returns the finished files
 * @throws ToolMissing, SigningImpossible, or an Error with a tool's own words
 */
export async function packageAll(options: PackageOptions, say: (line: string) => void): Promise<string[]> {
  const epoch = await sourceDate();
  // Asked first: what cannot be signed is not built for minutes.
  const sign = options.sign ? windowsSigning() : null;
  const temporary = await mkdtemp(path.join(tmpdir(), 'streamai-package-'));
  try {
    const build: Build = { version, epoch, out: options.out, temporary, quick: options.quick };
    await mkdir(options.out, { recursive: true });
    say('Building the program…');
    const program = path.join(temporary, 'program');
    await buildProgram(program);
    const names: string[] = [];
    for (const target of wanted(options)) {
      say(`Packing for ${targetName(target)}…`);
      const staged = path.join(temporary, targetName(target));
      await stage(staged, target, program);
      names.push(...(await packTarget(build, target, staged, { sign, say })));
      await rm(staged, { recursive: true, force: true });
    }
    const macs = wanted(options).filter(({ platform }) => platform === 'darwin');
    if (macs.length > 0) {
      const archs = macs.map(({ arch }) => arch);
      names.push(await writeFormula(build, archs, options.address));
    }
    const bom = `StreamAI-${version}.cdx.json`;
    await writeFile(path.join(options.out, bom), await sbom(targets, epoch));
    names.push(bom);
    await writeFile(path.join(options.out, sumsName), await sums(options.out));
    return [...names.sort(), sumsName].map((name) => path.join(options.out, name));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

const wanted = (options: PackageOptions): Target[] =>
  targets.filter(
    ({ platform, arch }) =>
      options.systems.some((system) => systems[system] === platform) && (options.arch ?? arch) === arch,
  );

async function packTarget(
  build: Build,
  target: Target,
  staged: string,
  { sign, say }: { readonly sign: Sign | null; readonly say: (line: string) => void },
): Promise<string[]> {
  if (target.platform === 'win32') return packageWindows(build, target, staged, sign);
  if (target.platform === 'darwin') return [await packageMac(build, target, staged)];
  return packageLinux(build, target, staged, say);
}

/** The time of everything in the packages, seconds since 1970: what SOURCE_DATE_EPOCH says, else the commit's. */
async function sourceDate(env: NodeJS.ProcessEnv = process.env): Promise<number> {
  if (/^\d+$/.test(env.SOURCE_DATE_EPOCH ?? '')) return Number(env.SOURCE_DATE_EPOCH);
  return Number(await run('git', ['-C', root, 'log', '-1', '--format=%ct']));
}

/** Of all that lies there, also from an earlier run for another system; as `sha256sum --check` reads it. */
async function sums(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name !== sumsName).sort();
  const lines = names.map(async (name) => {
    const hash = createHash('sha256');
    await pipeline(createReadStream(path.join(folder, name)), hash);
    return `${hash.digest('hex')}  ${name}\n`;
  });
  return (await Promise.all(lines)).join('');
}
