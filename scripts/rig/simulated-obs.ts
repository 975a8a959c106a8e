import { mkdtemp, realpath, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type FullObsOptions, withDefaults, writeObsConfig } from './obs-config.ts';
import type { ObsOptions, RigObs } from './obs-types.ts';
import { type Misbehaviour, wellBehaved } from './simulated-obs/misbehaviour.ts';
import { Profile } from './simulated-obs/profile.ts';
import { RequestFailure, requestStatus, subscription } from './simulated-obs/protocol.ts';
import { containerFor } from './simulated-obs/recording-file.ts';
import { requestHandlers } from './simulated-obs/requests.ts';
import { type Answer, type ClientCounters, ObsWebSocketServer } from './simulated-obs/server.ts';
import { Studio } from './simulated-obs/studio.ts';
import { type ObsTraits, obsVersions, type SimulatedVersion } from './simulated-obs/versions.ts';

export type { Misbehaviour } from './simulated-obs/misbehaviour.ts';

/** How a simulated OBS is configured; the bitrate is the speed at which its files grow. */
export interface SimulatedObsOptions extends ObsOptions {
  /** Which OBS it plays. Default 32.2. */
  readonly plays?: SimulatedVersion;
  /** How it goes wrong from the start; misbehave() changes it at any time. */
  readonly misbehave?: Partial<Misbehaviour>;
  /** Its clock goes so many times faster than ours: recordings, and the time that it takes for each step. Default 1. */
  readonly timesFaster?: number;
}

/** An OBS made of TypeScript: the same obs-websocket, the same events and files, and it can be told to go wrong. */
export interface SimulatedObs extends RigObs {
  readonly kind: 'simulated';
  /** Connections that its WebSocket server has taken so far, let in or not. */
  readonly connections: number;
  /** Goes wrong in the given ways from now on; what is not named stays as it is. */
  misbehave(how: Partial<Misbehaviour>): void;
  /** The bitrate of its next files, kbit/s. */
  setBitrate(kbps: number): void;
  /** Resolves once nothing is recorded and every file is closed. */
  allClosed(): Promise<void>;
  /** Goes on in a new file, as OBS does by itself when splitting by time or size. */
  splitFile(): void;
  /** The disk is full: the recording stops by itself, with STOPPED alone, and its file is not finalised. */
  fillDisk(): void;
  /** A write fails: the recording is over, its file is not finalised, and nothing is told until `closeMessage`. */
  failWriting(): void;
  /** Cuts every client's connection without a close frame; OBS itself goes on, and records on. */
  dropConnections(): void;
  /** The user switches scenes: 'Scene A' or 'Scene B'. */
  switchScene(name: string): void;
  /** The user switches profiles. */
  switchProfile(name: string): void;
  /** Sends an event to everybody, whatever it says. */
  tell(eventType: string, eventData: Readonly<Record<string, unknown>>): void;
}

/**
 * Starts a simulated OBS in this process. scripts/e2e/obs-contract.e2e.ts holds it against the real ones.
 * @throws when it cannot record the wanted format
 */
export async function startSimulatedObs(options: SimulatedObsOptions): Promise<SimulatedObs> {
  const { plays = '32.2', misbehave = {}, timesFaster = 1, ...obsOptions } = options;
  containerFor(obsOptions.format ?? 'mkv');
  const full = await withDefaults(obsOptions);
  const home = await realpath(await mkdtemp(path.join(os.tmpdir(), 'streamai-simulated-obs-')));
  const obs = new InProcessObs(obsVersions[plays], full, {
    misbehaviour: { ...wellBehaved, ...misbehave },
    timesFaster,
    home,
  });
  await obs.restart();
  await writeObsConfig(obs.configDir, { ...full, port: obs.port }, obsVersions[plays].jsonWebsocketConfig);
  return obs;
}

export function isSimulated(obs: RigObs): obs is SimulatedObs {
  return obs.kind === 'simulated';
}

class InProcessObs implements SimulatedObs {
  readonly kind = 'simulated';
  readonly host = '127.0.0.1';
  readonly version: string;
  readonly password: string;
  readonly recordingsDir: string;
  readonly configDir: string;
  port: number;
  running = false;
  readonly #options: FullObsOptions;
  readonly #home: string;
  readonly #misbehaviour: Misbehaviour;
  readonly #server: ObsWebSocketServer;
  readonly #studio: Studio;
  readonly #log: string[] = [];
  #kbps: number;
  #handlers: ReturnType<typeof requestHandlers> = new Map();

