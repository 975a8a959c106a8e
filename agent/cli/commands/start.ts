import type { Command } from 'commander';
import type { AgentEnvironment } from '../../config/environment.ts';
import { readOrCreateToken } from '../../config/token.ts';
import type { Cli } from '../cli.ts';
import { AgentClient, isFolderInUse } from '../client.ts';
import { act, addCommand, type CommonOptions } from '../command.ts';
import { startBehind } from '../start-behind.ts';
import { waitFor } from '../waiting.ts';

/** How long an agent that starts or ends may keep us waiting, ms. */
const othersMs = 20_000;

/** `start`: the agent, here or in the background. One that runs over the same data folder already is as good. */
export function addStart(parent: Command, cli: Cli): void {
  const { summary, ...help } = cli.words.start;
  addCommand(parent, cli, 'start', summary)
    .option('--background', help.background)
    .action(
      act(cli, async (options: CommonOptions & { readonly background?: true }) => {
        const environment = cli.environment();
        const { dataDir } = environment;
        const found = (): Promise<AgentClient | null> => AgentClient.find(environment, cli.language);
        const already = (agent: AgentClient): void => tellWhere(cli, environment, agent, true);
        const running = await found();
        if (running !== null) return already(running);
        if (options.background) return tellWhere(cli, environment, await startBehind(cli), false);

        await cli.installation.prepare((line) => cli.output.say(line));
        const { runAgent } = await import('../start/run-agent.ts');
        const deadline = performance.now() + othersMs;
        await runAgent(cli, async () => {
          // It starts, and answers soon; or it ends, and then it is our turn.
          const other = await waitFor(deadline - performance.now(), async () => {
            return isFolderInUse(dataDir) ? found() : ('gone' as const);
          });
          if (other === 'gone') return 'again';
          if (other === null) return 'fail';
          already(other);
          return 'end';
        });
      }),
    );
}

function tellWhere(cli: Cli, { dataDir }: AgentEnvironment, agent: AgentClient, already: boolean): void {
  const { url } = agent;
  agent.close();
  const token = readOrCreateToken(dataDir, cli.language);
  const sentence = already ? cli.words.start.already : cli.words.start.started;
  const json = { url, token, address: `${url}/#token=${token}`, already };
  cli.answer(json, () => sentence(url));
}
