/** One of the ways in which systems start programs of a user at login. */

/** Program and arguments, the program by its full path. */
export type CommandLine = readonly [program: string, ...args: string[]];

export type AutostartKind = 'run-key' | 'launch-agent' | 'systemd' | 'xdg';

/** One of the ways in which systems start programs of a user. */
export interface Autostart {
  readonly kind: AutostartKind;
  /** The file or the registry value in which it stands. */
  readonly place: string;
  /** Whether this system can. */
  isThere(): Promise<boolean>;
  /** @throws StreamAIError autostart_failed */
  on(command: CommandLine): Promise<void>;
  /** Takes away what `on` wrote, and nothing else; also where there is nothing. @throws StreamAIError autostart_failed */
  off(): Promise<void>;
  /** What would be started; null: nothing. */
  look(): Promise<CommandLine | null>;
}
