/**
 * What the tests around OBS share: a simulated OBS in this process (scripts/e2e/obs-contract.e2e.ts holds it against the real ones),
 * another program that talks to it, and connections of ours that wait less long than usual.
 */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type OBSRequestTypes, type OBSResponseTypes, OBSWebSocket } from 'obs-websocket-js/json';
import { expect, onTestFinished } from 'vitest';
import { type SimulatedObs, type SimulatedObsOptions, startSimulatedObs } from '../../scripts/rig/simulated-obs.ts';
import { createLog, type Log } from '../log.ts';
import { ObsConnection, type ObsTarget } from './connection.ts';
import type { ConnectionLimits } from './connection-limits.ts';
import type { ObsEvent } from './events.ts';
import type { FindOwner } from './known-socket.ts';

/** Longer than anything takes that a test waits for (ms). */
const boundMs = 8000;

/** A connection of ours and what it told, oldest first. */
export interface HeardConnection {
  readonly connection: ObsConnection;
  readonly events: ObsEvent[];
}

/** One of OBS's own hotkeys. */
export type Hotkey = 'StartRecording' | 'StopRecording' | 'PauseRecording' | 'UnpauseRecording' | 'SplitFile';

export class ObsFixture {
  readonly obs: SimulatedObs;
  /** Where our connections look for OBS; a test may name another place. */
  target: ObsTarget;
  /** How often they asked where that is: once before each attempt. */
  asked = 0;
  /** Whose program answers is nobody's business, but in a test that sets this: undefined asks the system, which takes its time. */
  ownerOf: FindOwner | undefined = async () => null;
  /** The path that OBS told last. */
  file = '';
  readonly #other = new OBSWebSocket();
  /** What the other program was told and `state` has not taken yet, oldest first. */
  readonly #states: string[] = [];
  readonly #waiting = new Set<() => void>();

  private constructor(obs: SimulatedObs) {
    this.obs = obs;
    this.target = { host: obs.host, port: obs.port, password: obs.password, found: null };
    this.#other.on('RecordStateChanged', ({ outputState, outputPath }) => {
      this.#states.push(outputState.replace('OBS_WEBSOCKET_OUTPUT_', ''));
      // OBS on Windows writes slashes; everything of ours has the system's own.
      if (outputPath) this.file = path.normalize(outputPath);
      this.happened();
    });
  }

  /** On free ports, in a folder of its own; ended after the test. OBS's clock goes 20 times faster than ours. */
  static async start(options: Partial<SimulatedObsOptions> = {}): Promise<ObsFixture> {
    const folder = await mkdtemp(path.join(tmpdir(), 'streamai-obs-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    const obs = await startSimulatedObs({ recordingsDir: folder, kbps: 200, timesFaster: 20, ...options });
    onTestFinished(() => obs.dispose());
    const fixture = new ObsFixture(obs);
    onTestFinished(() => fixture.#other.disconnect());
    return fixture;
  }

  /** A request of another program, or of a person at OBS's own window. */
  async call<R extends keyof OBSRequestTypes>(request: R, data?: OBSRequestTypes[R]): Promise<OBSResponseTypes[R]> {
    if (!this.#other.identified) await this.#other.connect(`ws://${this.obs.host}:${this.obs.port}`, this.obs.password);
    return this.#other.call(request, data);
  }

  async press(hotkey: Hotkey): Promise<void> {
    await this.call('TriggerHotkeyByName', { hotkeyName: `OBSBasic.${hotkey}` });
  }

  /** Waits until OBS told the other program this state of its recording, and forgets it and what came before. */
  async state(name: 'STARTING' | 'STARTED' | 'PAUSED' | 'RESUMED' | 'STOPPING' | 'STOPPED'): Promise<void> {
    const at = await this.until(name, () => this.#states.indexOf(name) + 1);
    this.#states.splice(0, at);
  }

  /** Records by OBS's own button, once the output of the recording before is idle. @returns the file's path, as this system writes it */
  async record(): Promise<string> {
    const isActive = async (): Promise<boolean> => (await this.call('GetRecordStatus')).outputActive;
    await expect.poll(isActive, { interval: 1, timeout: boundMs }).toBe(false);
    await this.call('StartRecord');
    await this.state('STARTED');
    return this.file;
  }

  /** Stops by OBS's own button. */
  async stop(): Promise<void> {
    await this.call('StopRecord');
    await this.state('STOPPED');
  }

  /** Waits until that many files lie where it records: OBS before 30.2 tells nobody of a split. */
  async files(count: number): Promise<void> {
    const names = (): Promise<string[]> => readdir(this.obs.recordingsDir);
    await expect.poll(names, { interval: 5, timeout: boundMs }).toHaveLength(count);
  }

  /** Waits until that many bytes of a file are on disk. @returns how many there are */
  async onDisk(file: string, bytes: number): Promise<number> {
    const size = async (): Promise<number> => (await stat(file).catch(() => null))?.size ?? 0;
    await expect.poll(size, { interval: 5, timeout: boundMs }).toBeGreaterThanOrEqual(bytes);
    return size();
  }

  async setProfile(category: string, name: string, value: string): Promise<void> {
    const parameter = { parameterCategory: category, parameterName: name, parameterValue: value };
    await this.call('SetProfileParameter', parameter);
  }

  /** A connection of ours that has not been started yet; ended after the test. */
  connection(limits: Partial<ConnectionLimits> = {}, log: Log = createLog({ level: 'silent' })): HeardConnection {
    const connection = new ObsConnection({
      target: async () => {
        this.asked += 1;
        this.happened();
        return this.target;
      },
      log,
      limits: { refusedLookMs: 5, retryMs: () => 5, ...limits },
      ...(this.ownerOf && { ownerOf: this.ownerOf }),
    });
    const events: ObsEvent[] = [];
    connection.on((event) => {
      events.push(event);
      this.happened();
    });
    connection.onStatus(() => this.happened());
    onTestFinished(() => connection.close());
    return { connection, events };
  }

  /** A connection of ours that has begun to look for OBS. */
  connect(limits: Partial<ConnectionLimits> = {}, log?: Log): HeardConnection {
    const heard = this.connection(limits, log);
    heard.connection.start();
    return heard;
  }

  /** Waits until the connection stands. */
  async connected(limits: Partial<ConnectionLimits> = {}): Promise<HeardConnection> {
    const heard = this.connect(limits);
    await this.until('connected', () => heard.events.some(({ type }) => type === 'connected'));
    return heard;
  }

  /** Something has changed that a test may wait for. */
  happened(): void {
    for (const look of this.#waiting) look();
  }

  /** Looks whenever something happened until `look` gives something. @throws when that takes too long */
  async until<T>(what: string, look: () => T): Promise<Exclude<T, undefined | null | false | 0>> {
    type Found = Exclude<T, undefined | null | false | 0>;
    const { promise, resolve, reject } = Promise.withResolvers<Found>();
    const again = (): void => {
      try {
        const found = look();
        if (found !== undefined && found !== null && found !== false && found !== 0) resolve(found as Found);
      } catch (error) {
        reject(error);
      }
    };
    const timer = setTimeout(async () => {
      const lastLines = (await this.obs.log()).split('\n').slice(-40);
      reject(new Error(`waited in vain: ${what}\n${lastLines.join('\n')}`));
    }, boundMs);
    this.#waiting.add(again);
    again();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(again);
    }
  }
}
