/** What `doctor --fix` does: each thing once, in an order in which the later ones find the earlier ones done. */
import { mkdir } from 'node:fs/promises';
import type { DoctorMend, DoctorReport } from '../../shared/doctor.ts';
import { StreamAIError } from '../../shared/errors.ts';
import { urlHost } from '../config/agent-address.ts';
import { prepareDataDir } from '../config/data-dir.ts';
import { runningAddress } from '../config/running-agent.ts';
import { readOrCreateToken } from '../config/token.ts';
import { doctorWords } from '../doctor/words.ts';
import { setupInTerminal } from '../obs/setup/build-setup.ts';
import { dockAddress } from '../obs/setup/dock-address.ts';
import { autostartOn } from './autostart/autostart.ts';
import { thisSystem } from './autostart/system.ts';
import type { Cli } from './cli.ts';
import { startBehind } from './start-behind.ts';
import { stopAgent } from './stop-agent.ts';

/** Folders first, the agent before OBS: the dock gets its address. */
const order: readonly DoctorMend[] = ['private', 'folder', 'restart', 'start', 'autostart', 'setup'];

/** @returns a line for each thing that was tried */
export async function mendAll(cli: Cli, { checks }: DoctorReport): Promise<string[]> {
  const words = doctorWords[cli.language];
  const wanted = new Set(checks.flatMap(({ mend }) => mend ?? []));
  const lines: string[] = [];
  for (const mend of order.filter((each) => wanted.has(each))) {
    try {
      await mendings[mend](cli, checks);
      lines.push(`✓ ${words.mended[mend]}`);
    } catch (error) {
      const known = error instanceof StreamAIError ? error : new StreamAIError('internal', {}, { cause: error });
      lines.push(`✗ ${words.notMended(cli.sentence(known.info(cli.language)))}`);
    }
  }
  return lines;
}

const mendings: Readonly<Record<DoctorMend, (cli: Cli, checks: DoctorReport['checks']) => Promise<void>>> = {
  async private(cli) {
    prepareDataDir(cli.environment().dataDir, cli.language);
  },
  async folder(cli, checks) {
    for (const { notices, mend } of checks) {
      const folder = mend === 'folder' ? notices[0]?.params?.folder : undefined;
      if (typeof folder !== 'string') continue;
      if (folder === cli.environment().dataDir) prepareDataDir(folder, cli.language);
      // Not its parents: below a drive that is not connected nothing is made.
      else await mkdir(folder);
    }
  },
  async restart(cli) {
    await stopAgent(cli);
    (await startBehind(cli)).close();
  },
  async start(cli) {
    (await startBehind(cli)).close();
  },
  autostart: (cli) => autostartOn(thisSystem(), cli.installation.run('start')),
  async setup(cli) {
    const { dataDir, host, port } = cli.environment();
    prepareDataDir(dataDir, cli.language);
    const url = runningAddress(dataDir) ?? `http://${urlHost(host)}:${port}`;
    const dock = dockAddress(url, readOrCreateToken(dataDir, cli.language));
    const outcomes = await setupInTerminal(
      { dataDir, dock: () => dock, language: cli.language, say: () => {} },
      // A person who sits in front of it is told to close OBS; nobody waits for that here.
      { waitMs: 0 },
    );
    const problem = outcomes.find((outcome) => outcome.problem !== null)?.problem;
    if (problem) throw new StreamAIError(problem.code as 'setup_obs_running', problem.params ?? {});
  },
};
