/** What peers need of Debian: its programs here, and folders that hold another release of it. */
import { aptInstall, canInstall, findProgram } from './apt.ts';
import { run } from './processes.ts';

/** A mirror's copy of testing can be past its Valid-Until; translated descriptions are of no use. */
export const aptConfig = 'Acquire::Check-Valid-Until "false";\nAcquire::Languages "none";\nAcquire::PDiffs "false";\n';
/** Nothing here needs to survive a power cut (see cached()) or to be read by a person. */
export const dpkgConfig = [
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