  constructor(
    traits: ObsTraits,
    options: FullObsOptions,
    { misbehaviour, timesFaster, home }: { misbehaviour: Misbehaviour; timesFaster: number; home: string },
  ) {
    this.version = traits.obs;
    this.port = options.port;
    this.password = options.password;
    this.recordingsDir = options.recordingsDir;
    this.configDir = path.join(home, 'config', 'obs-studio');
    this.#options = options;
    this.#home = home;
    this.#misbehaviour = misbehaviour;
    this.#kbps = options.kbps;
    this.#server = new ObsWebSocketServer({
      password: options.password,
      asksForPassword: () => !misbehaviour.asksForNoPassword,
      hello: {
        obsWebSocketVersion: traits.websocket,
        ...(traits.hello && { obsStudioVersion: traits.hello }),
      },
      answer: (type, data, client) => this.#answer(type, data, client),
    });
    this.#studio = new Studio({
      traits,
      profile: new Profile(options, traits.formatKey, traits.defaultFormat),
      misbehaviour,
      kbps: () => this.#kbps,
      timesFaster,
      broadcast: (intent, type, data) => {
        this.#note(`event ${type} ${JSON.stringify(data)}`);
        this.#server.broadcast(intent, type, data);
      },
    });
  }

  get connections(): number {
    return this.#server.connections;
  }

  async restart(): Promise<void> {
    if (this.running) throw new Error('OBS is running: stop or kill it first');
    this.#studio.restart();
    this.#handlers = requestHandlers(this.#studio);
    if (this.#options.websocket) this.port = await this.#server.listen(this.port);
    this.running = true;
    this.#note(`listening on ${this.port}`);
  }

  async stop(): Promise<void> {
    if (!this.running) return;
    this.#studio.options.broadcast(subscription.general, 'ExitStarted');
    this.#studio.recorder.stop();
    await this.#studio.recorder.allClosed();
    this.#studio.kill();
    this.running = false;
    await this.#server.close();
  }

  async kill(): Promise<void> {
    if (!this.running) return;
    this.#note('killed');
    this.#studio.kill();
    this.running = false;
    await this.#server.crash();
  }

  async log(): Promise<string> {
    return this.#log.join('\n');
  }

  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.#home, { recursive: true, force: true });
  }

  misbehave(how: Partial<Misbehaviour>): void {
    Object.assign(this.#misbehaviour, how);
    if (!this.#misbehaviour.holdsEvents) this.#studio.recorder.releaseEvents();
  }

  setBitrate(kbps: number): void {
    this.#kbps = kbps;
  }

  async allClosed(): Promise<void> {
    await this.#studio.recorder.allClosed();
  }

  splitFile(): void {
    if (!this.#studio.recorder.split()) throw new Error('nothing is recorded, or splitting is off: give split: true');
  }

  fillDisk(): void {
    this.#studio.recorder.fillDisk();
  }

  failWriting(): void {
    this.#studio.recorder.failWriting();
  }

  async windowTitles(): Promise<string[]> {
    return [];
  }

  async closeMessage(): Promise<void> {
    this.#studio.recorder.closeMessages();
  }

  dropConnections(): void {
    this.#server.cutConnections();
  }

  switchScene(name: string): void {
    this.#studio.switchScene(name);
  }

  switchProfile(name: string): void {
    this.#studio.switchProfile(name);
  }

  tell(eventType: string, eventData: Readonly<Record<string, unknown>>): void {
    this.#server.broadcast(subscription.all, eventType, eventData);
  }

  async #answer(type: string, data: unknown, client: ClientCounters): Promise<Answer | undefined> {
    const answer = this.#handle(type, data, client);
    this.#note(`${type} ${JSON.stringify(data)} → ${answer.code}`);
    const { answerDelayMs, unanswered } = this.#misbehaviour;
    if (answerDelayMs > 0) await delay(answerDelayMs);
    return unanswered.includes(type) || unanswered.includes('*') ? undefined : answer;
  }

  #handle(type: string, data: unknown, client: ClientCounters): Answer {
    if (this.#misbehaviour.starting) {
      return { code: requestStatus.notReady, comment: 'OBS is not ready to perform the request.' };
    }
    const handler = this.#handlers.get(type);
    if (!handler) return { code: requestStatus.unknownRequestType, comment: 'Your request type is not valid.' };
    try {
      const result = { ...handler(data, client), ...this.#misbehaviour.answers[type] };
      return { code: requestStatus.success, ...(Object.keys(result).length > 0 && { data: result }) };
    } catch (error) {
      if (!(error instanceof RequestFailure)) throw error;
      return { code: error.status, comment: error.message };
    }
  }

  #note(line: string): void {
    this.#log.push(`${new Date().toISOString()} ${line}`);
  }
}
