import { urlHost } from '../config/agent-address.ts';
import { logFile, prepareDataDir } from '../config/data-dir.ts';
import { runningAddress } from '../config/running-agent.ts';
import { readOrCreateToken } from '../config/token.ts';
import { setupInTerminal } from '../obs/setup/build-setup.ts';
import { isFailed } from '../obs/setup/command.ts';
import { waitingDock } from '../obs/setup/dock-address.ts';
import { writeWaitingPage } from '../waiting-page/place.ts';
import type { Cli } from './cli.ts';
import { exitCodes } from './exit-codes.ts';

export interface SetupOptions {
  /** Only tell what would be written. */
  readonly dryRun?: true;
  /** Take away exactly what an earlier setup wrote. */
  readonly undo?: true;
  /** Whether to wait for OBS to be closed. */
  readonly wait: boolean;
  /** Folders of further OBS installations. */
  readonly obs: readonly string[];
}

/** What OBS needs for StreamAI, written into OBS's own files, with or without an agent that runs. */
export async function setupObs(cli: Cli, { dryRun, undo, wait, obs }: SetupOptions): Promise<void> {
  const { language } = cli;
  const { dataDir, host, port } = cli.environment();
  prepareDataDir(dataDir, language);
  // The agent that runs knows best: it may have got its port from its own environment.
  const url = runningAddress(dataDir) ?? `http://${urlHost(host)}:${port}`;
  const { address: page } = await writeWaitingPage(dataDir, { logFile: logFile(dataDir), language });
  const token = readOrCreateToken(dataDir, language);
  const say = (line: string): void => (cli.json ? cli.output.note(line) : cli.output.say(line));
  const outcomes = await setupInTerminal(
    { dataDir, dock: (found) => waitingDock({ page, url, token }, found), folders: obs, language, say },
    { undo: undo === true, dryRun: dryRun === true, ...(!wait && { waitMs: 0 }) },
  );
  if (outcomes.some(isFailed)) cli.exitCode = exitCodes.failed;
  if (cli.json) cli.output.say(JSON.stringify({ obs: outcomes }));
}
