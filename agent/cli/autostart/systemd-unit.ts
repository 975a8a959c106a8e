/** Linux with systemd: a unit of the user's own (systemd.service(5)), started at login and again after a crash. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { StreamAIError } from '../../../shared/errors.ts';
import { expectDone, readAutostartFile, removeAutostartFile, writeAutostartFile } from './autostart-file.ts';
import type { AutostartSystem, Called } from './system.ts';
import type { Autostart, CommandLine } from './way.ts';

const unit = 'streamai.service';
/** Where packages put units for every user's own systemd. One that is there is enabled, not written again. */
const packageFolders = ['/usr/lib/systemd/user', '/usr/local/lib/systemd/user', '/lib/systemd/user'];

export class SystemdUnit implements Autostart {
  readonly kind = 'systemd';
  readonly #system: AutostartSystem;
  /** The unit that we write. */
  readonly #own: string;
  readonly #packaged: string | undefined;

  constructor(system: AutostartSystem, folders: readonly string[] = packageFolders) {
    this.#system = system;
    this.#own = path.posix.join(configHome(system), 'systemd', 'user', unit);
    this.#packaged = folders.map((folder) => path.posix.join(folder, unit)).find((file) => existsSync(file));
  }

  get place(): string {
    return this.#packaged ?? this.#own;
  }

  /** A machine can have systemd without one for the user: in a container, after su. */
  async isThere(): Promise<boolean> {
    return (await this.#systemctl('show-environment')).code === 0;
  }

  async on(command: CommandLine): Promise<void> {
    if (this.#packaged === undefined) writeAutostartFile(this.#own, unitText(command));
    expectDone('systemctl daemon-reload', await this.#systemctl('daemon-reload'));
    expectDone('systemctl enable', await this.#systemctl('enable', '--now', unit));
  }

  /** What runs goes on to run. */
  async off(): Promise<void> {
    if (readAutostartFile(this.place) === null) return;
    await this.#systemctl('disable', unit);
    if (readAutostartFile(this.#own) === null) return;
    removeAutostartFile(this.#own);
    await this.#systemctl('daemon-reload');
  }

  async look(): Promise<CommandLine | null> {
    const text = readAutostartFile(this.place);
    if (text === null || (await this.#systemctl('is-enabled', unit)).code !== 0) return null;
    return commandInUnit(text);
  }

  #systemctl(...args: readonly string[]): Promise<Called> {
    return this.#system.call('systemctl', ['--user', ...args]);
  }
}

/** $XDG_CONFIG_HOME, which counts only as a full path (XDG Base Directory Specification). */
export function configHome({ env, home }: Pick<AutostartSystem, 'env' | 'home'>): string {
  const named = env.XDG_CONFIG_HOME;
  return named && path.posix.isAbsolute(named) ? named : path.posix.join(home, '.config');
}

/** @throws StreamAIError autostart_failed where a path has a line break, which no unit can have */
export function unitText(command: CommandLine): string {
  const [program, ...args] = startable(command);
  const exec = [quoted(program), ...args.map((arg) => quoted(arg).replaceAll('$', '$$$$'))].join(' ');
  return `[Unit]
Description=StreamAI
StartLimitIntervalSec=300
StartLimitBurst=10

[Service]
ExecStart=${exec}
Restart=on-failure
RestartSec=5

[Install]
WantedBy=default.target
`;
}

/** Runs what comes after it, whatever its path is. */
const throughShell = ['/bin/sh', '-c', 'exec "$0" "$@"'] as const;

/** systemd takes no program whose path has quotes or backslashes; as arguments it takes them. */
const startable = (command: CommandLine): CommandLine =>
  /["'\\]/.test(command[0]) ? [...throughShell, ...command] : command;

/** As systemd.syntax(7) and systemd.service(5) have it: C escapes within quotes; % begins a specifier. In arguments, $ a variable. */
function quoted(text: string): string {
  if (/[\n\r\0]/.test(text)) throw new StreamAIError('autostart_failed', { reason: JSON.stringify(text) });
  return `"${text.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%')}"`;
}

/** The command in a unit; null where there is none. */
export function commandInUnit(text: string): CommandLine | null {
  const line = /^ExecStart=(.+)$/m.exec(text)?.[1] ?? '';
  const words = [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, inQuotes, bare]) =>
    (inQuotes?.replace(/\\(.)/g, '$1') ?? bare ?? '').replaceAll('%%', '%'),
  );
  const plain = words.map((word, index) => (index === 0 ? word : word.replaceAll('$$', '$')));
  const isThrough = throughShell.every((word, index) => plain[index] === word);
  const [program, ...args] = isThrough ? plain.slice(throughShell.length) : plain;
  return program === undefined ? null : [program, ...args];
}
