/** StreamAI started with the machine: for this user, without a window and without an administrator. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { LaunchAgent } from './launch-agent.ts';
import { RunKey } from './run-key.ts';
import type { AutostartSystem } from './system.ts';
import { SystemdUnit } from './systemd-unit.ts';
import type { Autostart, AutostartKind, CommandLine } from './way.ts';
import { XdgAutostart } from './xdg-autostart.ts';

export interface AutostartState {
  readonly on: boolean;
  readonly kind: AutostartKind;
  readonly place: string;
  readonly command: CommandLine | null;
  /** Whether the program that would be started is there, with every file that it is given; null: none would be. */
  readonly programExists: boolean | null;
}

const isFullPath = (text: string): boolean => path.posix.isAbsolute(text) || path.win32.isAbsolute(text);

/** The ways of this system, the best one first. */
function ways(system: AutostartSystem): [Autostart, ...Autostart[]] {
  if (system.platform === 'win32') return [new RunKey(system)];
  if (system.platform === 'darwin') return [new LaunchAgent(system)];
  return [new SystemdUnit(system), new XdgAutostart(system)];
}

/** What is set up, or else where it would be. */
export async function autostartState(system: AutostartSystem): Promise<AutostartState> {
  const [first, ...others] = ways(system);
  for (const way of [first, ...others]) {
    const command = await way.look();
    if (command === null) continue;
    const { kind, place } = way;
    return {
      on: true,
      kind,
      place,
      command,
      programExists: command.every((each) => !isFullPath(each) || existsSync(each)),
    };
  }
  const { kind, place } = await bestWay(system);
  return { on: false, kind, place, command: null, programExists: null };
}

/** Starts it with the machine from now on; what another way had is taken away. @throws StreamAIError autostart_failed */
export async function autostartOn(system: AutostartSystem, command: CommandLine): Promise<void> {
  const best = await bestWay(system);
  for (const way of ways(system)) if (way.kind !== best.kind) await way.off();
  await best.on(command);
}

/** @throws StreamAIError autostart_failed */
export async function autostartOff(system: AutostartSystem): Promise<void> {
  for (const way of ways(system)) await way.off();
}

async function bestWay(system: AutostartSystem): Promise<Autostart> {
  const [first, ...others] = ways(system);
  for (const way of [first, ...others]) if (await way.isThere()) return way;
  return others.at(-1) ?? first;
}
