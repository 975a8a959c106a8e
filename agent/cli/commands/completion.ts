import { Argument, type Command } from 'commander';
import type { Cli } from '../cli.ts';
import { act, addCommand } from '../command.ts';
import { completionScripts, type Shell, shells } from '../completion/completion.ts';
import { completionPlaces } from '../completion/tree.ts';

/** `completion SHELL`: a script for that shell; `--json` gives what it is made from. */
export function addCompletion(parent: Command, cli: Cli): void {
  const own = cli.words.completion;
  addCommand(parent, cli, 'completion', own.summary)
    .addArgument(new Argument('<shell>', own.shell).choices(shells))
    .action(
      act(cli, async (shell: Shell) => {
        const places = completionPlaces(parent);
        cli.answer({ shell, places }, () => completionScripts[shell](places, parent.name()).trimEnd());
      }),
    );
}
