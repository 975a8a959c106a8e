/**
 * Upload while recording against upload after the stop: real OBS at 20 Mbit/s, one link of 40 Mbit/s, real Ceph RGW. How long
 * from OBS's STOPPED until the object is proven, for recordings of several lengths; what it costs the agent, and OBS.
 *
 * Each run makes two recordings of the same length. One is uploaded while it is made. The other one is made with that setting
 * off: it shows how OBS fares by itself, is then uploaded by the same engine, and once more, from the same file, by rclone.
 */
import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { exited, spawnBound } from '../rig/processes.ts';
import type { Figure } from './figure.ts';
import { type FollowWorld, inFollowWorld } from './follow-world.ts';
import { rcloneEnvironment } from './other-client.ts';
import { type RecordedRun, recordAndUpload } from './recorded-run.ts';
import type { Run } from './run-costs.ts';
import { stopFigures } from './stop-figures.ts';

export interface StopBenchOptions {
  /** Lengths of the recordings. */
  readonly seconds: readonly number[];
  /** Of each length; default: 5 of those below two minutes, 1 of longer ones. */
  readonly runs?: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

const linkBitsPerSecond = 40e6;
const recordingBitsPerSecond = 20e6;
const mega = 1e6;

/** @throws {PeersMissing} before anything was started; the signal's reason once everything has ended */
export async function measureStopToUploaded({ seconds, runs, signal, say }: StopBenchOptions): Promise<Figure[]> {
  const longestBytes = (Math.max(...seconds) * recordingBitsPerSecond) / 8;
  // Deleted objects leave the store's memory late.
  const storeBytes = 1024 ** 3 + 4 * longestBytes;
  return inFollowWorld({ linkBitsPerSecond, recordingBitsPerSecond, storeBytes, signal, say }, async (world) => {
    say('One short recording each way first, so that nobody pays for a first time…');
    await measureRun(world, 6, 0);
    const all = new Map<number, Run[]>();
    for (const length of [...seconds].sort((a, b) => a - b)) {
      const wanted = runs ?? (length < 120 ? 5 : 1);
      say(`${length} s of recording, ${wanted} × (while recording, after the stop, and that file again by rclone)`);
      const done: Run[] = [];
      while (done.length < wanted) done.push(await measureRun(world, length, done.length));
      all.set(length, done);
    }
    return stopFigures(all, linkBitsPerSecond);
  });
}

/** @param number of the run: by it the two ways take turns in being the first */
async function measureRun(world: FollowWorld, seconds: number, number: number): Promise<Run> {
  const before = number % 2 === 0 ? await recordAlone(world, seconds, true) : null;
  const afterStop = await recordAlone(world, seconds, false, (file) => sendByRclone(world, file));
  const followed = before ?? (await recordAlone(world, seconds, true));
  return { followed, afterStop, rcloneMs: afterStop.also ?? Number.NaN };
}

/** Records and measures, lets `also` use the file once the bucket is empty again, and leaves nothing. */
async function recordAlone(
  world: FollowWorld,
  seconds: number,
  uploadWhileRecording: boolean,
  also?: (file: string) => Promise<number>,
): Promise<RecordedRun & { readonly also: number | null }> {
  const { agent, say } = world;
  const changed = await agent.api.call('PUT', '/api/settings', { uploadWhileRecording });
  if (changed.status !== 200) throw new Error(`the setting was not taken: ${JSON.stringify(changed.body)}`);
  const name = uploadWhileRecording ? 'while recording' : 'after the stop';
  const run = await recordAndUpload(world, name, seconds);
  await emptyBucket(world);
  say(`  ${name}: ${describe(run)}`);
  const alsoMs = also === undefined ? null : await also(run.file);
  if (alsoMs !== null) {
    say(`  the same file by rclone: ${(alsoMs / 1000).toFixed(2)} s`);
    await emptyBucket(world);
  }
  await rm(run.file);
  return { ...run, also: alsoMs };
}

async function emptyBucket({ rgw, bucket }: FollowWorld): Promise<void> {
  await rgw.s3.empty(bucket);
  await rgw.collectGarbage();
}

/** As if it were started right at STOPPED: that it too would have to wait until the file is closed is not counted. @returns ms */
async function sendByRclone({ rclone, rgw, link, bucket, signal }: FollowWorld, file: string): Promise<number> {
  const home = path.dirname(file);
  const env = { PATH: process.env.PATH, HOME: home, ...rcloneEnvironment({ ...rgw, url: link.url }, home) };
  const parts = ['--s3-upload-cutoff', '16M', '--s3-chunk-size', '16M', '--s3-upload-concurrency', '4'];
  const args = ['copyto', '--quiet', ...parts, file, `:s3:${bucket}/rclone`];
  const startedAt = performance.now();
  const child = spawnBound(rclone, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const kill = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  const ended = await exited(child, 600_000);
  const ms = performance.now() - startedAt;
  signal.removeEventListener('abort', kill);
  signal.throwIfAborted();
  kill();
  // The agent may have written its JSON meanwhile.
  const object = (await rgw.s3.objects(bucket)).find(({ key }) => key === 'rclone');
  if (!ended || child.exitCode !== 0 || object?.size !== (await stat(file)).size)
    throw new Error('rclone left no object');
  return ms;
}

function describe({ fileBytes, steps, toldMs, parts, sentTwice, bytesAfterStop, slowedForObs }: RecordedRun): string {
  const { closed, sent, assembled, verified, announced } = steps;
  const seconds = (ms: number): string => (ms / 1000).toFixed(2);
  return (
    `${(fileBytes / mega).toFixed(1)} MB in ${parts} parts, sent twice: ${sentTwice.join(', ') || 'none'}; ` +
    `stop to uploaded ${seconds(announced)} s (the agent says ${seconds(toldMs)} s): closed at ${seconds(closed)}, ` +
    `last part ${seconds(sent)}, assembled ${seconds(assembled)}, verified ${seconds(verified)}; ` +
    `${(bytesAfterStop / mega).toFixed(1)} MB after the stop${slowedForObs ? '; held back while recording: OBS lost frames' : ''}`
  );
}
