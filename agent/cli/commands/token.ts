import { homedir } from 'node:os';
import type { Command } from 'commander';
import { urlHost } from '../../config/agent-address.ts';
import { logFile, prepareDataDir } from '../../config/data-dir.ts';
import { readOrCreateToken } from '../../config/token.ts';
import { writeWaitingPage } from '../../waiting-page/place.ts';
import type { Cli } from '../cli.ts';
import { AgentClient } from '../client.ts';
import { act, addCommand, type CommonOptions } from '../command.ts';
import { removeOpenPages } from '../open-page.ts';
import { renewEverywhere } from '../renew-token.ts';

/** `token`: the dock's address; with `--new`, a new token first. Also while the agent does not run. */
export function addToken(parent: Command, cli: Cli): void {
  const { summary, renewed, obs, browser, ...help } = cli.words.token;
  addCommand(parent, cli, 'token', summary)
    .option('--new', help.new)
    .action(
      act(cli, async (options: CommonOptions & { readonly new?: true }) => {
        const environment = cli.environment();
        const { dataDir, host, port } = environment;
        prepareDataDir(dataDir, cli.language);
        const agent = await AgentClient.find(environment, cli.language);
        const url = agent?.url ?? `http://${urlHost(host)}:${port}`;
        const token = options.new
          ? await renewEverywhere(agent, dataDir, cli.language)
          : readOrCreateToken(dataDir, cli.language);
        agent?.close();
        if (options.new) removeOpenPages(dataDir, homedir(), 0);
        const address = `${url}/#token=${token}`;
        const { address: dock } = await writeWaitingPage(dataDir, {
          logFile: logFile(dataDir),
          language: cli.language,
        });
        cli.answer({ url, token, address, dock }, () =>
          [...(options.new ? [renewed] : []), `${obs} ${dock}`, `${browser} ${address}`].join('\n'),
        );
      }),
    );
}
