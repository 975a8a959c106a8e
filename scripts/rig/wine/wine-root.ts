/**
 * Wine 10 in a folder of its own (Debian 13): it runs Windows' own Node, which Debian 12's Wine 8 cannot start (V8 asks for
 * VirtualAlloc2 with placeholders, and ends without). About 90 s and 1.5 GB the first time.
 */
import { copyFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { debianMirror } from '../apt.ts';
import { cached } from '../cache.ts';
import { aptConfig, dpkgConfig, isolated, linuxOnly, programs } from '../debian-root.ts';

/** To be raised with every change to `bootstrap`, so that what an older one left in the cache is not used. */
const recipe = 1;

/** @returns the folder that holds Debian 13 with Wine @throws Error when this machine cannot have it */
export async function setUpWine(): Promise<string> {
  linuxOnly();
  if (process.arch !== 'x64') throw new Error('it is set up for x64 only');
  if (process.getuid?.() !== 0) throw new Error('it needs root');
  await programs({ debootstrap: 'debootstrap', unshare: 'util-linux', setpriv: 'util-linux' });
  return await cached(`wine-${recipe}`, bootstrap);
}

async function bootstrap(folder: string): Promise<void> {
  const mirror = await debianMirror();
  if (!mirror) throw new Error('no Debian mirror is set up for apt');
  const script = '/usr/share/debootstrap/scripts/sid'; // an older debootstrap does not know this release by name
  await isolated('debootstrap', ['--variant=minbase', '--include=ca-certificates', 'trixie', folder, mirror, script]);
  await writeFile(path.join(folder, 'etc/apt/apt.conf.d/99rig'), aptConfig);
  await writeFile(path.join(folder, 'etc/dpkg/dpkg.cfg.d/rig'), dpkgConfig);
  await copyFile('/etc/resolv.conf', path.join(folder, 'etc/resolv.conf'));
  await copyFile('/etc/hosts', path.join(folder, 'etc/hosts')); // else `localhost` is unknown there
  const install = 'apt-get update -q && apt-get install -y -q --no-install-recommends wine64 && apt-get clean';
  await isolated('chroot', [folder, 'sh', '-c', install]);
}
