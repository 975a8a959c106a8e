/** Linux without systemd: an entry that every desktop starts at login (Desktop Application Autostart Specification). */
import path from 'node:path';
import { StreamAIError } from '../../../shared/errors.ts';
import { readAutostartFile, removeAutostartFile, writeAutostartFile } from './autostart-file.ts';
import type { AutostartSystem } from './system.ts';
import { configHome } from './systemd-unit.ts';
import type { Autostart, CommandLine } from './way.ts';

export class XdgAutostart implements Autostart {
  readonly kind = 'xdg';
  readonly place: string;

  constructor(system: AutostartSystem) {
    this.place = path.posix.join(configHome(system), 'autostart', 'streamai.desktop');
  }

  async isThere(): Promise<boolean> {
    return true;
  }

  async on(command: CommandLine): Promise<void> {
    writeAutostartFile(this.place, desktopEntry(command));
  }

  async off(): Promise<void> {
    removeAutostartFile(this.place);
  }

  async look(): Promise<CommandLine | null> {
    const text = readAutostartFile(this.place);
    // How desktops note that a person has switched an entry off.
    if (text === null || /^(Hidden=true|X-GNOME-Autostart-enabled=false)\s*$/m.test(text)) return null;
    return commandInEntry(text);
  }
}

/** @throws StreamAIError autostart_failed where a path has a line break, which would be another key */
export function desktopEntry(command: CommandLine): string {
  return `[Desktop Entry]
Type=Application
Name=StreamAI
Comment=Gets what OBS records to Vultr
Comment[fr]=Envoie à Vultr ce qu’OBS enregistre
Exec=${command.map(quoted).join(' ')}
Terminal=false
NoDisplay=true
`;
}

/**
 * As the Desktop Entry Specification has it for Exec: quotes, in which four characters need a backslash; % begins a field code;
 * and then every backslash once more, as in any value.
 */
function quoted(text: string): string {
  if (/[\n\r\0]/.test(text)) throw new StreamAIError('autostart_failed', { reason: JSON.stringify(text) });
  return `"${text.replace(/["`$\\]/g, '\\$&').replaceAll('%', '%%')}"`.replaceAll('\\', '\\\\');
}

/** The command in an entry; null where there is none. */
export function commandInEntry(text: string): CommandLine | null {
  const line = (/^Exec=(.+)$/m.exec(text)?.[1] ?? '').replaceAll('\\\\', '\\');
  const [program, ...args] = [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, inQuotes, bare]) =>
    (inQuotes?.replace(/\\(.)/g, '$1') ?? bare ?? '').replaceAll('%%', '%'),
  );
  return program === undefined ? null : [program, ...args];
}
