/** The agent with the embedded receiver, as `npm start` runs it, but for the dock and what it says. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { EmbeddedReceiver } from '../../agent/cli/start/embedded-receiver.ts';
import { run } from '../../agent/run.ts';

let receiver: EmbeddedReceiver | undefined;
const quiet = { onDied: () => {}, onBack: () => {}, onLog: () => {} };
await run({
  embeddedReceiver: async ({ dataDir, proxies }) => {
    const dir = path.join(dataDir, 'received');
    await mkdir(dir, { recursive: true });
    receiver = await EmbeddedReceiver.start({ dir, proxies, ...quiet });
    return receiver;
  },
  onEnd: async () => receiver?.close(),
});
process.exit();
