import type { ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, open, readFile, realpath, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { OBSWebSocket } from 'obs-websocket-js';
import { closeWindow, type Display, openDisplay, windowTitles } from './display.ts';
import { type FullObsOptions, withDefaults, writeObsConfig, writtenPassword } from './obs-config.ts';
import type { ObsKind, ObsOptions, RigObs, ThisMachines } from './obs-types.ts';
import { ensurePeer } from './peers.ts';
import { exited, isAlive, run, spawnBound } from './processes.ts';
import { withSteadyMuxer } from './steady-muxer.ts';

/** How long OBS may take to its first answer; about 2 s on two idle cores. */
const readyTimeoutMs = 60_000;
/** How long OBS may take to end when it was asked to. */
const stopTimeoutMs = 15_000;

/** OBS crashes when commands that start or stop something come right after each other: to be left between them. */
export const betweenCommandsMs = 500;

const flags = [
  '--multi', // several at once, without the question whether that is meant
  '--disable-updater',
  '--disable-missing-files-check',
  '--disable-shutdown-check', // after a kill, no question about safe mode
];

/**
 * Starts an OBS with a throw-away configuration of its own and resolves when it is ready: obs-websocket takes the
 * password and answers (without websocket: OBS logs that its startup is complete). Any number can run at once.
 * @throws {PeerMissing} when this machine cannot have that OBS
 * @throws when OBS ends or is not ready in time, with the end of its log
 */
export async function startObs(kind: ObsKind, options: ObsOptions): Promise<RigObs> {
  if (kind === 'simulated') return await (await import('./simulated-obs.ts')).startSimulatedObs(options);
  const program = await ensurePeer(kind === 'newest' ? 'obsNewest' : 'obsSystem');
  const from302 = kind === 'newest' || isFrom302(await run('obs', ['--version']));
  const full = await withDefaults(options);
  const home = await realpath(await mkdtemp(path.join(os.tmpdir(), 'streamai-obs-')));
  const configDir = path.join(home, 'config', 'obs-studio');
  await mkdir(path.join(home, 'run'), { mode: 0o700 }); // XDG_RUNTIME_DIR must be private
  await writeObsConfig(configDir, full, from302);
  const display = await openDisplay().catch(async (error: unknown) => {
    await rm(home, { recursive: true, force: true });
    throw error;
  });
  const launch = kind === 'newest' ? newest(program) : from302 ? [program] : await withSteadyMuxer(program, home);
  const apart = options.elsewhere ? elsewhere(full.recordingsDir, options.elsewhere) : [];
  const obs = new RealObs(kind, [...apart, ...launch, ...flags], full, { home, configDir, display });
  try {
    await obs.restart();
    return obs;
  } catch (error) {
    await obs.dispose();
    throw error;
  }
}

/**
 * The command that becomes Debian testing's OBS: its pid is OBS's own, so that a SIGKILL hits OBS itself. That one
 * process sees Debian testing's /usr and /etc in place of the machine's, while every other path (recordings,
 * configuration, X11's socket) means the same inside and outside. The mounts go when OBS goes.
 */
function newest(root: string): string[] {
  const script = 'mount --bind "$0/etc" /etc && mount --bind "$0/usr" /usr && exec /usr/bin/obs "$@"';
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, root];
}

/**
 * The beginning of a command that has at that folder a disk of its own, or a folder that lies elsewhere for everybody else; the pid stays,
 * and what is mounted goes with it.
 */
