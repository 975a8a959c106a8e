/** Where a folder that OBS has under its own path lies on this machine, as a share of it does. Real ones, root. */
export interface ThisMachines {
  readonly here: string;
}

/** How an OBS under test is configured before it starts. */
export interface ObsOptions {
  /** Where it records. Created when missing; OBS sees it under the same path. */
  readonly recordingsDir: string;
  /** Whether only OBS sees what it records, as on a machine of its own; the folder is there for others, and empty. Real ones, root. */
  readonly elsewhere?: boolean | ThisMachines;
  /** obs-websocket's port; a free one when not given. */
  readonly port?: number;
  /** obs-websocket's password; a random one when not given. Empty: the real OBS makes one itself, as it does for people. */
  readonly password?: string;
  /** The value of OBS's RecFormat2 / RecFormat: mkv, mp4, flv, and from 30.x on hybrid_mp4, fragmented_mp4 … */
  readonly format?: string;
  /** Allows SplitRecordFile (Advanced mode only). Default false. */
  readonly split?: boolean;
  /** Constant video bitrate in kbit/s. Default 2500. */
  readonly kbps?: number;
  /** Canvas and rate, where the small default cannot hold the bitrate; the simulated OBS holds any. */
  readonly video?: { readonly width: number; readonly height: number; readonly fps: number };
  /** Whether obs-websocket's server is on. Default true; when false, ready means only that OBS has started. */
  readonly websocket?: boolean;
  /** Further settings of its profile, over those that follow from the rest: `Section/Key` to value. */
  readonly profile?: Readonly<Record<string, string>>;
  /** Default Advanced. */
  readonly outputMode?: 'Simple' | 'Advanced';
}

/** newest: OBS 32.x from Debian testing. system: the machine's own OBS (Debian 12: 29.0.2). simulated: scripts/rig/simulated-obs.ts. */
export type ObsKind = 'newest' | 'system' | 'simulated';

/** One OBS, real or simulated, that a test can start, talk to and kill. */
export interface RigObs {
  readonly kind: ObsKind;
  /** OBS's own version, such as 32.2.2. */
  readonly version: string;
  readonly host: string;
  readonly port: number;
  readonly password: string;
  readonly recordingsDir: string;
  /** The folder that plays the role of OBS's config root (the one that contains global.ini), for discovery tests. */
  readonly configDir: string;
  /** Whether its process is alive. */
  readonly running: boolean;
  /** Asks OBS to end and waits until it is gone. Nothing happens when it is not running. */
  stop(): Promise<void>;
  /** Kills OBS without warning (SIGKILL) and waits until it is gone. */
  kill(): Promise<void>;
  /** Starts it again with the same configuration and folder, after stop or kill; resolves when it is ready. */
  restart(): Promise<void>;
  /** The titles of its windows and messages. The real ones need the peer `xdotool`; the simulated one has none. */
  windowTitles(): Promise<string[]>;
  /** Clicks a message of OBS away, such as 'Recording error'; resolves when it is gone. The real ones need the peer `xdotool`. */
  closeMessage(title: string): Promise<void>;
  /** OBS's log so far, for failure messages. */
  log(): Promise<string>;
  /** Ends it and removes its throw-away configuration; the recordings stay. */
  dispose(): Promise<void>;
}
