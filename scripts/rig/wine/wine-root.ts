/**
 * Wine 10 in a folder of its own (Debian 13): it runs Windows' own Node, which Debian 12's Wine 8 cannot start (V8 asks for
 * VirtualAlloc2 with placeholders, and ends without). About 90 s and 1.5 GB the first time.
 */
import { cached } from '../cache.ts';
import { bootstrapDebian, linuxOnly, programs } from '../debian-root.ts';

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

const bootstrap = (folder: string): Promise<void> => bootstrapDebian('trixie', ['wine64'], folder);
