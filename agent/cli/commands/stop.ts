import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { act, addCommand } from '../command.ts';
import { stopAgent } from '../stop-agent.ts';

/** `stop`: ends the agent in order and waits until it is gone. */
export function addStop(parent: Command, cli: Cli): void {
  const { summary, ended } = cli.words.stop;
  addCommand(parent, cli, 'stop', summary).action(
    act(cli, async () => {
      if (!(await stopAgent(cli))) throw cli.notRunning();
      cli.answer({ ended: true }, () => ended);
    }),
  );
}
