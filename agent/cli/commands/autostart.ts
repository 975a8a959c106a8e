import path from 'node:path';
import type { Command } from 'commander';
import { type AutostartState, autostartOff, autostartOn, autostartState } from '../autostart/autostart.ts';
import { thisSystem } from '../autostart/system.ts';
import type { CommandLine } from '../autostart/way.ts';
import type { Cli } from '../cli.ts';
import { act, addCommand, addGroup, type CommonOptions } from '../command.ts';

/** `autostart on|off|status`: whether StreamAI starts with the machine. */
export function addAutostart(parent: Command, cli: Cli): void {
  const own = cli.words.autostart;
  const group = addGroup(parent, cli, 'autostart', own.summary);
  addCommand(group, cli, 'on', own.on)
    .option('--program <path>', own.program)
    .action(
      act(cli, async ({ program }: CommonOptions & { readonly program?: string }) => {
        const command: CommandLine =
          program === undefined ? cli.installation.run('start') : [path.resolve(program), 'start'];
        await autostartOn(thisSystem(), command);
        await tell(cli);
      }),
    );
  addCommand(group, cli, 'off', own.off).action(
    act(cli, async () => {
      await autostartOff(thisSystem());
      await tell(cli);
    }),
  );
  addCommand(group, cli, 'status', own.status).action(act(cli, () => tell(cli)));
}

async function tell(cli: Cli): Promise<void> {
  const state = await autostartState(thisSystem());
  cli.answer(state, () => autostartLines(state, cli).join('\n'));
}

/** Whether it is on, where that stands, and what would be started. */
export function autostartLines(state: AutostartState, { words, output }: Pick<Cli, 'words' | 'output'>): string[] {
  const own = words.autostart;
  if (!state.on) return [own.isOff];
  const command = state.command?.join(' ') ?? '';
  return [
    `${output.good('✓')} ${own.isOn(own.kinds[state.kind], state.place)}`,
    state.programExists ? `  ${command}` : `${output.bad('✗')} ${own.programMissing(command)}`,
  ];
}
