import type { Command } from 'commander';
import type { Bodies } from '../bodies.ts';
import type { Cli } from '../cli.ts';
import { act, addCommand, type CommonOptions } from '../command.ts';
import type { SetupOptions } from '../setup-body.ts';

/** `setup`: what OBS needs for StreamAI, written into OBS's files. */
export function addSetup(parent: Command, cli: Cli, work: NonNullable<Bodies['setup']>): void {
  const own = cli.words.setup;
  addCommand(parent, cli, 'setup', own.summary)
    .option('--dry-run', own.dryRun)
    .option('--undo', own.undo)
    .option('--no-wait', own.noWait)
    .option(
      '--obs <folder>',
      own.obs,
      (folder: string, before: readonly string[]) => [...before, folder],
      [] as readonly string[],
    )
    .action(act(cli, (options: CommonOptions & SetupOptions) => work(cli, options)));
}
