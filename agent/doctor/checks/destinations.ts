/** Where recordings go: there, willing, and of the same time of day. */
import type { ErrorInfo } from '../../../shared/errors.ts';
import { proxyFor } from '../../../shared/proxies.ts';
import { clockOf } from '../ask-json.ts';
import { type Checks, type Finding, fault, orNull, warning } from '../check.ts';
import type { Facts } from '../facts.ts';
import { testObjectStorage, testProcessing } from '../test-destinations.ts';

/** S3 refuses signatures from clocks that are further off (AWS, RequestTimeTooSkewed). */
const mostSkewMs = 15 * 60_000;

export const destinationChecks = {
  async processing(facts) {
    const settings = await orNull(facts.settings());
    if (settings === null) return null;
    // The embedded receiver is a part of the agent, and goes with it.
    const { agent } = facts.world;
    const isEmbedded =
      agent?.status().destinations.some(({ id, configured }) => id === 'processing' && configured) ?? false;
    if (settings.processingUrl === null && !isEmbedded) return null;
    return told(facts, 'processing');
  },

  async object_storage(facts) {
    const settings = await orNull(facts.settings());
    const url = settings?.objectStorageEndpoint ?? null;
    if (settings === null || url === null || !hasStorage(settings)) return null;
    const { proxies } = await facts.environment();
    const clock = proxyFor(new URL(url), proxies) === null ? await clockOf(url) : null;
    const skewMs = clock === null ? 0 : facts.world.now() - clock;
    if (Math.abs(skewMs) > mostSkewMs)
      return [fault('doctor_clock', { minutes: Math.round(Math.abs(skewMs) / 60_000) })];
    return told(facts, 'object-storage');
  },
} satisfies Checks;

const hasStorage = (settings: Awaited<ReturnType<Facts['settings']>>): boolean =>
  Boolean(
    settings.objectStorageEndpoint &&
      settings.objectStorageBucket &&
      settings.objectStorageAccessKey &&
      settings.objectStorageSecretKey,
  );

async function told(facts: Facts, id: 'processing' | 'object-storage'): Promise<readonly Finding[]> {
  const { problem, notice } = await test(facts, id);
  const asFault = (info: ErrorInfo): Finding => ({ state: 'fault', info });
  return [...(problem ? [asFault(problem)] : []), ...(notice ? [{ ...warning('internal'), info: notice }] : [])];
}

async function test(facts: Facts, id: 'processing' | 'object-storage') {
  const { agent } = facts.world;
  if (agent !== null) return agent.test(id);
  const [settings, { proxies }] = await Promise.all([facts.settings(), facts.environment()]);
  return id === 'processing' ? testProcessing(settings, proxies) : testObjectStorage(settings, proxies);
}