function elsewhere(folder: string, place: true | ThisMachines): string[] {
  const mount = place === true ? '-t tmpfs tmpfs' : '--bind "$HERE"';
  const script = `mount ${mount} "$0" && exec "$@"`;
  const env = place === true ? [] : ['env', `HERE=${place.here}`];
  return [...env, 'unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, folder];
}

/** Whether that OBS is 30.2 or newer: obs-websocket's settings are in config.json then, and its muxer always ends. */
function isFrom302(version: string): boolean {
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > 30 || (Number(major) === 30 && Number(minor) >= 2);
}

class RealObs implements RigObs {
  readonly kind: ObsKind;
  readonly host = '127.0.0.1';
  readonly port: number;
  password: string;
  readonly recordingsDir: string;
  readonly configDir: string;
  version = 'unknown';
  readonly #command: readonly string[];
  readonly #websocket: boolean;
  readonly #home: string;
  readonly #display: Display;
  #child: ChildProcess | undefined;

  constructor(
    kind: ObsKind,
    command: readonly string[],
    options: FullObsOptions,
    place: { home: string; configDir: string; display: Display },
  ) {
    this.kind = kind;
    this.port = options.port;
    this.password = options.password;
    this.recordingsDir = options.recordingsDir;
    this.configDir = place.configDir;
    this.#command = command;
    this.#websocket = options.websocket;
    this.#home = place.home;
    this.#display = place.display;
  }

  get running(): boolean {
    return this.#child !== undefined && isAlive(this.#child);
  }

  async restart(): Promise<void> {
    if (this.running) throw new Error('OBS is running: stop or kill it first');
    const [program = '', ...args] = this.#command;
    const log = await open(this.#logFile, 'a');
    try {
      // a process group of its own, so that dispose() also reaches the muxer that OBS starts
      const stdio = ['ignore', log.fd, log.fd] as const;
      this.#child = spawnBound(program, args, { env: this.#env(), cwd: this.#home, stdio: [...stdio], detached: true });
    } finally {
      await log.close();
    }
    this.#child.on('error', () => {}); // a failed spawn shows as a process that is not alive
    await this.#ready();
    this.version = /OBS (\d+\.\d+\.\d+)/.exec(await this.log())?.[1] ?? 'unknown';
  }

  async stop(): Promise<void> {
    if (!this.#child || !this.running) return;
    this.#child.kill('SIGINT');
    if (!(await exited(this.#child, stopTimeoutMs))) throw await this.#failure('did not end when asked to');
  }

  async kill(): Promise<void> {
    if (!this.#child) return;
    this.#child.kill('SIGKILL');
    if (!(await exited(this.#child, stopTimeoutMs))) throw await this.#failure('survived a SIGKILL');
  }

  windowTitles(): Promise<string[]> {
    return windowTitles(this.#display);
  }

  async closeMessage(title: string): Promise<void> {
    await closeWindow(this.#display, title);
  }

  async log(): Promise<string> {
    return await readFile(this.#logFile, 'utf8').catch(() => '');
  }

  async dispose(): Promise<void> {
    await this.kill();
    if (this.#child?.pid !== undefined) killGroup(this.#child.pid);
    await this.#display.close();
    await rm(this.#home, { recursive: true, force: true, maxRetries: 5 });
  }

  get #logFile(): string {
    return path.join(this.#home, 'obs.log');
  }

  #env(): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      HOME: this.#home,
      XDG_CONFIG_HOME: path.dirname(this.configDir),
      XDG_RUNTIME_DIR: path.join(this.#home, 'run'),
      DISPLAY: this.#display.name,
      LANG: 'C.UTF-8',
      LIBGL_ALWAYS_SOFTWARE: '1',
      QT_QPA_PLATFORM: 'xcb',
    };
  }

  async #ready(): Promise<void> {
    const deadline = Date.now() + readyTimeoutMs;
    const from = (await this.log()).length;
    while (!(this.#websocket ? await this.#answers() : (await this.log()).includes('Startup complete', from))) {
      if (!this.running) throw await this.#failure('ended while starting');
      if (Date.now() > deadline) throw await this.#failure(`was not ready after ${readyTimeoutMs / 1000} s`);
      await delay(50);
    }
  }

  async #answers(): Promise<boolean> {
    if (this.password === '') this.password = await writtenPassword(this.configDir);
    if (this.password === '') return false;
    const client = new OBSWebSocket();
    const attempt = client
      .connect(`ws://${this.host}:${this.port}`, this.password)
      .then(() => client.call('GetVersion'))
      .then(() => true);
    try {
      return await Promise.race([attempt, delay(5000, false, { ref: false })]);
    } catch {
      return false; // it does not listen yet, or is not ready for requests yet
    } finally {
      await client.disconnect();
    }
  }

  async #failure(what: string): Promise<Error> {
    return new Error(`OBS (${this.kind}) ${what}. The end of its log:\n${(await this.log()).slice(-3000)}`);
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // nobody of the group is left
  }
}
