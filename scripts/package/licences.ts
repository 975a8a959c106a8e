/** The licences of what a package holds beside our own code; nearly all of them ask to be handed on with it. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { cacheFolder } from '../launch/cache-folder.mjs';
import { fetchNode } from '../launch/node-runtime.mjs';
import { root } from '../test/tools.ts';
import { targets } from './targets.ts';

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.string().optional(), license: z.string().optional(), dev: z.boolean().optional() }),
  ),
});

/** Node's, which includes those of all that is in it, then each package's that the program or the dock may hold. */
export async function thirdPartyLicences(): Promise<string> {
  const parts = [`Node.js\n\n${await nodeLicence()}`];
  const { packages } = lockSchema.parse(JSON.parse(await readFile(path.join(root, 'package-lock.json'), 'utf8')));
  for (const [place, { version = '', license = '', dev = false }] of Object.entries(packages)) {
    if (place === '' || dev) continue;
    const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
    parts.push(`${name} ${version} (${license})\n\n${await licenceIn(path.join(root, place))}`);
  }
  const icons = 'The dock’s icons are drawings from Lucide (https://lucide.dev, ISC), some of them from Feather (MIT).';
  return `${[...parts, icons].map((part) => part.replaceAll('\r\n', '\n').trim()).join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

async function licenceIn(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => /^licen[cs]e/i.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(path.join(folder, name), 'utf8')));
  return texts.join('\n');
}

/** npm's packages for Windows have none; it is the same text for all platforms. */
async function nodeLicence(): Promise<string> {
  const linux = targets.find(({ platform, arch }) => platform === 'linux' && arch === 'x64');
  if (linux === undefined) throw new Error('there is no package with Node’s licence');
  const node = await fetchNode(cacheFolder(), () => {}, { ...linux.node, ...linux });
  return readFile(path.join(path.dirname(node), '..', 'LICENSE'), 'utf8');
}
