/** One of the project's commands as a person runs it: a process in a group of its own, its output kept as it comes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { commonNodeFlags } from '../launch/commands.mjs';
import { bareEnvironment } from '../rig/agent-process.ts';

const scripts = path.resolve(import.meta.dirname, '..');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Command {
  readonly #child: ChildProcess;
  readonly #closed: Promise<Ended>;
  #stdout = '';
  #stderr = '';

  /** @param name of the script, such as `start` */
  constructor(name: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [...commonNodeFlags, path.join(scripts, `${name}.ts`), ...args], {
      env: { ...bareEnvironment(), LC_ALL: 'C.UTF-8', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: whether anything of it is left can be asked, and a test's end can end all of it.
      detached: true,
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.#closed = once(this.#child, 'close').then(([code]) => {
      return { code: code as number | null, stdout: this.#stdout, stderr: this.#stderr };
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  /** Resolves with the match once the output holds it. */
  async says(pattern: RegExp, ms = 30_000): Promise<RegExpExecArray> {
    const deadline = AbortSignal.timeout(ms);
    for (;;) {
      const found = pattern.exec(this.#stdout);
      if (found) return found;
      const { stdout } = this.#child;
      if (!stdout || stdout.readableEnded) throw this.#inVain(pattern);
      await Promise.race([once(stdout, 'data', { signal: deadline }), once(stdout, 'end', { signal: deadline })]).catch(
        () => {
          throw this.#inVain(pattern);
        },
      );
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves when it has ended and nobody writes to its output any more. */
  ended(): Promise<Ended> {
    return this.#closed;
  }

  /** Whether any process that it started is alive, it included. */
  get anyLeft(): boolean {
    return this.#signalGroup(0);
  }

  dispose(): void {
    this.#signalGroup('SIGKILL');
  }

  #signalGroup(signal: NodeJS.Signals | 0): boolean {
    try {
      return this.#child.pid !== undefined && process.kill(-this.#child.pid, signal);
    } catch {
      return false; // nobody of the group is left
    }
  }

  #inVain(pattern: RegExp): Error {
    return new Error(`waited in vain for ${pattern} in:\n${this.#stdout}\n${this.#stderr}`);
  }
}
