import { describe, test } from 'vitest';
import { ensurePeer, type PeerMissing, type PeerName, peerDescriptions } from './peers.ts';

/**
 * A `describe` for tests that talk to the peers named: sets them up first. Where one cannot be had the tests fail in CI,
 * and are skipped elsewhere with the peer's name in the title. Await it at the top level of the test file.
 */
export async function describePeer(peers: readonly PeerName[], title: string, body: () => void): Promise<void> {
  const missing = await firstMissing(peers);
  if (!missing) {
    describe(title, body);
  } else if (process.env.CI === 'true') {
    describe(title, () => {
      test(`needs ${peerDescriptions[missing.peer]}`, () => {
        throw missing;
      });
    });
  } else {
    console.warn(`SKIPPED: ${title}: ${missing.message}`);
    describe.skip(`${title} (skipped: ${missing.message})`, body);
  }
}

async function firstMissing(peers: readonly PeerName[]): Promise<PeerMissing | undefined> {
  for (const peer of peers) {
    const missing = await ensurePeer(peer).then(
      () => undefined,
      (error: PeerMissing) => error,
    );
    if (missing) return missing;
  }
  return undefined;
}
