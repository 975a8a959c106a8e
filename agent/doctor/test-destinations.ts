/** The agent's own tests of its destinations, where no agent runs. */
import { hostname } from 'node:os';
import { type ErrorInfo, StreamAIError } from '../../shared/errors.ts';
import { type ProxyRules, proxyFor } from '../../shared/proxies.ts';
import type { Settings } from '../../shared/settings.ts';
import { LiveEvents } from '../live-events.ts';
import { Clients } from '../uploads/destinations/object-storage/clients.ts';
import { testStore } from '../uploads/destinations/object-storage/store-checks.ts';
import { ProcessingDestination } from '../uploads/destinations/processing/processing.ts';

/** A round trip of a few requests, each of which may have to wait for a busy store (ms). */
const boundMs = 10_000;

interface Tested {
  readonly problem: ErrorInfo | null;
  readonly notice?: ErrorInfo | undefined;
}

export async function testProcessing(settings: Settings, proxies: ProxyRules): Promise<Tested> {
  const { processingUrl, processingApiKey } = settings;
  const destination = new ProcessingDestination({
    live: new LiveEvents(),
    settings: () => settings,
    processingServer: () =>
      processingUrl === null ? null : { url: processingUrl, apiKey: processingApiKey, embedded: false },
    proxyFor: (url) => proxyFor(url, proxies),
  });
  try {
    await destination.checkHealth();
    return { problem: destination.status().problem };
  } finally {
    await destination.close();
  }
}

export async function testObjectStorage(settings: Settings, proxies: ProxyRules): Promise<Tested> {
  const clients = new Clients(
    () => settings,
    (url) => proxyFor(url, proxies),
  );
  try {
    // The station's name is in the database, which may not be there: this machine's own is as good for one object.
    const station = `doctor-${hostname().replaceAll(/[^A-Za-z0-9-]/g, '')}`;
    const notice = await testStore(
      clients.current(),
      settings.objectStoragePrefix,
      station,
      AbortSignal.timeout(boundMs),
    );
    return { problem: null, ...(notice && { notice }) };
  } catch (error) {
    if (!(error instanceof StreamAIError)) throw error;
    return { problem: error.info() };
  } finally {
    await clients.drop();
  }
}
