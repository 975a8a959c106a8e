import { ensurePeer, PEERS, PeerMissing, type PeerName } from './peers.ts';

/** Sets up every peer that the tests talk to and says what it did. Ends with code 1 when one can't be had. */
async function main(): Promise<void> {
  for (const [name, description] of Object.entries(PEERS)) {
    const start = performance.now();
    try {
      const where = await ensurePeer(name as PeerName);
      console.log(`✓ ${description}: ${where} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
    } catch (error) {
      if (!(error instanceof PeerMissing)) throw error;
      console.log(`✗ ${description}: ${error.message}`);
      process.exitCode = 1;
    }
  }
}

await main();
