/** The agent in this terminal, with the embedded receiver while no destination is set: what it says, until it ends. */
import path from 'node:path';
import type { Agent } from '../../agent.ts';
import { logFile, prepareFolder } from '../../config/data-dir.ts';
import type { AgentEnvironment } from '../../config/environment.ts';
import { run } from '../../run.ts';
import { waitingPlace } from '../../waiting-page/place.ts';
import { autostartState } from '../autostart/autostart.ts';
import { thisSystem } from '../autostart/system.ts';
import type { Cli } from '../cli.ts';
import { EmbeddedReceiver } from './embedded-receiver.ts';
import { destinationLines, newsTeller } from './news.ts';
import { startWords } from './words.ts';

const receivedDir = (environment: AgentEnvironment): string => path.join(environment.dataDir, 'received');

/**
 * Runs until it is told to end; sets the process's exit code.
 * @param whenInUse as `RunOptions.whenInUse`
 */
export async function runAgent(cli: Cli, whenInUse: () => Promise<'again' | 'end' | 'fail'>): Promise<void> {
  const { language } = cli;
  const words = startWords[language];
  const say = (line: string): void => cli.output.say(line);
  let receiver: EmbeddedReceiver | undefined;
  let greeted = false;

  await run({
    whenInUse,
    outside: { startCommand: cli.installation.startCommand, autostart: () => autostartState(thisSystem()) },
    embeddedReceiver: async (environment, log) => {
      const dir = receivedDir(environment);
      prepareFolder(dir, language, 0o700);
      receiver = await EmbeddedReceiver.start({
        dir,
        proxies: environment.proxies,
        onDied: (againInMs) => say(`✗ ${words.receiverDied(new Intl.NumberFormat(language).format(againInMs / 1000))}`),
        onBack: () => say(`✓ ${words.receiverBack}`),
        onLog: (line) => log.info({ line }, 'the embedded receiver says'),
      });
      return receiver;
    },
    onReady: (agent, environment) => {
      greeted = true;
      greet(cli, agent, environment);
    },
    onEnd: async () => {
      await receiver?.close();
      if (greeted && !cli.json) say(words.ended);
    },
  });
}

function greet(cli: Cli, agent: Agent, environment: AgentEnvironment): void {
  const { language } = cli;
  const words = startWords[language];
  const say = (line: string): void => cli.output.say(line);
  const { services, token, url } = agent;
  const row = (title: string, [first = '', ...rest]: readonly string[]): string =>
    [`  ${title.padEnd(9)}${first}`, ...rest.map((line) => `${' '.repeat(11)}${line}`)].join('\n');
  const received = receivedDir(environment);
  const destinations = services.destinations.status().filter(({ configured }) => configured);
  // In development the page comes from Vite, which reloads it.
  const { address: dock } = waitingPlace(environment.dataDir, language);
  const address = `${environment.devOrigin ?? url}/#token=${token}`;
  if (cli.json) {
    say(JSON.stringify({ url, token, address, dock, already: false }));
    return;
  }

  say(words.ready(url));
  say('');
  say(row(words.dock, [dock, ...words.addDock]));
  say(row(words.browser, [address, words.secret]));
  const lines = destinations.flatMap((destination) => destinationLines(destination, received, words));
  if (lines.length > 0) say(row(words.uploads, lines));
  say(row(words.log, [logFile(environment.dataDir)]));
  say('');
  say(words.end);

  const tell = newsTeller(say, { receivedDir: received, words, language });
  for (const data of destinations) tell({ type: 'destination_updated', data });
  tell({ type: 'obs_updated', data: services.obs.status() });
  services.live.subscribe(tell);
}
