/** What clients see of OBS: connection, version, what it can do now and why not; and OBS pointed at the wanted folder. */
import { stat } from 'node:fs/promises';
import type { ObsConnectionInfo } from '../../shared/api.ts';
import type { ObsStatus } from '../../shared/domain.ts';
import { type ErrorCode, type ErrorInfo, errorInfo } from '../../shared/errors.ts';
import type { Settings } from '../../shared/settings.ts';
import { fileWork } from '../files/file-work.ts';
import { checkPath } from '../files/open-recording.ts';
import { isBelow } from '../files/path-rules.ts';
import type { LiveEvents } from '../live-events.ts';
import type { Log } from '../log.ts';
import type { ObsService } from '../services.ts';
import { isStranger, type ObsConnection, socketUrl } from './connection.ts';
import { obsPathSchema } from './protocol.ts';
import { type RecordSetup, readFrameCounts, readSetup } from './read-back.ts';
import { type RecordKind, readRecordKind } from './record-kind.ts';

export interface ObsFactsPorts {
  readonly obs: ObsConnection;
  readonly live: LiveEvents;
  readonly log: Log;
  readonly settings: () => Settings;
  /** Whether OBS records now: its folder cannot be changed then. */
  readonly isRecording: () => boolean;
  /** Whether OBS runs on another machine, as far as its address tells; left out: it does not. */
  readonly isObsRemote?: () => boolean;
}

/** How often OBS is asked for its set-up while nothing is recorded (ms). */
const refreshEveryMs = 15_000;

export class ObsFacts implements ObsService {
  readonly #ports: ObsFactsPorts;
  readonly #listeners = new Set<() => void>();
  #setup: RecordSetup | null = null;
  #freeBytes: number | null = null;
  /** What was announced last, as JSON. */
  #published = '';
  /** The reading under way, and the one that is to come after it. */
  #reading: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #folderProblem: ErrorInfo | null = null;
  /** Why OBS's folder cannot be read here. */
  #reachProblem: ErrorInfo | null = null;

  constructor(ports: ObsFactsPorts) {
    this.#ports = ports;
    ports.obs.onStatus(() => this.publish());
    ports.obs.on((event) => {
      if (['connected', 'events_missed', 'profile_changed', 'profiles_changed'].includes(event.type))
        void this.refresh();
      // The next one may be another run, with other settings, or another machine's.
      if (event.type === 'disconnected') {
        this.#setup = null;
        this.#freeBytes = null;
      }
      // OBS tells of no setting that a person changed in it: it is asked at every start and stop, and now and then.
      if (event.type === 'record_state' && (event.state === 'started' || event.state === 'stopped'))
        void this.refresh();
    });
  }

