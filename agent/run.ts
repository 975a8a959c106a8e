/** One run of the agent in this process, from the environment to the last signal; failures become one sentence and an exit code. */
import { flushCompileCache } from 'node:module';
import { StreamAIError } from '../shared/errors.ts';
import { type Agent, type AgentOptions, type EmbeddedReceiverAccess, startAgent } from './agent.ts';
import { logFile, prepareDataDir } from './config/data-dir.ts';
import { type AgentEnvironment, readEnvironment, thisMachine } from './config/environment.ts';
import { prepareRecordingsDir } from './config/recordings-dir.ts';
import { localhostWarning, startWarnings } from './config/warnings.ts';
import { fileThreads, fileWork } from './files/file-work.ts';
import { createLog, type Log } from './log.ts';
import { productFiles } from './product-files.ts';
import { errorSentence, terminalLanguage } from './terminal.ts';

export interface RunOptions {
  /** As `AgentOptions.embeddedReceiver`; not called where the environment names a processing server. */
  readonly embeddedReceiver?: (environment: AgentEnvironment, log: Log) => Promise<EmbeddedReceiverAccess>;
  /** As `AgentOptions.outside`. */
  readonly outside?: AgentOptions['outside'];
  /** Called when the agent answers. */
  readonly onReady?: (agent: Agent, environment: AgentEnvironment) => void;
  /** Called when the agent has ended, also when it could not start. */
  readonly onEnd?: () => Promise<void>;
  /**
   * Called when another agent has the data folder: whether to try again, or to end without a word, for that one is as good. Left
   * out, or `fail`: it counts as a failure.
   */
  readonly whenInUse?: (environment: AgentEnvironment) => Promise<'again' | 'end' | 'fail'>;
}

/** Runs until a signal ends it. Sets the exit code; never throws. */
export async function run(options: RunOptions): Promise<void> {
  // Read by libuv when the first of these threads is needed. On Windows it has to be there before the process is (scripts/launch).
  if (process.platform !== 'win32') process.env.UV_THREADPOOL_SIZE ??= String(fileThreads);
  const end = endSignal();
  try {
    const language = terminalLanguage();
    const environment = readEnvironment(thisMachine(), language);
    prepareDataDir(environment.dataDir, language);
    const { recordingsDir, processingUrl } = environment.fixed;
    const isAway = recordingsDir ? !(await prepareRecordingsDir(recordingsDir, language)) : false;
    // From here on, what the agent writes is for its user alone: the database holds passwords and keys.
    process.umask(0o077);
    const log = createLog({ level: logLevel(), file: logFile(environment.dataDir) });
    const warn = (warning: string): void => {
      process.stderr.write(`! ${warning}\n`);
      log.warn(warning);
    };
    for (const warning of startWarnings(environment.host, thisMachine(), language)) warn(warning);
    if (isAway) log.warn({ recordingsDir }, 'the drive of the recordings folder does not answer');
    try {
      const { embeddedReceiver } = options;
      const start = (): Promise<Agent> =>
        startAgent({
          environment,
          dockDir: productFiles.dock,
          log,
          language,
          warn,
          onShutdown: end.arrive,
          ...(options.outside && { outside: options.outside }),
          ...(embeddedReceiver && processingUrl === undefined
            ? { embeddedReceiver: () => embeddedReceiver(environment, log) }
            : {}),
        });
      const whenInUse = async () => (end.hasArrived() ? 'end' : ((await options.whenInUse?.(environment)) ?? 'fail'));
      const agent = await startWhenFree(start, whenInUse);
      if (agent === null) return;
      if (agent.localhostTaken) warn(localhostWarning(agent.url, language));
      if (options.onReady) options.onReady(agent, environment);
      else process.stdout.write(`StreamAI's agent listens on ${agent.url}\n`);
      // Node writes its compile cache at an orderly end only; an agent that is always killed would always start without one.
      flushCompileCache();
      tidyMemory();
      await end.arrived;
      const patience = setTimeout(() => fileWork.end(), longestFileMs);
      await agent.close();
      clearTimeout(patience);
      log.info('the agent has ended');
    } catch (error) {
      // Ctrl-C in a terminal goes to every program in it. What was being started then fails for that reason, which is no fault.
      if (end.hasArrived()) return;
      log.error({ err: error }, 'the agent could not start');
      throw error;
    } finally {
      await options.onEnd?.();
      log.close();
      endForSure();
    }
  } catch (error) {
    process.stderr.write(`${errorSentence(error)}\n`);
    process.exitCode = 1;
  }
}

/** @returns null when whoever has the data folder is as good */
async function startWhenFree(
  start: () => Promise<Agent>,
  whenInUse: () => Promise<'again' | 'end' | 'fail'>,
): Promise<Agent | null> {
  for (;;) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof StreamAIError && error.code === 'data_dir_in_use')) throw error;
      const what = await whenInUse();
      if (what === 'end') return null;
      if (what === 'fail') throw error;
    }
  }
}

/** What is still read or looked at when the agent is told to end may take so long (ms). */
const longestFileMs = 3000;
/** And when all has ended, the process itself (ms). */
const longestExitMs = 2000;

/**
 * A thread that is stuck on a drive which does not answer keeps the process from ending, and so it would any ordinary exit: Node
 * waits for its threads. Without such a thread this never happens.
 */
function endForSure(): void {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), longestExitMs).unref();
}

/** The first of the signals by which people and systems end programs, or the end of a parent that holds a channel to us. */
function endSignal(): {
  readonly arrived: Promise<void>;
  readonly hasArrived: () => boolean;
  readonly arrive: () => void;
} {
  const { promise, resolve } = Promise.withResolvers<void>();
  let hasArrived = false;
  const arrive = (): void => {
    hasArrived = true;
    resolve();
  };
  // The listeners stay: a second Ctrl-C, or the same one passed on by a parent, must not cut the orderly end short.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, arrive);
  process.on('disconnect', arrive);
  // Listening for that would keep this process alive when all else has ended.
  process.channel?.unref();
  return { arrived: promise, hasArrived: () => hasArrived, arrive };
}

function logLevel(): 'debug' | 'info' {
  return process.env.STREAMAI_LOG_LEVEL === 'debug' ? 'debug' : 'info';
}

/**
 * Gives back what only the start needed, some 2 MB: V8 by itself keeps it for ever in an agent that allocates next to nothing. Node has
 * this function where the launcher asks for it (--expose-gc).
 */
function tidyMemory(): void {
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
