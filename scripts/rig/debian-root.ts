/** What peers need of Debian: its programs here, and folders that hold another release of it. */
import { copyFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { aptInstall, canInstall, debianMirror, findProgram } from './apt.ts';
import { run } from './processes.ts';

/** A mirror's copy of testing can be past its Valid-Until; translated descriptions are of no use. */
const aptConfig = 'Acquire::Check-Valid-Until "false";\nAcquire::Languages "none";\nAcquire::PDiffs "false";\n';
/** Nothing here needs to survive a power cut (see cached()) or to be read by a person. */
const dpkgConfig = [
  'force-unsafe-io',
  ...['doc', 'man', 'info', 'locale'].map((folder) => `path-exclude=/usr/share/${folder}/*`),
  '',
].join('\n');

/** Runs a program that mounts things or starts others: its mounts and children go with it, and it goes with us. */
export async function isolated(command: string, args: readonly string[]): Promise<void> {
  const unshare = ['unshare', '--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child', '--mount-proc'];
  await run('setpriv', ['--pdeathsig', 'KILL', ...unshare, command, ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeoutMs: 600_000,
  });
}

/** @throws Error elsewhere */
export function linuxOnly(): void {
  if (process.platform !== 'linux') throw new Error('it can be run on Linux only');
}

/** Each program by its Debian package: installed where it is missing and that is possible. */
export async function programs(packages: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, debianPackage] of Object.entries(packages)) await debianProgram(name, debianPackage);
}

/** A program's path; its Debian package is installed when it is missing and that is possible. */
export async function debianProgram(name: string, debianPackage: string): Promise<string> {
  const found = findProgram(name);
  if (found !== undefined) return found;
  if (!canInstall()) throw new Error(`${name} is not installed`);
  await aptInstall([debianPackage]);
  const installed = findProgram(name);
  if (installed === undefined) throw new Error(`Debian's package ${debianPackage} brought no ${name}`);
  return installed;
}

/**
 * Makes a Debian of its own in a folder, as root; a minute and more. The machine's names are known there, `localhost` too.
 * @param release by its name, also one that this machine's debootstrap does not know
 * @param packages what is installed in it
 */
export async function bootstrapDebian(release: string, packages: readonly string[], folder: string): Promise<void> {
  const mirror = await debianMirror();
  if (!mirror) throw new Error('no Debian mirror is set up for apt');
  const script = '/usr/share/debootstrap/scripts/sid';
  await isolated('debootstrap', ['--variant=minbase', '--include=ca-certificates', release, folder, mirror, script]);
  await writeFile(path.join(folder, 'etc/apt/apt.conf.d/99rig'), aptConfig);
  await writeFile(path.join(folder, 'etc/dpkg/dpkg.cfg.d/rig'), dpkgConfig);
  for (const file of ['resolv.conf', 'hosts']) await copyFile(`/etc/${file}`, path.join(folder, 'etc', file));
  const install = `apt-get install -y -q --no-install-recommends ${packages.join(' ')}`;
  await isolated('chroot', [folder, 'sh', '-c', `apt-get update -q && ${install} && apt-get clean`]);
}
