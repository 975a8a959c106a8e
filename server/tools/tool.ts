/** Runs programs that are not ours on files that are not ours: each in a process group of its own, with bounds on time and output. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

export interface ToolRun {
  /** The folder it works in: a task's scratch. */
  readonly cwd: string;
  /** Kills it, with what it has started. */
  readonly signal: AbortSignal;
  /** How long it may take, ms. */
  readonly timeoutMs: number;
  /** Each line of its standard output, and of its standard error. */
  readonly onLine?: (line: string) => void;
  readonly onErrorLine?: (line: string) => void;
  /** The most that is kept of its output, bytes; default 1 MiB. More ends it. */
  readonly maxOutputBytes?: number;
}

/** A program that failed, was too slow or wrote too much. Its last words are for the log: they may name paths. */
export class ToolFailed extends Error {
  readonly tool: string;
  readonly reason: 'exit' | 'timeout' | 'output';
  /** The end of its standard error. */
  readonly words: string;

  constructor(tool: string, reason: 'exit' | 'timeout' | 'output', words: string) {
    super(`${tool} failed (${reason}): ${words}`);
    this.name = 'ToolFailed';
    this.tool = tool;
    this.reason = reason;
    this.words = words;
  }
}

const mostWords = 30;

/** What a program of ours may see of the environment: where programs and libraries are, and nothing that is secret. */
const seen = ['PATH', 'LD_LIBRARY_PATH', 'SystemRoot', 'SystemDrive', 'TEMP', 'TMP', 'TMPDIR', 'WINDIR'];

/**
 * Runs a program to its end, at low priority.
 * @returns its standard output
 * @throws ToolFailed, or the signal's reason
 */
export async function runTool(file: string, args: readonly string[], run: ToolRun): Promise<string> {
  const { cwd, signal, timeoutMs, onLine, onErrorLine, maxOutputBytes = 1024 ** 2 } = run;
  signal.throwIfAborted();
  const windows = process.platform === 'win32';
  const [program, ...programArgs] = bound(file, args);
  const child = spawn(program, programArgs, {
    cwd,
    env: Object.fromEntries(
      seen.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
    ),
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
    // A group of its own, which is killed as a whole. Windows ends a process's children in another way.
    detached: !windows,
  });
  const closed = once(child, 'close');
  const end = (): void => {
    try {
      // The group, also where the program itself has ended: what it started may still hold our pipes.
      if (windows) child.kill('SIGKILL');
      else if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has just ended.
    }
    child.stdout.destroy();
    child.stderr.destroy();
  };
  let failure: 'timeout' | 'output' | null = null;
  const fail = (reason: 'timeout' | 'output'): void => {
    failure ??= reason;
    end();
  };
  const timer = setTimeout(() => fail('timeout'), timeoutMs);
  signal.addEventListener('abort', end);
  const output: string[] = [];
  const words: string[] = [];
  let bytes = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    onLine?.(line);
    bytes += line.length + 1;
    if (bytes > maxOutputBytes) fail('output');
    else output.push(line);
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    onErrorLine?.(line);
    words.push(line.slice(0, 500));
    if (words.length > mostWords) words.shift();
  });
  if (child.pid !== undefined) lowerPriority(child.pid);
  try {
    const [code] = (await closed) as [number | null];
    signal.throwIfAborted();
    const name = path.basename(file);
    if (failure !== null) throw new ToolFailed(name, failure, words.join('\n'));
    if (code !== 0) throw new ToolFailed(name, 'exit', words.join('\n'));
    return output.join('\n');
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}

const setpriv = '/usr/bin/setpriv';

/** On Linux the kernel ends it when this process is gone, however it went: nobody would want what it makes then. */
const bound = (file: string, args: readonly string[]): [string, ...string[]] =>
  process.platform === 'linux' && existsSync(setpriv)
    ? [setpriv, '--pdeathsig', 'KILL', file, ...args]
    : [file, ...args];

/** What makes subtitles gives way to whatever records or answers on the same machine. */
function lowerPriority(pid: number): void {
  try {
    os.setPriority(pid, os.constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended already, or this system has no priorities.
  }
}

/**
 * Looks for a program: where a variable says it is, else in the folders of PATH.
 * @param variable the environment variable that names its file
 * @returns its path; undefined when it is not there or cannot be run
 */
export async function findTool(
  name: string,
  variable: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const given = env[variable];
  if (given !== undefined && given !== '') return (await runs(given)) ? path.resolve(given) : undefined;
  const suffixes = process.platform === 'win32' ? ['.exe'] : [''];
  for (const folder of (env.PATH ?? env.Path ?? '').split(path.delimiter)) {
    if (folder === '') continue;
    for (const suffix of suffixes) {
      const file = path.join(folder, `${name}${suffix}`);
      if (await runs(file)) return file;
    }
  }
  return undefined;
}

const runs = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
