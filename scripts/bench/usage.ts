import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import type { AgentProcess } from '../rig/agent-process.ts';

/** What a process has used since it started. */
export type Usage = z.infer<typeof usageSchema>;
const usageSchema = z.object({
  /** Resident memory now, bytes. */
  rssBytes: z.number().positive(),
  /** The most that it ever was, bytes. */
  peakRssBytes: z.number().positive(),
  /** Of all threads, user and system. */
  cpuMs: z.number().nonnegative(),
  /** Read from files, or got by other means than sockets, which is little; null where the system does not tell. */
  files: z
    .object({
      readBytes: z.number(),
      /** What the disk itself was asked for: the rest was in the system's cache. */
      fromDiskBytes: z.number().nonnegative(),
    })
    .nullable(),
});

/** Node's flags that let a process answer `askUsage`. */
export const usageFlags: readonly string[] = [
  '--import',
  pathToFileURL(path.join(import.meta.dirname, 'preload-usage.ts')).href,
];

export async function askUsage(agent: AgentProcess): Promise<Usage> {
  return usageSchema.parse(await agent.ask('usage'));
}
