/**
 * The agent as users have it, with the Node flags of `npm start`: a process of its own that can be ended, killed and started
 * again over the same data folder.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileThreads } from '../../agent/files/file-work.ts';
import { cacheFolder } from '../launch/cache-folder.mjs';
import { commands, commonNodeFlags } from '../launch/commands.mjs';
import { Api } from './agent-api.ts';
import { freePort } from './free-port.ts';
import { LiveClient } from './live-channel.ts';
import { isAlive } from './processes.ts';

const main = path.resolve(import.meta.dirname, '../../agent/main.ts');

/** This checkout's agent, alone. @param nodeFlags beside those of `npm start` */
function checkoutAgent(nodeFlags: readonly string[]): AgentCommand {
  const flags = [...commonNodeFlags, ...(commands.start?.nodeFlags ?? []), ...nodeFlags];
  return [process.execPath, ...flags, main];
}

/** What runs an agent: a program and its arguments. It says the address on its stdout when it listens. */
export type AgentCommand = readonly [program: string, ...args: string[]];

export class AgentProcess {
  readonly dataDir: string;
  url = '';
  token = '';
  /** Set by `start`: a live channel from the first moment. */
  live: LiveClient = LiveClient.none;
  api: Api = new Api('', '');
  readonly #env: Readonly<Record<string, string>>;
  readonly #command: AgentCommand;
  /** The same at every start: what was connected finds the agent again, as it does with its usual port. */
  readonly #port = freePort();
  #child: ChildProcess | null = null;
  #output = '';

  constructor(
    dataDir: string,
    env: Readonly<Record<string, string>>,
    nodeFlags: readonly string[] = [],
    command = checkoutAgent(nodeFlags),
  ) {
    this.dataDir = dataDir;
    this.#env = env;
    this.#command = command;
  }

  /** Where it listens at every start. */
  get port(): Promise<number> {
    return this.#port;
  }

  get pid(): number {
    const { pid } = this.child;
    if (pid === undefined) throw new Error('the agent does not run');
    return pid;
  }

  /** The process, also when it has ended by itself since. */
  get child(): ChildProcess {
    if (!this.#child) throw new Error('the agent does not run');
    return this.#child;
  }

  /** Resolves when it listens and its live channel has given the first snapshot. `env`: for this start alone. */
  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const [program, ...args] = this.#command;
    const child = spawn(program, args, {
      env: {
        ...bareEnvironment(),
        // As the launcher says it (scripts/launch/run-command.mjs): what is preloaded may need such a thread before the agent asks for them.
        UV_THREADPOOL_SIZE: String(fileThreads),
        AGENT_PORT: String(await this.#port),
        STREAMAI_DATA_DIR: this.dataDir,
        ...this.#env,
        ...env,
      },
      // The channel ends the agent when this process is gone, however it went.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    const { stdout, stderr } = child;
    if (!stdout || !stderr) throw new Error('the agent has no output');
    stderr.on('data', (data) => {
      this.#output += String(data);
    });
    const gone = once(child, 'exit').then(([code]) => {
      throw new Error(`the agent ended with ${code} before it was ready: ${this.#output}`);
    });
    const ready = (async () => {
      for await (const line of createInterface({ input: stdout })) {
        const url = /http:\/\/\S+/.exec(line)?.[0];
        if (url !== undefined) return url;
      }
      return gone;
    })();
    this.url = await Promise.race([ready, gone]);
    gone.catch(() => undefined);
    stdout.resume();
    this.token = (await readFile(path.join(this.dataDir, 'token'), 'utf8')).trim();
    this.api = new Api(this.url, this.token);
    this.live = await LiveClient.connect(this.url, this.token);
  }

  /** What it has said on its error output, over all of its starts. */
  get output(): string {
    return this.#output;
  }

  /** Sends a message to what `nodeFlags` preloaded into the agent's process; resolves with its next message. */
  async ask(message: string | object): Promise<unknown> {
    const { child } = this;
    const answer = once(child, 'message', { signal: AbortSignal.timeout(10_000) });
    child.send(message);
    return (await answer)[0];
  }

  /** SIGKILL: nothing in the agent can run after this. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Asks it to end (SIGTERM); resolves with the exit code. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  async dispose(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** The end of its log, for failure messages. */
  async logTail(): Promise<string> {
    const text = await readFile(path.join(this.dataDir, 'agent.log'), 'utf8').catch(() => '');
    return `${this.#output}\n${text.split('\n').slice(-25).join('\n')}`;
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    this.live.close();
    const child = this.#child;
    this.#child = null;
    if (!child || !isAlive(child)) return child?.exitCode ?? null;
    const exit = once(child, 'exit');
    child.kill(signal);
    const [code] = (await exit) as [number | null];
    return code;
  }
}

/**
 * This process's environment without anything that configures StreamAI: a developer's own set-up cannot change a test.
 * Compiled code is kept between starts, as scripts/launch.mjs keeps it: without, a start takes twice as long.
 */
export function bareEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(OBS_|VULTR_|AGENT_|STREAMAI_|DEFAULT_|RECORDINGS_DIR|NODE_OPTIONS|VITEST)|_PROXY$/i.test(name),
  );
  return { NODE_COMPILE_CACHE: path.join(cacheFolder(), 'compile-cache'), ...Object.fromEntries(own) };
}
