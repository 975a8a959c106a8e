import { ensurePeer, PeerMissing, type PeerName, peerDescriptions } from './peers.ts';

/** Sets up one peer and says what came of it; code 1 at the end when it cannot be had. */
async function setUp(name: PeerName, description: string): Promise<void> {
  const start = performance.now();
  try {
    const where = await ensurePeer(name);
    console.log(`✓ ${description}: ${where} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  } catch (error) {
    if (!(error instanceof PeerMissing)) throw error;
    console.log(`✗ ${description}: ${error.message}`);
    process.exitCode = 1;
  }
}

console.log('Setting up what the tests talk to; the first time takes some minutes …');
await Promise.all(Object.entries(peerDescriptions).map(([name, description]) => setUp(name as PeerName, description)));