  status(): ObsStatus {
    const { obs } = this.#ports;
    const setup = obs.connected ? this.#setup : null;
    const can = (request: string): boolean => obs.readback?.availableRequests.has(request) ?? false;
    const canPause = setup?.kind.canPause ?? false;
    const canSplit = (setup?.kind.splits ?? false) && can('SplitRecordFile');
    /** FFmpeg's output can do neither. */
    const whyNot = (code: ErrorCode): ErrorInfo => errorInfo(setup?.kind.ffmpeg ? 'ffmpeg_output_limited' : code);
    return {
      state: obs.state,
      address: obs.address,
      version: obs.readback?.obsVersion ?? null,
      websocketVersion: obs.readback?.websocketVersion ?? null,
      problem:
        obs.problem ?? (obs.connected ? (this.#folderProblem ?? this.#reachProblem ?? formatProblem(setup)) : null),
      canPause,
      canSplit,
      canChapter: setup !== null && isHybrid(setup.kind) && can('CreateRecordChapter'),
      pauseProblem: setup === null || canPause ? null : whyNot('pause_unavailable'),
      splitProblem: setup === null || canSplit ? null : whyNot('split_unavailable'),
      recordDirectory: setup?.directory ?? null,
      freeBytes: this.#freeBytes,
    };
  }

  /** Called when OBS's set-up was read again: at each connect, start and stop, when its profiles changed, and now and then. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  connectionInfo(): ObsConnectionInfo {
    const { obs } = this.#ports;
    const { target, url, problem } = obs;
    // A dock would prove to a stranger that it knows OBS's password, for that one to guess it from.
    if (problem !== null && isStranger(problem)) throw obs.unavailable();
    const { obsHost, obsPort, obsPassword } = this.#ports.settings();
    return target
      ? { url, password: target.password }
      : { url: socketUrl({ host: obsHost, port: obsPort ?? 4455 }), password: obsPassword };
  }

  reconnect(): void {
    this.#ports.obs.reconnect();
  }

  noteFreeBytes(bytes: number): void {
    const before = this.#freeBytes;
    this.#freeBytes = bytes;
    // It changes all the time; a per cent is news.
    if (before === null || Math.abs(before - bytes) > before / 100) this.publish();
  }

  start(): void {
    const { obs, isRecording } = this.#ports;
    this.#timer = setInterval(() => {
      if (obs.connected && !isRecording()) void this.refresh();
    }, refreshEveryMs);
  }

  close(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  /** Announces what OBS is and can, where that is news. */
  publish(): void {
    const status = this.status();
    const text = JSON.stringify(status);
    if (text === this.#published) return;
    this.#published = text;
    this.#ports.live.publish('obs_updated', status);
  }

  /** Reads OBS's set-up again and points it at the wanted folder, when it can. Asked for meanwhile, it is done once more. */
  refresh(): Promise<void> {
    if (this.#reading !== null) {
      this.#next ??= this.#reading.then(() => {
        this.#next = null;
        return this.refresh();
      });
      return this.#next;
    }
    this.#reading = this.#read().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #read(): Promise<void> {
    const { obs, log } = this.#ports;
    try {
      await this.#pointAtFolder();
      const [setup, { freeBytes }] = await Promise.all([readSetup(obs), readFrameCounts(obs)]);
      this.#setup = setup;
      this.#freeBytes = freeBytes;
      this.publish();
      // Not awaited: a share that hangs takes its time.
      void this.#reach(setup);
      for (const listener of this.#listeners) listener();
    } catch (error) {
      if (obs.connected) log.warn({ err: error }, 'OBS did not tell how it is set up');
    }
  }

  /** Looks whether OBS's folder can be read here. */
  async #reach(setup: RecordSetup): Promise<void> {
    const directory = setup.directory ?? setup.directoryElsewhere;
    const { settings, isObsRemote } = this.#ports;
    const isMapped = (settings().pathMappings ?? []).some(({ here }) => directory !== null && isBelow(here, directory));
    const problem =
      directory === null || (!isMapped && isReachable(directory) && !isObsRemote?.())
        ? null
        : (await isFolder(directory))
          ? null
          : errorInfo(isMapped ? 'obs_folder_away' : 'obs_folder_not_reachable', { folder: directory });
    // Read anew meanwhile.
    if (this.#setup !== setup) return;
    this.#reachProblem = problem;
    this.publish();
  }

  async #pointAtFolder(): Promise<void> {
    const { obs, settings, isRecording, log } = this.#ports;
    const folder = settings().recordingsDir;
    if (folder === null || isRecording()) return;
    try {
      if (obs.readback?.availableRequests.has('SetRecordDirectory')) {
        await obs.send('SetRecordDirectory', { recordDirectory: folder });
      } else {
        for (const [parameterCategory, parameterName] of [
          ['SimpleOutput', 'FilePath'],
          ['AdvOut', 'RecFilePath'],
        ] as const) {
          await obs.send('SetProfileParameter', { parameterCategory, parameterName, parameterValue: folder });
        }
      }
      const { ffmpeg, folder: parameter } = await readRecordKind(obs);
      // Neither of those is its folder.
      if (ffmpeg) await obs.send('SetProfileParameter', { ...parameter, parameterValue: folder });
      this.#folderProblem = null;
    } catch (error) {
      // OBS may have begun to record this very moment; then the next start gets the folder.
      if (isRecording()) return;
      this.#folderProblem = errorInfo('folder_unreadable', { folder, reason: 'OBS refused it' });
      log.warn({ err: error, folder }, 'OBS could not be pointed at the recordings folder');
    }
  }
}

/** Whether it is a path of this system's at all. */
const isReachable = (directory: string): boolean => obsPathSchema.safeParse(directory).success;

async function isFolder(directory: string): Promise<boolean> {
  try {
    if (!isReachable(directory)) return false;
    checkPath(directory);
    return (await fileWork.doIn(directory, () => stat(directory))).isDirectory();
  } catch {
    return false;
  }
}

/** The formats that have chapters. */
const isHybrid = ({ ffmpeg, format }: RecordKind): boolean => !ffmpeg && format.startsWith('hybrid_');

function formatProblem(setup: RecordSetup | null): ReturnType<typeof errorInfo> | null {
  return setup?.kind.writes === 'playlist' ? errorInfo('format_not_uploaded', { format: setup.kind.format }) : null;
}
