import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { defaultVideo } from '../obs-config.ts';
import { framesMs } from './container.ts';
import { formatFileName, recordingPath } from './file-name.ts';
import type { Misbehaviour } from './misbehaviour.ts';
import type { Profile } from './profile.ts';
import { type JsonObject, subscription } from './protocol.ts';
import { containerFor, extensionOf, RecordingFile } from './recording-file.ts';
import type { ObsTraits } from './versions.ts';

/** What a recorder needs of the OBS that it is part of. */
export interface RecorderOptions {
  readonly traits: ObsTraits;
  readonly profile: Profile;
  readonly misbehaviour: Misbehaviour;
  /** Video bitrate in kbit/s. */
  kbps(): number;
  /** Times that OBS's clock goes faster than ours. */
  readonly timesFaster: number;
  readonly broadcast: (intent: number, type: string, data: JsonObject) => void;
}

type Phase = 'idle' | 'starting' | 'recording' | 'paused' | 'stopping' | 'ending';
type OutputState = 'STARTING' | 'STARTED' | 'PAUSED' | 'RESUMED' | 'STOPPING' | 'STOPPED';

/** About how long real OBS takes for each step. */
const stepMs = { event: 10, started: 40, muxerProcess: 200, stopped: 200, tick: 50 } as const;

