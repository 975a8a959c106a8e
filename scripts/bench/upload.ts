/**
 * The same file to the same Ceph RGW by this agent, rclone and aws-cli, taking turns in one run: what each needs of time,
 * CPU and memory. The agent is measured as a user has it: the whole process, from the request to the proven object.
 */
import { randomFillSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { debianProgram } from '../rig/debian-root.ts';
import { recordSession } from '../rig/record-session.ts';
import { type Rgw, startRgw } from '../rig/rgw.ts';
import { storageEnvironment } from '../rig/s3.ts';
import { type SimulatedObs, startSimulatedObs } from '../rig/simulated-obs.ts';
import { uploadCompleted, withAgent } from './bench-agent.ts';
import type { Figure } from './figure.ts';
import { type Cost, measureProgram, rcloneEnvironment } from './other-client.ts';
import { askUsage } from './usage.ts';

export interface UploadBenchOptions {
  readonly fileBytes: number;
  /** Each program sends the file so many times; the medians are compared. */
  readonly rounds: number;
  readonly say: (line: string) => void;
}

type ClientName = 'streamai' | 'rclone16' | 'rclone' | 'aws';
const labels: Readonly<Record<ClientName, string>> = {
  streamai: 'StreamAI',
  rclone16: 'rclone copyto, 16 MiB × 4',
  rclone: 'rclone copyto, defaults',
  aws: 'aws s3 cp',
};
const names = Object.keys(labels) as ClientName[];
const bucket = 'bench';
const mega = 1e6;

interface Bench {
  readonly rgw: Rgw;
  readonly obs: SimulatedObs;
  readonly folder: string;
  readonly file: string;
}

export async function measureUpload({ fileBytes, rounds, say }: UploadBenchOptions): Promise<Figure[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-bench-'));
  // Deleted objects leave memory some seconds later.
  const rgw = await startRgw({ bytes: 8 * fileBytes });
  const obs = await startSimulatedObs({ recordingsDir: path.join(folder, 'recordings') });
  try {
    await rgw.s3.createBucket(bucket);
    const bench = { rgw, obs, folder, file: path.join(folder, 'file.mkv') };
    const clients = await prepare(bench);
    const emptyBucket = async (): Promise<void> => {
      await rgw.s3.empty(bucket);
      await rgw.collectGarbage();
    };
    await writeRandom(bench.file, 64 * 1024 * 1024);
    say(
      'Each once with a small file, and the large one once, so that neither they nor the store pay for a first time…',
    );
    for (const name of names) await clients[name]();
    const small = await clients.streamai();
    await writeRandom(bench.file, fileBytes);
    await clients.rclone();
    await emptyBucket();
    const costs: Record<ClientName, Cost[]> = { streamai: [], rclone16: [], rclone: [], aws: [] };
    for (let round = 0; round < rounds; round += 1) {
      for (const name of rotated(names, round)) {
        const cost = await clients[name]();
        // Its JSON may lie beside it.
        const object = (await rgw.s3.objects(bucket)).find(({ key }) => !key.endsWith('.json'));
        if (object?.size !== fileBytes) throw new Error(`${labels[name]} left no whole object`);
        say(`round ${round + 1}: ${labels[name]}: ${describe(cost)}`);
        costs[name].push(cost);
        await emptyBucket();
      }
    }
    return figures(costs, small);
  } finally {
    await obs.dispose();
    await rgw.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function prepare({ rgw, obs, folder, file }: Bench): Promise<Record<ClientName, () => Promise<Cost>>> {
  const { url, accessKey, secretKey } = rgw;
  await debianProgram('time', 'time');
  const rclone = await debianProgram('rclone', 'rclone');
  const anyAws = await debianProgram('aws', 'awscli');
  // Debian's own, also where a developer has another one earlier in PATH.
  const aws = existsSync('/usr/bin/aws') ? '/usr/bin/aws' : anyAws;
  const asRclone = rcloneEnvironment(rgw, folder);
  const asAws = {
    AWS_CONFIG_FILE: path.join(folder, 'no-config'),
    AWS_ACCESS_KEY_ID: accessKey,
    AWS_SECRET_ACCESS_KEY: secretKey,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const asUs = storageEnvironment(rgw, bucket);
  const largerParts = ['--s3-chunk-size', '16M', '--s3-upload-concurrency', '4'];
  return {
    streamai: () => withAgent(folder, obs, asUs, (agent) => measureAgent(agent, file)),
    rclone16: () => measureProgram(rclone, ['copyto', ...largerParts, file, `:s3:${bucket}/rclone16`], asRclone),
    rclone: () => measureProgram(rclone, ['copyto', file, `:s3:${bucket}/rclone`], asRclone),
    aws: () => measureProgram(aws, ['s3', 'cp', '--endpoint-url', url, file, `s3://${bucket}/aws`], asAws),
  };
}

/** From the request to `completed`, which stands for a proven object. The others prove less. */
async function measureAgent(agent: Parameters<typeof askUsage>[0], file: string): Promise<Cost> {
  const recording = await recordSession(agent, 'Bench');
  // The very file that the others read: a copy would still be on its way to the disk meanwhile.
  await rm(recording.file);
  await link(file, recording.file);
  const before = await askUsage(agent);
  const startedAt = performance.now();
  const [upload] = await agent.api.upload({ sessionId: recording.id, destination: 'object-storage' });
  await uploadCompleted(agent, upload?.id ?? '');
  const wallSeconds = (performance.now() - startedAt) / 1000;
  const after = await askUsage(agent);
  await rm(recording.file);
  return { wallSeconds, cpuSeconds: (after.cpuMs - before.cpuMs) / 1000, peakBytes: after.peakRssBytes };
}

function figures(costs: Readonly<Record<ClientName, Cost[]>>, small: Cost): Figure[] {
  const medians = Object.fromEntries(names.map((name) => [name, medianCost(costs[name])])) as Record<ClientName, Cost>;
  const rows = names.flatMap((name): Figure[] => [
    { id: `${name}WallS`, label: `${labels[name]}: wall`, value: medians[name].wallSeconds, unit: 's' },
    { id: `${name}CpuS`, label: `${labels[name]}: CPU`, value: medians[name].cpuSeconds, unit: 's' },
    { id: `${name}PeakMB`, label: `${labels[name]}: peak memory`, value: medians[name].peakBytes / mega, unit: 'MB' },
  ]);
  const { streamai, rclone16, rclone, aws } = medians;
  const fastest = Math.min(rclone16.wallSeconds, rclone.wallSeconds, aws.wallSeconds);
  const rcloneCpu = Math.min(rclone16.cpuSeconds, rclone.cpuSeconds);
  return [
    ...rows,
    {
      id: 'wallRatio',
      label: 'wall, of the fastest other',
      value: streamai.wallSeconds / fastest,
      unit: '×',
      atMost: 0.8,
    },
    { id: 'cpuRatio', label: "CPU, of rclone's", value: streamai.cpuSeconds / rcloneCpu, unit: '×', atMost: 1 / 3 },
    { id: 'peakMB', label: 'peak memory of the agent', value: streamai.peakBytes / mega, unit: 'MB', atMost: 200 },
    { id: 'peakSmallMB', label: 'the same for 64 MiB', value: small.peakBytes / mega, unit: 'MB' },
  ];
}

function medianCost(costs: readonly Cost[]): Cost {
  const median = (of: (cost: Cost) => number): number => {
    const values = costs.map(of).sort((a, b) => a - b);
    const middle = (values.length - 1) / 2;
    return ((values[Math.floor(middle)] ?? 0) + (values[Math.ceil(middle)] ?? 0)) / 2;
  };
  return {
    wallSeconds: median((cost) => cost.wallSeconds),
    cpuSeconds: median((cost) => cost.cpuSeconds),
    peakBytes: median((cost) => cost.peakBytes),
  };
}

const describe = ({ wallSeconds, cpuSeconds, peakBytes }: Cost): string =>
  `${wallSeconds.toFixed(2)} s, CPU ${cpuSeconds.toFixed(2)} s, ${(peakBytes / mega).toFixed(0)} MB`;

/** So that none is always the first. */
const rotated = <T>(items: readonly T[], by: number): T[] => items.map((_, i) => items[(i + by) % items.length] as T);

/** Content that nothing can compress or guess. */
async function writeRandom(file: string, bytes: number): Promise<void> {
  const block = randomFillSync(Buffer.alloc(16 * 1024 * 1024));
  const handle = await open(file, 'w');
  try {
    for (let written = 0, number = 0; written < bytes; written += block.length, number += 1) {
      block.writeUInt32LE(number); // no two parts alike
      await handle.write(block, 0, Math.min(block.length, bytes - written));
    }
  } finally {
    await handle.close();
  }
}
