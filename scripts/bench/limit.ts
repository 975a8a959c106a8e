/** How evenly the bandwidth limit holds: what passes a link before real Ceph RGW in each second, while one file uploads. */
import { randomFillSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Link, startLink } from '../rig/link.ts';
import { startRgw } from '../rig/rgw.ts';
import { startSimulatedObs } from '../rig/simulated-obs.ts';
import { recordSession, uploadEnded, withAgent } from './bench-agent.ts';
import type { Figure } from './figure.ts';

export interface LimitBenchOptions {
  readonly bitsPerSecond: number;
  readonly seconds: number;
  readonly say: (line: string) => void;
}

const mega = 1e6;
const bucket = 'bench';

export async function measureLimit({ bitsPerSecond, seconds, say }: LimitBenchOptions): Promise<Figure[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-bench-'));
  const rgw = await startRgw();
  const link = await startLink(rgw.url);
  const obs = await startSimulatedObs({ recordingsDir: path.join(folder, 'recordings') });
  try {
    await rgw.s3.createBucket(bucket);
    const env = {
      VULTR_OBJECT_STORAGE_ENDPOINT: link.url,
      VULTR_OBJECT_STORAGE_BUCKET: bucket,
      VULTR_OBJECT_STORAGE_ACCESS_KEY: rgw.accessKey,
      VULTR_OBJECT_STORAGE_SECRET_KEY: rgw.secretKey,
      UPLOAD_BANDWIDTH_LIMIT: String(bitsPerSecond),
    };
    return await withAgent(folder, obs, env, async (agent) => {
      const recording = await recordSession(agent, 'Bench');
      // Two seconds more than are looked at: one for the first bytes, one for the end.
      await writeFile(recording.file, randomFillSync(Buffer.alloc((bitsPerSecond / 8) * (seconds + 2))));
      say(`Uploading for ${seconds} s at ${bitsPerSecond / mega} Mbit/s…`);
      const [upload] = await agent.api.upload({ sessionId: recording.id, destination: 'object-storage' });
      const ended = uploadEnded(agent, upload?.id ?? '');
      const means = await Promise.race([watch(link, seconds), ended.then(() => [])]);
      if (means.length < seconds) throw new Error('the upload ended before its time: the limit did not hold at all');
      await ended;
      return figures(means, bitsPerSecond);
    });
  } finally {
    await obs.dispose();
    await link.close();
    await rgw.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
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

function figures(means: readonly number[], limit: number): Figure[] {
  const mean = means.reduce((sum, value) => sum + value, 0) / means.length;
  const off = Math.max(...means.map((value) => Math.abs(value / limit - 1))) * 100;
  const figure = (id: string, label: string, value: number): Figure => ({
    id: `${id}Mbps`,
    label,
    value: value / mega,
    unit: 'Mbit/s',
  });
  return [
    figure('limit', 'limit', limit),
    figure('mean', `mean over ${means.length} s`, mean),
    figure('slowest', 'slowest second', Math.min(...means)),
    figure('fastest', 'fastest second', Math.max(...means)),
    { id: 'offPercent', label: 'second furthest off', value: off, unit: '%', atMost: 5 },
  ];
}
