// `npm run token`: the dock's address, with the token. `npm run token -- --new`: makes a new token; the old one ends at once.
import { prepareDataDir } from '../agent/config/data-dir.ts';
import { readEnvironment, thisMachine } from '../agent/config/environment.ts';
import { runningAddress } from '../agent/config/running-agent.ts';
import { readOrCreateToken } from '../agent/config/token.ts';
import { urlHost } from '../agent/http/server.ts';
import { errorSentence, terminalLanguage } from '../agent/run.ts';
import { renewEverywhere } from './token/renew.ts';

const words = {
  en: {
    usage: 'npm run token shows the dock’s address; npm run token -- --new makes a new token.',
    renewed: 'The old token has ended. Give every dock this address: OBS, Docks → Custom Browser Docks…',
  },
  fr: {
    usage: 'npm run token affiche l’adresse du dock ; npm run token -- --new crée un nouveau jeton.',
    renewed:
      'L’ancien jeton ne vaut plus. Donnez cette adresse à chaque dock : OBS, Docks → Docks de navigateur personnalisés…',
  },
} as const;

async function main(args: readonly string[]): Promise<number> {
  const language = terminalLanguage();
  const { usage, renewed } = words[language];
  const renewing = args[0] === '--new';
  if (args.length > (renewing ? 1 : 0)) {
    process.stderr.write(`${usage}\n`);
    return 2;
  }
  const { dataDir, host, port } = readEnvironment(thisMachine(), language);
  prepareDataDir(dataDir, language);
  // The agent that runs knows best: it may have got its port from its own environment.
  const url = runningAddress(dataDir) ?? `http://${urlHost(host)}:${port}`;
  const token = renewing ? await renewEverywhere(url, dataDir, language) : readOrCreateToken(dataDir, language);
  process.stdout.write(`${renewing ? `${renewed}\n` : ''}${url}/#token=${token}\n`);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${errorSentence(error)}\n`);
  process.exitCode = 1;
}
