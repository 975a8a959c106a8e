import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { childEnvironment } from './run-command.mjs';

describe('childEnvironment', () => {
  const node = path.resolve('/opt/node/bin/node');

  test('puts the chosen Node first on PATH, however PATH is spelled', () => {
    const env = childEnvironment({ Path: 'before', OTHER: 'kept' }, node, '/cache');
    expect(env.Path).toBe(`${path.dirname(node)}${path.delimiter}before`);
    expect(env.OTHER).toBe('kept');
    expect('PATH' in env).toBe(false);
  });

  test('keeps compiled code in the cache, or where the user wants it', () => {
    expect(childEnvironment({}, node, '/cache').NODE_COMPILE_CACHE).toBe(path.join('/cache', 'compile-cache'));
    expect(childEnvironment({ NODE_COMPILE_CACHE: '/mine' }, node, '/cache').NODE_COMPILE_CACHE).toBe('/mine');
  });
});

describe('a launched command', () => {
  let root: string;
  const started: ChildProcess[] = [];

  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'streamai-run-'));
    await mkdir(path.join(root, 'scripts'));
  });
  afterEach(async () => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
    await rm(root, { recursive: true, force: true });
  });

  /** A launcher in a process of its own, running `source` as the command `probe`. */
  async function launch(source: string, ...args: string[]): Promise<ChildProcess> {
    await writeFile(path.join(root, 'scripts', 'probe.ts'), source);
    const module = new URL('./run-command.mjs', import.meta.url).href;
    const what = { root, cache: root, node: process.execPath, name: 'probe', nodeFlags: [], args };
    const code = `import { runCommand } from ${JSON.stringify(module)};
      process.exitCode = await runCommand(${JSON.stringify(what)});`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    started.push(child);
    return child;
  }

  async function outcome(child: ChildProcess): Promise<{ code: unknown; out: string }> {
    const [[code], out] = await Promise.all([once(child, 'exit'), child.stdout ? text(child.stdout) : '']);
    return { code, out };
  }

  test('gets its arguments untouched, and its exit code is handed on', async () => {
    const child = await launch(
      'console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 7;',
      '--json',
      'a "b" c',
      '',
    );
    expect(await outcome(child)).toEqual({ code: 7, out: '["--json","a \\"b\\" c",""]\n' });
  });

  test.skipIf(process.platform === 'win32')('gets a signal once and may end in its own time', async () => {
    const child = await launch(`
      let signals = 0;
      process.on('SIGTERM', () => { signals += 1; setImmediate(() => { console.log(signals); process.exit(3); }); });
      setInterval(() => {}, 1000);
      console.error('ready');
    `);
    if (child.stderr) await once(child.stderr, 'data');
    child.kill('SIGTERM');
    expect(await outcome(child)).toEqual({ code: 3, out: '1\n' });
  });

  test.skipIf(process.platform === 'win32')('killed by a signal, exits as shells say it', async () => {
    const child = await launch("process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000);");
    expect((await outcome(child)).code).toBe(137);
  });
});
