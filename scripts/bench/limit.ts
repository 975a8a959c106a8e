/**
 * How evenly the bandwidth limit holds: what passes a link to real Ceph RGW, and one to a processing server, in each second
 * while one file uploads.
 */
import { randomFillSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Destination, destinations } from '../../shared/domain.ts';
import { startFaultyReceiver } from '../rig/faulty-receiver/faulty.ts';
import { type Link, startLink } from '../rig/link.ts';
import { recordSession } from '../rig/record-session.ts';
import { startRgw } from '../rig/rgw.ts';
import { storageEnvironment } from '../rig/s3.ts';
import { startSimulatedObs } from '../rig/simulated-obs.ts';
import { uploadCompleted, withAgent } from './bench-agent.ts';
import type { Figure } from './figure.ts';

export interface LimitBenchOptions {
  readonly bitsPerSecond: number;
  readonly seconds: number;
  readonly say: (line: string) => void;
}

const mega = 1e6;
const bucket = 'bench';

/** Where uploads go, and how the agent is told. */
interface Target {
  readonly url: string;
  /** @param url by way of the link */
  env(url: string): Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const targets: Readonly<Record<Destination, (folder: string) => Promise<Target>>> = {
  async 'object-storage'() {
    const rgw = await startRgw();
    await rgw.s3.createBucket(bucket);
    return {
      url: rgw.url,
      env: (url) => storageEnvironment({ ...rgw, url }, bucket),
      close: () => rgw.stop(),
    };
  },
  async processing(folder) {
    // Not the receiver alone: it answers under its own Host only, and the agent comes by way of the link.
    const receiver = await startFaultyReceiver({ dir: path.join(folder, 'received') });
    return { url: receiver.url, env: (url) => ({ VULTR_API_URL: url }), close: () => receiver.close() };
  },
};

export async function measureLimit(options: LimitBenchOptions): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const destination of destinations) figures.push(...(await measureDestination(destination, options)));
  return figures;
}

async function measureDestination(
  destination: Destination,
  { bitsPerSecond, seconds, say }: LimitBenchOptions,
): Promise<Figure[]> {
  await using cleanup = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-bench-'));
  cleanup.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const target = await targets[destination](folder);
  cleanup.defer(() => target.close());
  const link = await startLink(target.url);
  cleanup.defer(() => link.close());
  const obs = await startSimulatedObs({ recordingsDir: path.join(folder, 'recordings') });
  cleanup.defer(() => obs.dispose());
  const env = { ...target.env(link.url), UPLOAD_BANDWIDTH_LIMIT: String(bitsPerSecond) };
  return await withAgent(folder, obs, env, async (agent) => {
    const recording = await recordSession(agent, 'Bench');
    // Two seconds more than are looked at: one for the first bytes, one for the end.
    await writeFile(recording.file, randomFillSync(Buffer.alloc((bitsPerSecond / 8) * (seconds + 2))));
    say(`Uploading to ${destination} for ${seconds} s at ${bitsPerSecond / mega} Mbit/s…`);
    const [upload] = await agent.api.upload({ sessionId: recording.id, destination });
    const completed = uploadCompleted(agent, upload?.id ?? '');
    const means = await Promise.race([watch(link, seconds), completed.then(() => [])]);
    if (means.length < seconds) throw new Error('the upload ended before its time: the limit did not hold at all');
    await completed;
    return figuresOf(destination, means, bitsPerSecond);
  });
}

/** The mean of each second in bits/s, from the second after the first large piece on. */
async function watch(link: Link, seconds: number): Promise<number[]> {
  while (link.bytesUp < 64 * 1024) await delay(10);
  await delay(1000);
  const means: number[] = [];
  let bytes = link.bytesUp;
  let at = performance.now();
  while (means.length < seconds) {
    await delay(1000);
    const now = performance.now();
    means.push(((link.bytesUp - bytes) * 8000) / (now - at));
    bytes = link.bytesUp;
    at = now;
  }
  return means;
}

function figuresOf(destination: Destination, means: readonly number[], limit: number): Figure[] {
  const mean = means.reduce((sum, value) => sum + value, 0) / means.length;
  const off = Math.max(...means.map((value) => Math.abs(value / limit - 1))) * 100;
  const id = (name: string): string => `${destination === 'processing' ? 'processing' : 'storage'}${name}`;
  const figure = (name: string, label: string, value: number): Figure => ({
    id: id(`${name}Mbps`),
    label: `${destination}: ${label}`,
    value: value / mega,
    unit: 'Mbit/s',
  });
  return [
    figure('Limit', 'limit', limit),
    figure('Mean', `mean over ${means.length} s`, mean),
    figure('Slowest', 'slowest second', Math.min(...means)),
    figure('Fastest', 'fastest second', Math.max(...means)),
    { id: id('OffPercent'), label: `${destination}: second furthest off`, value: off, unit: '%', atMost: 5 },
  ];
}
