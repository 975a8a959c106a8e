/** One attempt to get into OBS, as the agent would make it. */
import { createLog } from '../log.ts';
import { ObsConnection } from '../obs/connection.ts';
import { readSetup } from '../obs/read-back.ts';
import type { ObsLink, ObsPlace } from './facts.ts';

/** Longer than the connection itself waits for OBS's hello (ms). */
const boundMs = 8000;

/** Resolves with what the first attempt came to; never rejects. */
export async function probeObs(place: ObsPlace): Promise<ObsLink> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const connection = new ObsConnection({ target: async () => place, log: createLog({ level: 'silent' }) });
  connection.onStatus(() => {
    if (connection.state !== 'connecting') resolve();
  });
  const timer = setTimeout(resolve, boundMs);
  try {
    connection.start();
    await promise;
    const { state, problem } = connection;
    const setup = connection.connected ? await readSetup(connection).catch(() => null) : null;
    return { state, problem, recordDirectory: setup?.directory ?? null };
  } finally {
    clearTimeout(timer);
    connection.close();
  }
}
