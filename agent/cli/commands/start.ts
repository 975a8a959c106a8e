import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { StreamAIError } from '../../../shared/errors.ts';
import { logFile, prepareDataDir } from '../../config/data-dir.ts';
import type { AgentEnvironment } from '../../config/environment.ts';
import { readOrCreateToken } from '../../config/token.ts';
import type { Cli } from '../cli.ts';
import { AgentClient, isFolderInUse } from '../client.ts';
import { act, addCommand, type CommonOptions } from '../command.ts';
import { waitFor } from '../waiting.ts';

/** How long an agent that starts or ends may keep us waiting, ms. */
const othersMs = 20_000;
/** From the start in the background to the first answer, ms: the first one of a checkout may have to build the dock. */
const backgroundMs = 60_000;

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
        if (options.background) return startBehind(cli, environment, found);

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

/** Starts a process of its own that outlives this one, and waits until it answers. */
async function startBehind(
  cli: Cli,
  environment: AgentEnvironment,
  found: () => Promise<AgentClient | null>,
): Promise<void> {
  prepareDataDir(environment.dataDir, cli.language);
  const [program, ...args] = cli.installation.run('start');
  const child = spawn(program, args, { detached: true, stdio: 'ignore', windowsHide: true });
  let ended = false;
  child.on('error', () => {
    ended = true;
  });
  child.on('exit', () => {
    ended = true;
  });
  child.unref();
  const agent = await waitFor(backgroundMs, async () => (await found()) ?? (ended ? 'ended' : null));
  if (agent === null || agent === 'ended') {
    throw new StreamAIError('agent_silent', { file: logFile(environment.dataDir) });
  }
  tellWhere(cli, environment, agent, false);
}

function tellWhere(cli: Cli, { dataDir }: AgentEnvironment, agent: AgentClient, already: boolean): void {
  const { url } = agent;
  agent.close();
  const token = readOrCreateToken(dataDir, cli.language);
  const sentence = already ? cli.words.start.already : cli.words.start.started;
  const json = { url, token, address: `${url}/#token=${token}`, already };
  cli.answer(json, () => sentence(url));
}
