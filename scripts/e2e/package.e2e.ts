/** What is installed does the main job by itself: no checkout, no npm, no network. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packagedNodeFlags } from '../launch/commands.mjs';
import { entriesOf } from '../package/archive/tree.ts';
import { buildProgram } from '../package/bundle.ts';
import { stage } from '../package/stage.ts';
import { targets } from '../package/targets.ts';
import { bareEnvironment } from '../rig/agent-process.ts';
import { run } from '../rig/processes.ts';

const here = targets.find(({ platform, arch }) => platform === process.platform && arch === process.arch);
/** Only root of Linux can take a program's network away. */
const alone = process.platform === 'linux' && process.getuid?.() === 0;
const withoutNetwork = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$0" "$@"'];

let folder: string;
let program: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'streamai package é '));
  program = path.join(folder, 'program');
  await buildProgram(program);
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

const namesIn = async (folder: string): Promise<string[]> => (await entriesOf(folder)).map(({ name }) => name).sort();

describe('a package', () => {
  test('is the same, byte for byte, when it is built again', async () => {
    const again = path.join(folder, 'again');
    await buildProgram(again);
    expect(await contentOf(again)).toEqual(await contentOf(program));
  });

  test('records and sends without a checkout, without npm and without a network', async () => {
    if (here === undefined) throw new Error('there is no package for this machine');
    const installed = path.join(folder, 'installed');
    await stage(installed, here, program);
    const home = path.join(folder, 'home');
    const job = path.join(import.meta.dirname, 'packaged-job-fixture.ts');
    const started = [process.execPath, job, folder, ...runs(installed)];
    const [command = '', ...args] = [...(alone ? withoutNetwork : []), ...started];
    const env = { ...bareEnvironment(), HOME: home, XDG_CACHE_HOME: path.join(home, 'cache'), NODE_COMPILE_CACHE: '' };
    const before = await namesIn(installed);
    const result = JSON.parse(await run(command, args, { env, cwd: '/', timeoutMs: 90_000 }));
    expect(result).toEqual({
      networks: alone ? ['lo'] : expect.any(Array),
      page: 200,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      arrived: result.sha256,
      ended: 0,
    });
    // What was compiled is kept for the next start, in the user's cache and not beside the program.
    expect((await entriesOf(path.join(home, 'cache/streamai/compile-cache'))).length).toBeGreaterThan(5);
    expect(await namesIn(installed)).toEqual(before);
  });
});

/** What starts it. A Windows program can start no .cmd without a shell. */
function runs(installed: string): string[] {
  if (process.platform !== 'win32') return [path.join(installed, 'streamai')];
  return [path.join(installed, 'node.exe'), ...packagedNodeFlags, path.join(installed, 'app', 'main.mjs')];
}

async function contentOf(built: string): Promise<Record<string, string>> {
  const files = (await entriesOf(built)).filter(({ isFolder }) => !isFolder);
  const hashes = files.map(async ({ name, file }) => [
    name,
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex'),
  ]);
  return Object.fromEntries(await Promise.all(hashes));
}
