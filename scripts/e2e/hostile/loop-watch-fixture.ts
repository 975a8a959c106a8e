import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import type { AgentProcess } from '../../rig/agent-process.ts';

/** Node's flags that let the agent answer `longestTurn`. */
export const loopWatchFlags: readonly string[] = [
  '--import',
  pathToFileURL(path.join(import.meta.dirname, 'preload-loop-watch-fixture.ts')).href,
];

const watchedSchema = z.object({ longestCpuMs: z.number(), longestWallMs: z.number() });

/** The longest turn of the agent's event loop since it was asked last. */
export async function longestTurn(agent: AgentProcess): Promise<z.infer<typeof watchedSchema>> {
  return watchedSchema.parse(await agent.ask('loop'));
}
