/** Where the agent that runs over a data folder is found: `agent.json` there, from its start to its orderly end. */
import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import path from 'node:path';
import * as z from 'zod';

/** The name of that file. What stands in it may be old: an agent that was killed leaves it. */
export const addressFile = 'agent.json';

const addressSchema = z.object({
  /** `http://host:port`, without a slash at the end. */
  url: z.string().regex(/^http:\/\/[^/\s]+$/),
  pid: z.int().positive(),
  version: z.string(),
});
export type AgentAddress = z.infer<typeof addressSchema>;

/** Says where this agent is. @throws the file system's error */
export function writeAddress(dataDir: string, address: AgentAddress): void {
  const file = path.join(dataDir, addressFile);
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, JSON.stringify(address), { mode: 0o600, flag: 'wx' });
  try {
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** @returns null where no agent runs, or none that says where */
export function readAddress(dataDir: string): AgentAddress | null {
  try {
    const { success, data } = addressSchema.safeParse(
      JSON.parse(readFileSync(path.join(dataDir, addressFile), 'utf8')),
    );
    return success ? data : null;
  } catch {
    return null;
  }
}

/** The agent of this folder has ended. */
export function removeAddress(dataDir: string): void {
  rmSync(path.join(dataDir, addressFile), { force: true });
}

/** Whether a host that we listen at stands for every address of this machine. */
export const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::';

/** A name or an address as it stands in a URL, and so in what browsers send. */
export function urlName(name: string): string {
  if (!isIPv6(name)) return name.toLowerCase();
  return URL.parse(`http://[${name}]`)?.hostname ?? `[${name}]`;
}

/** A host that we listen at as it stands in the address that clients on this machine use. */
export function urlHost(host: string): string {
  return isWildcard(host) ? '127.0.0.1' : urlName(listenAt(host));
}

/** `localhost` is two addresses: at the one that the system does not name first, others could listen. */
export const listenAt = (host: string): string => (host === 'localhost' ? '127.0.0.1' : host);
