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
    const target = `${domain}/${label}`;
    const text = launchAgentText(command);
    if (readAutostartFile(this.place) !== text) writeAutostartFile(this.place, text);
    expectDone('launchctl enable', await this.#system.call(launchctl, ['enable', target]));
    const loaded = await this.#system.call(launchctl, ['print', target]);
    // What runs goes on to run: `bootout` would end it in the middle of its uploads. The new file counts from the next login on.
    if (loaded.code === 0 && isRunning(loaded.stdout)) return;
    // One that is loaded and does not run would be kept as it was.
    if (loaded.code === 0) await this.#system.call(launchctl, ['bootout', target]);
    expectDone('launchctl bootstrap', await this.#system.call(launchctl, ['bootstrap', domain, this.place]));
  }

  /** launchd loads what lies in that folder at login: without the file, nothing is. What runs goes on to run. */
  async off(): Promise<void> {
    removeAutostartFile(this.place);
  }

  async look(): Promise<CommandLine | null> {
    const text = readAutostartFile(this.place);
    return text === null ? null : commandInPlist(text);
  }
}

/** Of what `launchctl print` says of a service; one that it does not know to be ended counts as running. */
const isRunning = (text: string): boolean =>
  /^[\t ]*pid = \d/m.test(text) || !/^[\t ]*state = (not running|exited|waiting)/m.test(text);

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
