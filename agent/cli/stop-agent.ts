/** The orderly end of the agent that has a data folder, seen through: it is over when its process and its lock are gone. */

import { shutdownAnswerSchema } from '../../shared/api.ts';
import { StreamAIError } from '../../shared/errors.ts';
import { logFile } from '../config/data-dir.ts';
import type { Cli } from './cli.ts';
import { AgentClient, isFolderInUse } from './client.ts';
import { isAlive, waitFor } from './waiting.ts';

/** How long an agent that starts or ends may keep silent, ms: its parts end in 10 s each at most, and mostly at once. */
const silentMs = 20_000;
/** How long the end may take, ms. */
const endMs = 40_000;

/**
 * Has it end and waits until it is gone.
 * @returns whether there was one
 * @throws StreamAIError agent_not_ended | agent_silent
 */
export async function stopAgent(cli: Cli): Promise<boolean> {
  const environment = cli.environment();
  const { dataDir } = environment;
  let found = false;
  // One that starts answers soon, one that ends is gone soon.
  const look = async (): Promise<AgentClient | 'gone' | null> => {
    const agent = await AgentClient.find(environment, cli.language);
    if (agent !== null) return agent;
    if (!isFolderInUse(dataDir)) return 'gone';
    found = true;
    return null;
  };
  const agent = await waitFor(silentMs, look);
  if (agent === null) throw new StreamAIError('agent_silent', { file: logFile(dataDir) });
  if (agent === 'gone') return found;
  try {
    const { pid } = await agent.ask('POST', '/api/shutdown', shutdownAnswerSchema);
    const gone = await waitFor(endMs, () => (isAlive(pid) || isFolderInUse(dataDir) ? null : true));
    if (gone === null) throw new StreamAIError('agent_not_ended', { seconds: endMs / 1000 });
    return true;
  } finally {
    agent.close();
  }
}
