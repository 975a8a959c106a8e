import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { commonNodeFlags } from '../launch/commands.mjs';

export interface Burners {
  readonly pids: readonly number[];
  /** Ends them, by their ids; resolves when they are gone. */
  stop(): Promise<void>;
}

const startMs = 30_000;

/**
 * Keeps every core busy with a process of its own, so that whoever else computes gets about half of the machine, and gets it
 * late. Resolves when all of them burn. They end with this process also where nobody calls `stop`.
 * @throws when one does not begin
 */
export async function startBurners(count: number = availableParallelism()): Promise<Burners> {
  const children = Array.from({ length: count }, start);
  const stop = async (): Promise<void> => void (await Promise.all(children.map(end)));
  try {
    await Promise.all(children.map((child) => once(child, 'message', { signal: AbortSignal.timeout(startMs) })));
  } catch (cause) {
    await stop();
    throw new Error('this machine cannot be kept busy', { cause });
  }
  return { pids: children.flatMap(({ pid }) => pid ?? []), stop };
}

function start(): ChildProcess {
  const burner = path.join(import.meta.dirname, 'burner.ts');
  return fork(burner, { execArgv: commonNodeFlags, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
