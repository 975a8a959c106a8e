import { access, readFile } from 'node:fs/promises';
import path from 'node:path';

/** How often is looked, ms. */
const everyMs = 400;
const width = 24;

/**
 * The packages that npm puts into node_modules on this system: those of other systems stay out.
 * @param {string} lockFile the text of package-lock.json
 * @param {string} platform
 * @param {string} arch
 * @returns {string[]} their folders, such as `node_modules/zod`
 */
export function packageFolders(lockFile, platform = process.platform, arch = process.arch) {
  /** @type {{ packages?: Record<string, { os?: string[], cpu?: string[], libc?: string[] }> }} */
  const { packages = {} } = JSON.parse(lockFile);
  return Object.entries(packages)
    .filter(([folder, { os = [], cpu = [] }]) => folder !== '' && takes(os, platform) && takes(cpu, arch))
    .map(([folder]) => folder);
}

/** As npm reads these lists: names, or names with a `!` that are left out. @param {string[]} list @param {string} value */
function takes(list, value) {
  return !list.includes(`!${value}`) && (list.every((each) => each.startsWith('!')) || list.includes(value));
}

/** `████░░░░ 43 %` @param {number} done @param {number} total */
export function progressBar(done, total) {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const full = Math.round(share * width);
  return `${'█'.repeat(full)}${'░'.repeat(width - full)} ${String(Math.floor(share * 100)).padStart(3)} %`;
}

/**
 * Draws how many packages are there, over and over, where somebody looks on; elsewhere it does nothing.
 * @param {string} root the folder in which npm installs
 * @param {{ isTTY?: boolean, write(text: string): unknown }} output
 * @param {Record<string, string | undefined>} env
 * @returns {Promise<() => void>} ends it, and takes the line away
 */
export async function drawInstall(root, output = process.stderr, env = process.env) {
  if (!output.isTTY || env.TERM === 'dumb') return () => {};
  const lockFile = await readFile(path.join(root, 'package-lock.json'), 'utf8');
  const folders = packageFolders(lockFile);
  let ended = false;
  const draw = async () => {
    const there = await Promise.all(
      folders.map((folder) =>
        access(path.join(root, folder, 'package.json')).then(
          () => 1,
          () => 0,
        ),
      ),
    );
    if (!ended) output.write(`\r\u001b[K${progressBar(there.filter(Boolean).length, folders.length)}`);
  };
  const timer = setInterval(() => void draw(), everyMs);
  return () => {
    ended = true;
    clearInterval(timer);
    output.write('\r\u001b[K');
  };
}
