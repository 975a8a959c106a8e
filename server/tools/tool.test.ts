import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { findTool, runTool, ToolFailed } from './tool.ts';

const node = process.execPath;
const run = (code: string, more: Partial<Parameters<typeof runTool>[2]> = {}) =>
  runTool(node, ['-e', code], { cwd: tmpdir(), signal: new AbortController().signal, timeoutMs: 20_000, ...more });

describe('a program that is not ours', () => {
  test('gives its output, line by line too', async () => {
    const lines: string[] = [];
    expect(await run('console.log("a\\nb")', { onLine: (line) => lines.push(line) })).toBe('a\nb');
    expect(lines).toEqual(['a', 'b']);
  });

  test('sees nothing of our environment that could be a secret', async () => {
    process.env.VULTR_API_KEY_OF_THIS_TEST = 'secret';
    expect(await run('console.log(JSON.stringify(process.env))')).not.toContain('secret');
    delete process.env.VULTR_API_KEY_OF_THIS_TEST;
  });

  test('that fails says its last words to the log alone', async () => {
    const failure = await run('console.error("why"); process.exit(3)').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ToolFailed);
    expect(failure).toMatchObject({ reason: 'exit', words: 'why' });
  });

  test('that takes too long, or writes too much, is ended', async () => {
    await expect(run('setInterval(() => {}, 1000)', { timeoutMs: 300 })).rejects.toMatchObject({ reason: 'timeout' });
    const flood = 'setInterval(() => console.log("x".repeat(1000)), 0)';
    await expect(run(flood, { maxOutputBytes: 10_000 })).rejects.toMatchObject({ reason: 'output' });
  });

  test.skipIf(process.platform === 'win32')(
    'is ended with what it has started, also where it has ended itself',
    async () => {
      const abort = new AbortController();
      const leaves =
        'const { spawn } = require("node:child_process");' +
        'const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });' +
        'console.log(child.pid); child.unref(); process.exit(0);';
      let child = 0;
      const running = run(leaves, {
        signal: abort.signal,
        onLine: (line) => {
          child = Number(line);
          setTimeout(() => abort.abort(new Error('called off')), 200);
        },
      });
      await expect(running).rejects.toThrow('called off');
      await expect.poll(() => isThere(child)).toBe(false);
    },
  );
});

/** An ended process that nobody has waited for yet is none. */
function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

test('a program is looked for where a variable says, else in PATH', async () => {
  expect(await findTool('nothing-of-that-name', 'NOTHING_TOOL', { PATH: process.env.PATH })).toBeUndefined();
  expect(await findTool('x', 'X_TOOL', { X_TOOL: node, PATH: '' })).toBe(node);
  expect(await findTool('x', 'X_TOOL', { X_TOOL: '/nowhere/x', PATH: process.env.PATH })).toBeUndefined();
});