/** OBS's record output: its states, its events in their order, and the files that it grows. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Every file that is not closed yet. */
  readonly #open = new Set<RecordingFile>();
  /** Chosen when OBS loads the profile: another format set later changes the next file's name, but not its contents. */
  readonly #muxer: string;
  #phase: Phase = 'idle';
  #settings: JsonObject = {};
  #file: RecordingFile | undefined;
  #firstPath = '';
  #tick: NodeJS.Timeout | undefined;
  #frames = 0;
  #bytes = 0;
  #encodedMs = 0;
  #runningSince = 0;
  #splitWanted = false;
  #held: (() => void) | undefined;
  /** Events that a dialog holds back, oldest first. */
  readonly #heldBack: (() => void)[] = [];
  /** Messages about write errors that nobody has clicked away. */
  #messages = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#muxer = options.profile.format;
  }

  /** What OBS's frontend calls active: from STARTED to STOPPED. */
  get active(): boolean {
    return this.#phase === 'recording' || this.paused || this.#phase === 'stopping';
  }

  get paused(): boolean {
    return this.#phase === 'paused';
  }

  /** The path of the recording's first file, which is all that OBS tells after a split. */
  get path(): string {
    return this.#firstPath;
  }

  /** The output's settings, as GetOutputSettings shows them; empty before the first start. */
  get settings(): JsonObject {
    return this.#settings;
  }

  get status() {
    const active = this.active || this.#phase === 'ending';
    const ms = active ? framesMs(this.#totalFrames) : 0;
    return {
      outputActive: active,
      outputPaused: this.paused,
      outputTimecode: new Date(ms).toISOString().slice(11, -1),
      outputDuration: ms,
      outputBytes: this.#bytes + (this.#file?.bytes ?? 0),
      frames: this.#totalFrames,
    };
  }

  /** Nothing tells when it fails: OBS shows a dialog instead. */
  start(): void {
    const { misbehaviour, profile } = this.#options;
    const how = misbehaviour.nextStart;
    if (this.#phase !== 'idle') return;
    misbehaviour.nextStart = 'normal';
    if (how === 'dialog' || !existsSync(profile.folder)) return;
    this.#phase = 'starting';
    this.#later(stepMs.event, () => this.#announce('STARTING'));
    if (how === 'dialog-after-starting') this.#later(stepMs.started, () => this.#giveUp());
    else this.#later(stepMs.started, () => this.#beginOrGiveUp());
  }

  stop(): void {
    const { stop } = this.#options.misbehaviour;
    if ((this.#phase !== 'recording' && !this.paused) || stop === 'ignored') return;
    this.#encode();
    this.#phase = 'stopping';
    this.#later(stepMs.event, () => this.#announce('STOPPING'));
    if (stop === 'hangs') return;
    this.#later(stepMs.stopped, () => {
      this.#finish();
      this.#end();
    });
  }

  pause(): void {
    const { profile, misbehaviour } = this.#options;
    if (this.#phase !== 'recording' || misbehaviour.refusesPause || !profile.pausable) return;
    this.#encode();
    this.#encodedMs += this.#now - this.#runningSince;
    this.#phase = 'paused';
    this.#later(stepMs.event, () => this.#announce('PAUSED'));
  }

  resume(): void {
    if (!this.paused) return;
    this.#runningSince = this.#now;
    this.#phase = 'recording';
    this.#later(stepMs.event, () => this.#announce('RESUMED'));
  }

  /** Asks for a new file; it begins at the next key frame. @returns whether this recording can be split now */
  split(): boolean {
    if (this.#phase !== 'recording' || this.#settings.split_file !== true) return false;
    this.#splitWanted = true;
    return true;
  }

  /** @returns whether this recording can have chapters now */
  addChapter(name: string | undefined): boolean {
    if (this.#phase !== 'recording' || !this.#hybrid) return false;
    this.#encode();
    this.#file?.addChapter(name);
    return true;
  }

  /** The disk is full: OBS gives up by itself, without STOPPING, and cannot finalise the file. */
  fillDisk(): void {
    if (this.#phase !== 'recording' && !this.paused) return;
    this.#encode();
    this.#letGo();
    this.#end();
  }

  /**
   * A write fails, because the disk is full or gone: OBS 32 stops, and does not say so before its message about it is clicked away.
   * Meanwhile it can record anew.
   */
  failWriting(): void {
    if (this.#phase !== 'recording' && !this.paused) return;
    this.#encode();
    this.#letGo();
    clearInterval(this.#tick);
    this.#phase = 'idle';
    this.#messages += 1;
  }

  /** STOPPED names the file of the recording that is made by then: it is read from the output (seen on 32.2). */
  closeMessages(): void {
    for (; this.#messages > 0; this.#messages--) this.#announce('STOPPED', this.#firstPath);
  }

  /** The dialog that held events back is gone. */
  releaseEvents(): void {
    for (const send of this.#heldBack.splice(0)) send();
  }

  /** OBS is gone from one moment to the next; its hybrid files stay as they are. */
  kill(): void {
    clearInterval(this.#tick);
    for (const timer of this.#timers) clearTimeout(timer);
    const { killsMuxer, stop } = this.#options.misbehaviour;
    if (!this.#hybrid && !killsMuxer && stop !== 'hangs') this.#finish();
    for (const file of this.#open) file.abandon();
    this.#timers.clear();
    this.#open.clear();
    this.#phase = 'idle';
    this.#messages = 0;
    this.#heldBack.length = 0;
  }

  /** Resolves once nothing is recorded and every file is closed. */
  async allClosed(): Promise<void> {
    while (this.#phase !== 'idle' || this.#open.size > 0) await delay(10);
  }

  /** The file stays as it is. */
  #letGo(): void {
    const file = this.#file;
    this.#file = undefined;
    if (!file) return;
    this.#bytes += file.bytes;
    this.#close(file);
  }

  get #hybrid(): boolean {
    return this.#muxer.startsWith('hybrid');
  }

  get #totalFrames(): number {
    return this.#frames + (this.#file?.frames ?? 0);
  }

  /** A file that cannot be opened, because of its name or the folder's rights, is a dialog as well. */
  #beginOrGiveUp(): void {
    try {
      this.#begin();
    } catch {
      this.#giveUp();
    }
  }

  #giveUp(): void {
    this.#phase = 'idle';
    this.#held = undefined;
  }

  #begin(): void {
    const { profile } = this.#options;
    this.#frames = 0;
    // Seen on 32.2: hybrid formats are counted over all recordings since OBS started.
    if (!this.#hybrid) this.#bytes = 0;
    this.#encodedMs = 0;
    this.#splitWanted = false;
    this.#settings = {
      allow_overwrite: profile.overwrites,
      allow_spaces: true,
      directory: profile.folder,
      extension: extensionOf(profile.format),
      format: profile.fileNameFormat,
      max_size_mb: 0,
      max_time_sec: 0,
      muxer_settings: '',
      split_file: profile.splits,
    };
    const file = this.#newFile();
    this.#firstPath = this.#told(file.path);
    this.#settings.path = this.#firstPath;
    this.#runningSince = this.#now;
    this.#phase = 'recording';
    // FFmpeg's formats are written by a process of their own, which OBS has to start first.
    if (this.#hybrid) file.create();
    else this.#later(stepMs.muxerProcess, () => file.create());
    this.#announce('STARTED', this.#firstPath);
    const tick = (): void => {
      if (!this.#options.misbehaviour.stalled) this.#encode();
    };
    this.#tick = setInterval(tick, stepMs.tick / this.#options.timesFaster);
  }

  /** A file's path as this OBS names it. */
  #told(file: string): string {
    const { foreignFolder, namesFile } = this.#options.misbehaviour;
    if (namesFile !== null) return namesFile;
    return foreignFolder === null ? file : `${foreignFolder}/${path.basename(file)}`;
  }

  #newFile(): RecordingFile {
    const { directory, format, extension } = this.#settings;
    const name = formatFileName(String(format), new Date(), defaultVideo);
    const overwrite = this.#settings.allow_overwrite === true;
    const file = recordingPath(String(directory), name, String(extension), process.platform, overwrite);
    this.#file = new RecordingFile(file, containerFor(this.#muxer), this.#options.kbps(), this.#frames);
    this.#open.add(this.#file);
    return this.#file;
  }

  /** Catches up with the clock. */
  #encode(): void {
    if (this.#phase !== 'recording') return;
    const ms = this.#encodedMs + this.#now - this.#runningSince;
    this.#file?.encodeUpTo(Math.floor((ms * defaultVideo.fps) / 1000) - this.#frames);
    if (this.#splitWanted) this.#changeFile();
  }

  #changeFile(): void {
    this.#splitWanted = false;
    this.#finish();
    const file = this.#newFile();
    file.create();
    if (this.#options.traits.splitsOnRequest) this.#tell('RecordFileChanged', { newOutputPath: this.#told(file.path) });
  }

  /** Ends the current file; its header may be put right later. */
  #finish(): void {
    const file = this.#file;
    if (!file) return;
    const putRight = file.finish();
    this.#frames += file.frames;
    this.#bytes += file.bytes;
    this.#file = undefined;
    const close = () => {
      putRight();
      this.#close(file);
    };
    const { finaliseDelayMs } = this.#options.misbehaviour;
    if (finaliseDelayMs > 0) this.#later(stepMs.stopped + finaliseDelayMs, close);
    else close();
  }

  #close(file: RecordingFile): void {
    file.abandon();
    this.#open.delete(file);
  }

  #end(): void {
    clearInterval(this.#tick);
    this.#phase = 'ending';
    this.#announce('STOPPED', this.#firstPath);
    this.#later(this.#options.traits.activeAfterStoppedMs, () => {
      this.#phase = 'idle';
    });
  }

  #announce(state: OutputState, path: string | null = null): void {
    const { misbehaviour } = this.#options;
    const data = {
      outputActive: state === 'STARTED' || state === 'RESUMED',
      outputPath: misbehaviour.tellsNoPath ? null : path,
      outputState: `OBS_WEBSOCKET_OUTPUT_${state}`,
    };
    const send = () => this.#tell('RecordStateChanged', data);
    const early = state === 'STARTING' || state === 'STOPPING';
    if (early && misbehaviour.recordEvents === 'out-of-order') {
      this.#held = send;
      return;
    }
    send();
    if (misbehaviour.recordEvents === 'duplicated') send();
    this.#held?.();
    this.#held = undefined;
  }

  #tell(type: string, data: JsonObject): void {
    const { broadcast, misbehaviour } = this.#options;
    const send = () => broadcast(subscription.outputs, type, data);
    if (misbehaviour.holdsEvents) this.#heldBack.push(send);
    else send();
  }

  #later(ms: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, ms / this.#options.timesFaster);
    this.#timers.add(timer);
  }

  /** OBS's own clock, ms. */
  get #now(): number {
    return Date.now() * this.#options.timesFaster;
  }
}
