/** The agent in a process of its own, without a window, that outlives the command that started it. */
import { spawn } from 'node:child_process';
import { StreamAIError } from '../../shared/errors.ts';
import { logFile, prepareDataDir } from '../config/data-dir.ts';
import type { Cli } from './cli.ts';
import { AgentClient } from './client.ts';
import { waitFor } from './waiting.ts';

/** From the start to the first answer, ms: the first one of a checkout may have to build the dock. */
const answersMs = 60_000;

/** Starts it and waits until it answers. @throws StreamAIError agent_silent | folder_unreadable */
export async function startBehind(cli: Cli): Promise<AgentClient> {
  const environment = cli.environment();
  prepareDataDir(environment.dataDir, cli.language);
  const [program, ...args] = cli.installation.run('start');
  const child = spawn(program, args, { detached: true, stdio: 'ignore', windowsHide: true });
  let hasFailed = false;
  child.on('error', () => {
    hasFailed = true;
  });
  child.on('exit', (code) => {
    // Windows' windowless starter ends at once, and well.
    hasFailed = code !== 0;
  });
  child.unref();
  const look = async () => (await AgentClient.find(environment, cli.language)) ?? (hasFailed ? 'failed' : null);
  const agent = await waitFor(answersMs, look);
  if (agent === null || agent === 'failed') {
    throw new StreamAIError('agent_not_started', {
      command: cli.installation.startCommand,
      file: logFile(environment.dataDir),
    });
  }
  return agent;
}
