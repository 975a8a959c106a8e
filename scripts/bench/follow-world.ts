/** A whole StreamAI whose recordings go to real Object Storage: real OBS → agent → link → gate, which watches → Ceph RGW. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import OBSWebSocket from 'obs-websocket-js/json';
import type { AgentProcess } from '../rig/agent-process.ts';
import { debianProgram } from '../rig/debian-root.ts';
import { type Gate, startGate } from '../rig/gate.ts';
import { type Link, startLink } from '../rig/link.ts';
import { startObs } from '../rig/obs.ts';
import type { RigObs } from '../rig/obs-types.ts';
import { ensurePeer, peerDescriptions } from '../rig/peers.ts';
import { type Rgw, startRgw } from '../rig/rgw.ts';
import { storageEnvironment } from '../rig/s3.ts';
import { unlessAborted } from '../rig/unless-aborted.ts';
import { withAgent } from './bench-agent.ts';
import { findPeers } from './peers-missing.ts';

export interface FollowWorld {
  readonly rgw: Rgw;
  readonly bucket: string;
  readonly gate: Gate;
  readonly link: Link;
  readonly obs: RigObs;
  /** A connection to OBS that is not the agent's. */
  readonly client: OBSWebSocket;
  readonly agent: AgentProcess;
  /** Path of the program. */
  readonly rclone: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

export interface FollowWorldOptions {
  readonly linkBitsPerSecond: number;
  readonly recordingBitsPerSecond: number;
  /** What the store, which is in memory, must hold. */
  readonly storeBytes: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

const bucket = 'bench';

/**
 * Sets it all up, and takes it down again however `use` ends, or as soon as the signal is aborted.
 * @throws {PeersMissing} before anything was started
 */
export async function inFollowWorld<T>(
  options: FollowWorldOptions,
  use: (world: FollowWorld) => Promise<T>,
): Promise<T> {
  const { linkBitsPerSecond, recordingBitsPerSecond, storeBytes, signal, say } = options;
  const [, , rclone = ''] = await findPeers([
    { what: peerDescriptions.ceph, find: () => ensurePeer('ceph') },
    { what: peerDescriptions.obsNewest, find: () => ensurePeer('obsNewest') },
    { what: 'rclone, which is compared with', find: () => debianProgram('rclone', 'rclone') },
  ]);
  signal.throwIfAborted();
  say('Starting Ceph RGW, OBS and the agent…');
  await using cleanup = new AsyncDisposableStack();
  const ends = <R>(resource: R, end: (resource: R) => Promise<unknown>): R => {
    cleanup.defer(async () => void (await end(resource)));
    signal.throwIfAborted();
    return resource;
  };
  const folder = ends(await mkdtemp(path.join(tmpdir(), 'streamai-bench-')), (made) =>
    rm(made, { recursive: true, force: true, maxRetries: 5 }),
  );
  const rgw = ends(await startRgw({ bytes: storeBytes }), (started) => started.stop());
  await rgw.s3.createBucket(bucket);
  const gate = ends(await startGate(rgw.url), (started) => started.close());
  const link = ends(await startLink(gate.url), (started) => started.close());
  link.setRate(linkBitsPerSecond);
  const obs = ends(
    await startObs('newest', {
      recordingsDir: path.join(folder, 'recordings'),
      format: 'hybrid_mp4',
      kbps: recordingBitsPerSecond / 1000,
      video: { width: 640, height: 360, fps: 30 },
    }),
    (started) => started.dispose(),
  );
  const client = ends(new OBSWebSocket(), (made) => made.disconnect().catch(() => undefined));
  await client.connect(`ws://${obs.host}:${obs.port}`, obs.password);
  return await withAgent(folder, obs, storageEnvironment({ ...rgw, url: link.url }, bucket), (agent) =>
    unlessAborted(signal, use({ rgw, bucket, gate, link, obs, client, agent, rclone, signal, say })),
  );
}
