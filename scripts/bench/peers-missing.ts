/** Some of the programs that are measured, or measured with, cannot be had here; the message names each with its reason. */
export class PeersMissing extends Error {
  override readonly name = 'PeersMissing';
}

interface WantedPeer {
  readonly what: string;
  readonly find: () => Promise<string>;
}

/**
 * @returns what each `find` gave, mostly a program's path
 * @throws {PeersMissing} when any cannot be had
 */
export async function findPeers(wanted: readonly WantedPeer[]): Promise<string[]> {
  const found: string[] = [];
  const missing: string[] = [];
  for (const { what, find } of wanted) {
    try {
      found.push(await find());
    } catch (error) {
      missing.push(`  ${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (missing.length > 0) throw new PeersMissing(`This cannot be measured without:\n${missing.join('\n')}`);
  return found;
}
