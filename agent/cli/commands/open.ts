import { homedir } from 'node:os';
import type { Command } from 'commander';
import { readOrCreateToken } from '../../config/token.ts';
import type { Cli } from '../cli.ts';
import { AgentClient } from '../client.ts';
import { act, addCommand } from '../command.ts';
import { openPage } from '../open-page.ts';
import { startBehind } from '../start-behind.ts';

/** `open`: the dock in the browser; what a menu's entry runs, so that it starts StreamAI where it does not run. */
export function addOpen(parent: Command, cli: Cli): void {
  const own = cli.words.open;
  addCommand(parent, cli, 'open', own.summary).action(
    act(cli, async () => {
      const environment = cli.environment();
      const agent = (await AgentClient.find(environment, cli.language)) ?? (await startBehind(cli));
      const { url } = agent;
      agent.close();
      const { platform, env } = process;
      const token = readOrCreateToken(environment.dataDir, cli.language);
      await openPage(`${url}/#token=${token}`, environment.dataDir, { platform, env, home: homedir() });
      cli.answer({ url, opened: true }, () => own.opened(url));
    }),
  );
}
