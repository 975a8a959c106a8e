import { existsSync } from 'node:fs';
import path from 'node:path';
import { withLock } from './cache.ts';
import { run } from './processes.ts';

const noninteractive = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };

let lists: Promise<unknown> | undefined;

/** Whether this process may install Debian packages. */
export function canInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && findProgram('apt-get') !== undefined;
}

/** The full path of a program in PATH, or undefined. */
export function findProgram(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '');
  // sbin holds debootstrap, and a user's PATH may leave it out
  const candidates = [...folders, '/usr/sbin', '/usr/bin'].map((folder) => path.join(folder, name));
  return candidates.find((candidate) => existsSync(candidate));
}

/** Installs Debian packages, after one `apt-get update` per process. Waits for an apt that is already at work. */
export async function aptInstall(packages: readonly string[]): Promise<void> {
  await updateLists();
  const options = ['-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'];
  await withLock('apt', () =>
    run('apt-get', ['install', ...options, ...packages], { env: noninteractive, timeoutMs: 600_000 }),
  );
}

/** The Debian mirror that this machine uses, for debootstrap. */
export async function debianMirror(): Promise<string | undefined> {
  const mirror = await listedMirror();
  if (mirror !== undefined) return mirror;
  await updateLists(); // a fresh machine has no lists yet, and apt names no sources without them
  return await listedMirror();
}

function updateLists(): Promise<unknown> {
  lists ??= withLock('apt', () => run('apt-get', ['update', '-q'], { env: noninteractive }));
  return lists;
}

async function listedMirror(): Promise<string | undefined> {
  const targets = await run('apt-get', ['indextargets', '--format', '$(ORIGIN)|$(REPO_URI)|$(CODENAME)']);
  const rows = targets.split('\n').map((line) => line.split('|'));
  // bookworm, not bookworm-security or -updates
  return rows.find(([origin, , codename]) => origin === 'Debian' && codename && !codename.includes('-'))?.[1];
}
