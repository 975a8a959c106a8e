import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

const setpriv = '/usr/bin/setpriv';

/** Starts a program that the kernel ends when we are gone, however we went (Linux; elsewhere as usual). */
export function spawnBound(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  if (!existsSync(setpriv)) return spawn(command, args, options);
  // setpriv only sets the signal and then becomes the program: the child's pid is the program's own.
  return spawn(setpriv, ['--pdeathsig', 'KILL', command, ...args], options);
}

/** Whether a child that was started is still alive. */
export function isAlive(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/**
 * Waits until a child is gone.
 * @param timeoutMs how long at most
 * @returns false when it was still alive then
 */
export async function exited(child: ChildProcess, timeoutMs: number): Promise<boolean> {
  if (!isAlive(child)) return true;
  try {
    await once(child, 'exit', { signal: AbortSignal.timeout(timeoutMs) });
    return true;
  } catch {
    return !isAlive(child);
  }
}

/** Runs a program to its end and gives its standard output. Fails with the end of what it wrote when it fails. */
export async function run(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<string> {
  const { timeoutMs = 300_000, ...rest } = options;
  try {
    const execOptions = { ...rest, timeout: timeoutMs, maxBuffer: 64 << 20, encoding: 'utf8' as const };
    return (await promisify(execFile)(command, [...args], execOptions)).stdout;
  } catch (cause) {
    const output = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).slice(-2000) : '';
    throw new Error(`${command} ${args[0] ?? ''} failed: ${output || String(cause)}`, { cause });
  }
}
