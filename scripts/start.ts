// `npm start`: everyday use. The agent with the dock, and the embedded receiver while no processing server is set.
import path from 'node:path';
import type { Agent } from '../agent/agent.ts';
import { prepareFolder } from '../agent/config/data-dir.ts';
import { type AgentEnvironment, variableNames } from '../agent/config/environment.ts';
import { logFile, run, terminalLanguage } from '../agent/run.ts';
import { ensureDockBuilt } from './build/dock.ts';
import { EmbeddedReceiver } from './start/embedded-receiver.ts';
import { destinationLines, newsTeller } from './start/news.ts';
import { startWords } from './start/words.ts';

const language = terminalLanguage();
const words = startWords[language];
// The agent goes on when nobody reads what it says.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const receivedDir = (environment: AgentEnvironment): string => path.join(environment.dataDir, 'received');
let receiver: EmbeddedReceiver | undefined;
let greeted = false;

function greet(agent: Agent, environment: AgentEnvironment): void {
  const { services, token, url } = agent;
  const row = (title: string, [first = '', ...rest]: readonly string[]): string =>
    [`  ${title.padEnd(9)}${first}`, ...rest.map((line) => `${' '.repeat(11)}${line}`)].join('\n');
  const received = receivedDir(environment);
  const destinations = services.destinations.status().filter(({ configured }) => configured);

  say(words.ready(url));
  say('');
  // In development the page comes from Vite, which reloads it.
  say(row(words.dock, [`${environment.devOrigin ?? url}/#token=${token}`, ...words.addDock]));
  const lines = destinations.flatMap((destination) => destinationLines(destination, received, words));
  if (lines.length > 0) say(row(words.uploads, lines));
  say(row(words.log, [logFile(environment.dataDir)]));
  say('');
  say(words.end);
  greeted = true;

  const tell = newsTeller(say, { receivedDir: received, words, language });
  for (const data of destinations) tell({ type: 'destination_updated', data });
  tell({ type: 'obs_updated', data: services.obs.status() });
  services.live.subscribe(tell);
}

async function main(): Promise<void> {
  const unknown = process.argv[2];
  if (unknown !== undefined) {
    const name = unknown.replace(/^-+/, '').replace(/=.*/s, '').toUpperCase().replaceAll('-', '_');
    const meant = variableNames.find((known) => known === name || (name.length > 2 && known.endsWith(`_${name}`)));
    process.stderr.write(`${words.noArguments(unknown, meant ?? null)}\n`);
    process.exitCode = 2;
    return;
  }
  // In development Vite serves the dock from its sources.
  if (!process.env.STREAMAI_DEV_ORIGIN) await ensureDockBuilt(() => say(words.building));
  await run({
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
    onReady: greet,
    onEnd: async () => {
      await receiver?.close();
      if (greeted) say(words.ended);
    },
  });
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
