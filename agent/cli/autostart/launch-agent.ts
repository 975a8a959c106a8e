/**
 * macOS: a LaunchAgent (launchd.plist(5)). It is started at login and again after a crash; an orderly end, which has the exit
 * code 0, stays one.
 */
import path from 'node:path';
import { expectDone, readAutostartFile, removeAutostartFile, writeAutostartFile } from './autostart-file.ts';
import type { AutostartSystem } from './system.ts';
import type { Autostart, CommandLine } from './way.ts';

const label = 'local.streamai.agent';
const launchctl = '/bin/launchctl';

export class LaunchAgent implements Autostart {
  readonly kind = 'launch-agent';
  readonly place: string;
  readonly #system: AutostartSystem;

  constructor(system: AutostartSystem) {
    this.#system = system;
    this.place = path.posix.join(system.home, 'Library', 'LaunchAgents', `${label}.plist`);
  }

  async isThere(): Promise<boolean> {
    return true;
  }

  async on(command: CommandLine): Promise<void> {
    const domain = `gui/${this.#system.uid}`;
    writeAutostartFile(this.place, launchAgentText(command));
    // One that is loaded already would be kept as it was. Which it mostly is not, and that is no fault.
    await this.#system.call(launchctl, ['bootout', `${domain}/${label}`]);
    expectDone('launchctl enable', await this.#system.call(launchctl, ['enable', `${domain}/${label}`]));
    expectDone('launchctl bootstrap', await this.#system.call(launchctl, ['bootstrap', domain, this.place]));
  }

  async off(): Promise<void> {
    if (readAutostartFile(this.place) === null) return;
    await this.#system.call(launchctl, ['bootout', `gui/${this.#system.uid}/${label}`]);
    removeAutostartFile(this.place);
  }

  async look(): Promise<CommandLine | null> {
    const text = readAutostartFile(this.place);
    return text === null ? null : commandInPlist(text);
  }
}

const marks: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const escaped = (text: string): string => text.replace(/[&<>]/g, (mark) => marks[mark] ?? mark);

export function launchAgentText(command: CommandLine): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${label}</string>
  <key>ProgramArguments</key>
  <array>
${command.map((arg) => `    <string>${escaped(arg)}</string>`).join('\n')}
  </array>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ProcessType</key>
  <string>Background</string>
</dict>
</plist>
`;
}

/** The command in a LaunchAgent of ours; null where there is none. */
export function commandInPlist(text: string): CommandLine | null {
  const list = text.split('<key>ProgramArguments</key>')[1]?.split('</array>')[0] ?? '';
  const [program, ...args] = [...list.matchAll(/<string>([^<]*)<\/string>/g)].map(([, arg = '']) =>
    arg.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'),
  );
  return program === undefined ? null : [program, ...args];
}
