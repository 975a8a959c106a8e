import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { run } from './processes.ts';

/**
 * Gets one version of @sparticuz/chromium from npm and unpacks its browser to `folder/chromium`, beside the libraries
 * that it loads. The package's own executablePath() is not used: it unpacks every version to one and the same place.
 */
export async function unpackChromium(version: string, folder: string): Promise<void> {
  const install = path.join(folder, 'install');
  await mkdir(install);
  await writeFile(path.join(install, 'package.json'), '{"private":true}');
  const npm = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-save'];
  await run('npm', [...npm, `@sparticuz/chromium@${version}`], { cwd: install });
  const bin = path.join(install, 'node_modules', '@sparticuz', 'chromium', 'bin');
  await decompress(path.join(bin, 'chromium.br'), path.join(folder, 'chromium'), 0o755);
  const libraries = path.join(folder, 'swiftshader.tar');
  await decompress(path.join(bin, 'swiftshader.tar.br'), libraries, 0o644);
  await run('tar', ['-xf', libraries, '-C', folder, '--no-same-owner']);
  await Promise.all([install, libraries].map((rest) => rm(rest, { recursive: true })));
}

async function decompress(from: string, to: string, mode: number): Promise<void> {
  await pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to, { mode }));
}
