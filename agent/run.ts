/** One run of the agent in this process, from the environment to the last signal; failures become one sentence and an exit code. */
import path from 'node:path';
import { type Language, StreamAIError } from '../shared/errors.ts';
import { type Agent, startAgent } from './agent.ts';
import { prepareDataDir } from './config/data-dir.ts';
import { type AgentEnvironment, readEnvironment } from './config/environment.ts';
import { createLog } from './log.ts';

export interface RunOptions {
  /** Called before the agent starts, when no processing server is fixed by the environment. @returns the embedded receiver's URL */
  readonly embeddedReceiver?: (environment: AgentEnvironment) => Promise<string>;
  readonly onReady?: (agent: Agent, environment: AgentEnvironment) => void;
  /** Called when the agent has ended, also after a failed start. */
  readonly onEnd?: () => Promise<void>;
}

const dockDir = path.resolve(import.meta.dirname, '../dock/dist');

/** Runs until a signal ends it. Sets the exit code; never throws. */
export async function run(options: RunOptions): Promise<void> {
  const ending = signalled();
  try {
    const environment = readEnvironment();
    prepareDataDir(environment.dataDir);
    const log = createLog({ level: logLevel(), file: path.join(environment.dataDir, 'agent.log') });
    try {
      const embedded =
        environment.fixed.processingUrl === undefined ? await options.embeddedReceiver?.(environment) : undefined;
      const agent = await startAgent({
        environment,
        dockDir,
        log,
        ...(embedded === undefined ? {} : { embeddedReceiver: embedded }),
      });
      if (options.onReady) options.onReady(agent, environment);
      else process.stdout.write(`StreamAI's agent listens on ${agent.url}\n`);
      await ending;
      await agent.close();
      log.info('the agent has ended');
    } catch (error) {
      log.error({ err: error }, 'the agent could not start');
      throw error;
    } finally {
      log.close();
    }
  } catch (error) {
    process.stderr.write(`${sentence(error)}\n`);
    process.exitCode = 1;
  } finally {
    await options.onEnd?.();
  }
}

/** Resolves at the first of the signals by which people and systems end programs, or when a parent that waits for us is gone. */
function signalled(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // Listeners stay: a second Ctrl-C, or the same one passed on by a parent, must not cut the orderly end short.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  process.on('disconnect', () => resolve());
  return promise;
}

/** The language that the terminal asks for. */
export function terminalLanguage(env: NodeJS.ProcessEnv = process.env): Language {
  return /^fr/i.test(env.LC_ALL || env.LC_MESSAGES || env.LANG || '') ? 'fr' : 'en';
}

function sentence(error: unknown): string {
  const language = terminalLanguage();
  const { message, fix } = (
    error instanceof StreamAIError ? error : new StreamAIError('internal', {}, { cause: error })
  ).info(language);
  return fix === undefined ? message : `${message} ${fix}`;
}

function logLevel(): 'debug' | 'info' {
  return process.env.STREAMAI_LOG_LEVEL === 'debug' ? 'debug' : 'info';
}
