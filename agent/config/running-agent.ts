/** Where the agent of a data folder answers, for programs that know the folder alone. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { localAddress } from './env-values.ts';

const fileOf = (dataDir: string): string => path.join(dataDir, 'address');

/** Writes the agent's address down while it runs. It is no secret; whoever uses it proves itself (http/access.ts). */
export function keepAddress(dataDir: string, url: string): { start(): void; close(): void } {
  const file = fileOf(dataDir);
  return {
    start() {
      // Nothing is written through what lies there, such as a link.
      rmSync(file, { force: true });
      writeFileSync(file, `${url}\n`, { mode: 0o600, flag: 'wx' });
    },
    close: () => rmSync(file, { force: true }),
  };
}

/** The address of the agent that runs over this folder, or ran and was killed; null: none is known. */
export function runningAddress(dataDir: string): string | null {
  try {
    const parsed = localAddress.safeParse(readFileSync(fileOf(dataDir), 'utf8'));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
