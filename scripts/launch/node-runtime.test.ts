import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { ensureNode } from './node-runtime.mjs';
import { platformPackage, wantedNode } from './node-version.mjs';

const name = platformPackage(process.platform, process.arch) ?? '';
const sri = (content: Buffer): string => `sha512-${createHash('sha512').update(content).digest('base64')}`;
/** A registry that really answers npm takes its time on a busy machine. */
const patienceMs = 60_000;

let folder: string;
let cache: string;
const settings = ['npm_config_registry', 'npm_config_cache', 'npm_config_fetch_retries'];
const saved = settings.map((name) => [name, process.env[name]] as const);
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'streamai-node-'));
  cache = path.join(folder, 'cache');
});
afterEach(async () => {
  for (const [name, value] of saved) restore(name, value);
  await rm(folder, { recursive: true, force: true });
});

function restore(variable: string, value: string | undefined): void {
  if (value === undefined) delete process.env[variable];
  else process.env[variable] = value;
}

/** A package with a “Node” that leaves a trace when it runs. @returns the tarball */
async function tarballOf(label: string): Promise<Buffer> {
  const bin = path.join(folder, label, 'package', 'bin');
  await mkdir(bin, { recursive: true });
  await writeFile(path.join(bin, '..', 'package.json'), JSON.stringify({ name, version: wantedNode }));
  await writeFile(path.join(bin, 'node'), `#!/bin/sh\necho ${label} >> '${folder}/ran'\necho v${wantedNode}\n`);
  await chmod(path.join(bin, 'node'), 0o755);
  const file = path.join(folder, `${label}.tgz`);
  expect(spawnSync('tar', ['-czf', file, '-C', path.join(folder, label), 'package']).status).toBe(0);
  return readFile(file);
}

/** npm's registry with this one package; it says of itself what it likes. */
async function registry(tarball: Buffer, integrity = sri(tarball)): Promise<void> {
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    if (request.url?.endsWith('.tgz')) return response.end(tarball);
    const dist = { tarball: `http://127.0.0.1:${port}/${name}/-/node.tgz`, integrity };
    const versions = { [wantedNode]: { name, version: wantedNode, dist } };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ name, 'dist-tags': { latest: wantedNode }, versions }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  process.env.npm_config_registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  // npm asks again for what is broken, which takes its time.
  process.env.npm_config_fetch_retries = '0';
  process.env.npm_config_cache = path.join(folder, 'npm-cache');
}

const ran = (): Promise<string> => readFile(path.join(folder, 'ran'), 'utf8').catch(() => '');
const ensure = (integrity: string): Promise<string> =>
  ensureNode(cache, () => {}, { running: '18.0.0', integrity: { [name]: integrity } });

describe.skipIf(process.platform === 'win32' || name === '')('the Node that is fetched', () => {
  test('is run once its SHA-512 is the one that is pinned', { timeout: patienceMs }, async () => {
    const tarball = await tarballOf('good');
    await registry(tarball);
    const node = await ensure(sri(tarball));
    expect(node).toContain(
      path.join(`node-${wantedNode}-${process.platform}-${process.arch}`, 'node_modules', name, 'bin'),
    );
    expect(await ran()).toBe('good\n');
    // Another registry changes nothing about what is there.
    await registry(await tarballOf('evil'));
    expect(await ensure(sri(tarball))).toBe(node);
    expect(await ran()).toBe('good\n');
  });

  test.each([
    ['says so', undefined],
    ['says that it is the pinned one', 'pinned'],
  ])('is never run where the registry gives another one and %s', { timeout: patienceMs }, async (_, claim) => {
    const pinned = sri(await tarballOf('good'));
    const evil = await tarballOf('evil');
    await registry(evil, claim === undefined ? sri(evil) : pinned);
    await expect(ensure(pinned)).rejects.toMatchObject({ code: 'npmIntegrity' });
    expect(await ran()).toBe('');
    expect((await readdir(cache)).filter((entry) => entry.startsWith('node-'))).toEqual([]);
  });

  test('that an earlier launcher left unchecked is not used', { timeout: patienceMs }, async () => {
    const good = await tarballOf('good');
    const evil = await tarballOf('evil');
    await registry(evil);
    await ensure(sri(evil));
    await registry(good);
    await ensure(sri(good));
    expect(await ran()).toBe('evil\ngood\n');
  });
});
