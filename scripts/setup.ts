// `npm run setup`: what OBS needs for StreamAI, written into OBS's own files; `--undo` takes it back, `--dry-run` only says it.
import { parseArgs } from 'node:util';
import { prepareDataDir } from '../agent/config/data-dir.ts';
import { readEnvironment, thisMachine } from '../agent/config/environment.ts';
import { runningAddress } from '../agent/config/running-agent.ts';
import { readOrCreateToken } from '../agent/config/token.ts';
import { urlHost } from '../agent/http/server.ts';
import { setupInTerminal } from '../agent/obs/setup/build-setup.ts';
import { isFailed } from '../agent/obs/setup/command.ts';
import { dockAddress } from '../agent/obs/setup/dock-address.ts';
import { errorSentence, terminalLanguage } from '../agent/run.ts';

const usage = {
  en: 'npm run setup -- [--undo] [--dry-run] [--no-wait] [--json] [--obs FOLDER]…',
  fr: 'npm run setup -- [--undo] [--dry-run] [--no-wait] [--json] [--obs DOSSIER]…',
} as const;

function argumentsOf(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  const folders = { type: 'string', multiple: true, default: [] as string[] } as const;
  const options = { undo: flag, 'dry-run': flag, 'no-wait': flag, json: flag, obs: folders } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch {
    return null;
  }
}

async function main(args: readonly string[]): Promise<number> {
  const language = terminalLanguage();
  const given = argumentsOf(args);
  if (given === null) {
    process.stderr.write(`${usage[language]}\n`);
    return 2;
  }
  const { dataDir, host, port } = readEnvironment(thisMachine(), language);
  prepareDataDir(dataDir, language);
  // The agent that runs knows best: it may have got its port from its own environment.
  const url = runningAddress(dataDir) ?? `http://${urlHost(host)}:${port}`;
  const dock = dockAddress(url, readOrCreateToken(dataDir, language));
  const outcomes = await setupInTerminal(
    {
      dataDir,
      dock: () => dock,
      folders: given.obs,
      language,
      say: (line) => void (given.json ? process.stderr : process.stdout).write(`${line}\n`),
    },
    { undo: given.undo, dryRun: given['dry-run'], ...(given['no-wait'] && { waitMs: 0 }) },
  );
  if (given.json) process.stdout.write(`${JSON.stringify({ obs: outcomes })}\n`);
  return outcomes.some(isFailed) ? 1 : 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${errorSentence(error)}\n`);
  process.exitCode = 1;
}
