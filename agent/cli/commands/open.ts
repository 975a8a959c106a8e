import { homedir } from 'node:os';
import type { Command } from 'commander';
import { readOrCreateToken } from '../../config/token.ts';
import type { Cli } from '../cli.ts';
import { act, addCommand } from '../command.ts';
import { openPage } from '../open-page.ts';

/** `open`: the dock in the browser. */
export function addOpen(parent: Command, cli: Cli): void {
  const own = cli.words.open;
  addCommand(parent, cli, 'open', own.summary).action(
    act(cli, () =>
      cli.withAgent(async ({ url }) => {
        const { dataDir } = cli.environment();
        const { platform, env } = process;
        const token = readOrCreateToken(dataDir, cli.language);
        await openPage(`${url}/#token=${token}`, dataDir, { platform, env, home: homedir() });
        cli.answer({ url, opened: true }, () => own.opened(url));
      }),
    ),
  );
}
