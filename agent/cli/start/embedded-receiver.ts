/**
 * The receiver as a child process of whoever runs it: its memory is not the agent's, it ends when its parent ends (however
 * that one went), and when it dies it is started again, with another port and another key: whoever has taken the port before gets
 * nothing, and neither does the key work that was sent there in the last moment.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { type ProxyRules, proxyVariables } from '../../../shared/proxies.ts';
import { productFiles } from '../../product-files.ts';

/** Node 24 still announces type stripping as experimental. */
const quiet = '--disable-warning=ExperimentalWarning';

/** Waits before it is started again, ms: `first`, then doubled up to `most`; after a run of `steady`, `first` again. */
const defaultTimes = { first: 500, most: 30_000, steady: 60_000 };
/** How long it may take to end when it was told to, ms. */
const graceMs = 5000;

export interface EmbeddedReceiverOptions {
  /** Where it stores what it receives. */
  readonly dir: string;
  /** What leads out of this network. */
  readonly proxies: ProxyRules;
  /** It died, and is started again in so many ms. */
  readonly onDied: (againInMs: number) => void;
  /** It listens again after it died. */
  readonly onBack: () => void;
  /** What it writes to its stderr, line by line; and with which pid it starts. */
  readonly onLog: (line: string) => void;
  readonly times?: typeof defaultTimes;
}

/** What it says when it listens. */
const readySchema = z.object({ url: z.string(), port: z.int(), pid: z.int() });

/** Where it is, and the key without which it stores and tells nothing: this machine's other users can reach the port too. */
export interface ReceiverAccess {
  readonly url: string;
  readonly apiKey: string;
}

export class EmbeddedReceiver {
  readonly #options: EmbeddedReceiverOptions;
  readonly #listeners = new Set<() => void>();
  #access: ReceiverAccess | null = null;
  #child: ChildProcess | null = null;
  #timer: NodeJS.Timeout | undefined;
  #tries = 0;
  #closing = false;

  private constructor(options: EmbeddedReceiverOptions) {
    this.#options = options;
  }

  /** @throws Error with what it said when it does not start */
  static async start(options: EmbeddedReceiverOptions): Promise<EmbeddedReceiver> {
    const receiver = new EmbeddedReceiver(options);
    await receiver.#start();
    return receiver;
  }

  /** Null while it does not run. */
  access(): ReceiverAccess | null {
    // The end of a child is known before it is announced.
    const { exitCode = null, signalCode = null } = this.#child ?? {};
    return exitCode === null && signalCode === null ? this.#access : null;
  }

  /** Calls the listener when it has gone, and when it runs again. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Ends it; resolves when it is gone. */
  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    if (child.connected) child.disconnect();
    else child.kill();
    const cut = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await exit;
    clearTimeout(cut);
  }

  async #start(): Promise<void> {
    const apiKey = randomBytes(32).toString('base64url');
    const child = spawn(
      process.execPath,
      // Object Storage may be on this machine or in its network; only the agent, which knows the address, asks.
      [quiet, productFiles.receiver, '--dir', this.#options.dir, '--allow-private-sources'],
      {
        env: { ...withoutOurs(process.env), ...proxyVariables(this.#options.proxies), VULTR_API_KEY: apiKey },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        windowsHide: true,
      },
    );
    this.#child = child;
    const { stdout, stderr } = child;
    if (!stdout || !stderr) throw new Error('The receiver has no output');
    const startedAt = performance.now();
    const said: string[] = [];
    createInterface({ input: stderr }).on('line', (line) => {
      said.push(line);
      if (said.length > 20) said.shift();
      this.#options.onLog(line);
    });
    const exit = once(child, 'exit');
    const line = once(createInterface({ input: stdout }), 'line').then(([text]) => String(text));
    line.catch(() => undefined);
    const first = await Promise.race([line, exit.then(() => null)]);
    if (first === null) throw new Error(said.join('\n') || 'The receiver ended at once');
    const ready = readySchema.parse(JSON.parse(first));
    this.#access = { url: ready.url, apiKey };
    this.#options.onLog(`listens on ${ready.url}, pid ${ready.pid}`);
    void exit.then(() => {
      this.#access = null;
      if (performance.now() - startedAt >= this.#times.steady) this.#tries = 0;
      this.#startAgain();
    });
  }

  get #times(): typeof defaultTimes {
    return this.#options.times ?? defaultTimes;
  }

  #startAgain(): void {
    if (this.#closing) return;
    const { first, most } = this.#times;
    const wait = Math.min(most, first * 2 ** this.#tries++);
    this.#changed();
    this.#options.onDied(wait);
    this.#timer = setTimeout(() => {
      this.#start().then(
        () => {
          this.#changed();
          this.#options.onBack();
        },
        () => this.#startAgain(),
      );
    }, wait);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

/**
 * The environment without what configures StreamAI: keys, passwords and tokens are none of the receiver's business. Nor with the proxies:
 * those that count may stand in `.env`.
 */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const others = Object.entries(env).filter(([name]) => !/^(OBS_|VULTR_|STREAMAI_|AGENT_)|_PROXY$/i.test(name));
  return Object.fromEntries(others);
}
