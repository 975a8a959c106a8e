/** One real recording from its start until its object is proven, measured on the bench's own clock. */
import { stat, writeFile } from 'node:fs/promises';
import type { Session, Upload } from '../../shared/domain.ts';
import type { AgentProcess } from '../rig/agent-process.ts';
import { recordState } from '../rig/record-state.ts';
import { sha256Of } from '../rig/sha256.ts';
import { hasSettled } from './bench-agent.ts';
import type { FollowWorld } from './follow-world.ts';
import { type ObsFrames, watchFrames } from './obs-frames.ts';
import { askUsage, type Usage } from './usage.ts';

/** When each step after OBS's STOPPED was over, ms from there. */
export interface Steps {
  /** The agent took the file for closed. */
  readonly closed: number;
  /** The last part was acknowledged. */
  readonly sent: number;
  /** CompleteMultipartUpload was answered. */
  readonly assembled: number;
  /** HeadObject was answered. */
  readonly verified: number;
  /** The agent said that the upload is completed. */
  readonly announced: number;
}

export interface RecordedRun {
  readonly file: string;
  readonly fileBytes: number;
  readonly steps: Steps;
  /** The same span as `steps.announced`, as the agent's API says, ms. */
  readonly toldMs: number;
  /** What passed the link from STOPPED on. */
  readonly bytesAfterStop: number;
  readonly parts: number;
  /** Numbers of parts that were sent more than once. */
  readonly sentTwice: readonly number[];
  /** The agent held its upload back because OBS lost frames: more of it is left at the stop then. */
  readonly slowedForObs: boolean;
  readonly obs: ObsFrames;
  /** Of the agent, from STARTED to the stop. */
  readonly recordingMs: number;
  readonly recordingCpuMs: number;
  /** Of the agent, from STARTED to the proven object. */
  readonly cpuMs: number;
  readonly peakBytes: number;
  readonly readBytes: number;
  readonly fromDiskBytes: number;
}

/** Records for so long, and waits for what the agent does by itself. The bucket must be empty, and is not afterwards. */
export async function recordAndUpload(world: FollowWorld, name: string, seconds: number): Promise<RecordedRun> {
  const { agent, client, gate, link, signal } = world;
  const calls = watchCalls(world);
  let bytesAtStop = 0;
  const stopped = recordState(client, 'STOPPED').then(() => {
    bytesAtStop = link.bytesUp;
    return performance.now();
  });
  gate.forget();
  await forgetPeak(agent);
  const { id } = await agent.api.start({ sessionName: name });
  const before = await askUsage(agent);
  const startedAt = performance.now();
  const obs = await watchFrames(client, seconds, signal);
  const during = await askUsage(agent);
  const recordingMs = performance.now() - startedAt;
  const [stoppedAt, closedAt, announcedAt] = await Promise.all([
    stopped,
    reached(agent, id, 'the recording is closed', ({ state }) => state === 'recorded'),
    reached(agent, id, 'its upload has settled', uploadHasSettled),
    agent.api.command('stop'),
  ]);
  const bytesAfterStop = link.bytesUp - bytesAtStop;
  const after = await askUsage(agent);
  const { recordings, metadata } = await agent.api.session(id);
  if (metadata.stopToUploadedMs === undefined) throw new Error('the session does not say how long its arrival took');
  const file = recordings[0]?.path ?? '';
  await expectSame(world, recordings[0]?.uploads[0], file);
  const sent = gate.calls.filter(({ verb }) => verb === 'part').map(({ part }) => part);
  return {
    file,
    fileBytes: (await stat(file)).size,
    steps: {
      closed: closedAt - stoppedAt,
      sent: calls.part - stoppedAt,
      assembled: calls.complete - stoppedAt,
      verified: calls.head - stoppedAt,
      announced: announcedAt - stoppedAt,
    },
    toldMs: metadata.stopToUploadedMs,
    bytesAfterStop,
    parts: new Set(sent).size,
    sentTwice: [...new Set(sent.filter((part, index) => sent.indexOf(part) !== index))],
    slowedForObs: agent.live.events.some(
      (event) =>
        event.type === 'upload_updated' && event.data.sessionId === id && event.data.notice?.code === 'slowed_for_obs',
    ),
    obs,
    recordingMs,
    recordingCpuMs: during.cpuMs - before.cpuMs,
    cpuMs: after.cpuMs - before.cpuMs,
    peakBytes: after.peakRssBytes,
    ...readBetween(before, after),
  };
}

/** When the newest call of each kind was answered. */
function watchCalls({ gate }: FollowWorld): Readonly<Record<'part' | 'complete' | 'head', number>> {
  const at = { part: Number.NaN, complete: Number.NaN, head: Number.NaN };
  gate.rules = {
    onDelivered({ verb }) {
      if (verb === 'part' || verb === 'complete' || verb === 'head') at[verb] = performance.now();
    },
  };
  return at;
}

/** The agent's peak counts anew from here (proc(5), clear_refs). */
async function forgetPeak({ pid }: AgentProcess): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5');
}

/** @returns when the agent said so */
async function reached(
  agent: AgentProcess,
  id: string,
  what: string,
  holds: (session: Session) => boolean,
): Promise<number> {
  const found = agent.live.until(
    what,
    ({ sessions }) => sessions.some((each) => each.id === id && holds(each)),
    600_000,
  );
  await found.catch(async (cause: unknown) => {
    throw new Error(`${what}: not within 10 minutes. The end of the agent's log:\n${await agent.logTail()}`, { cause });
  });
  return performance.now();
}

function uploadHasSettled({ recordings }: Session): boolean {
  const uploads = recordings.flatMap((recording) => recording.uploads);
  return uploads.length > 0 && uploads.every(hasSettled);
}

/** A figure counts only if what arrived is the file. */
async function expectSame({ rgw, bucket }: FollowWorld, upload: Upload | undefined, file: string): Promise<void> {
  if (upload?.state !== 'completed') throw new Error(`the upload did not complete: ${JSON.stringify(upload)}`);
  const key = upload.object?.key ?? '';
  if ((await rgw.s3.sha256(bucket, key)) !== (await sha256Of(file)))
    throw new Error(`the object ${key} is not ${file}`);
}

function readBetween(before: Usage, after: Usage): Pick<RecordedRun, 'readBytes' | 'fromDiskBytes'> {
  if (before.files === null || after.files === null) throw new Error('this system does not tell what a process reads');
  return {
    readBytes: after.files.readBytes - before.files.readBytes,
    fromDiskBytes: after.files.fromDiskBytes - before.files.fromDiskBytes,
  };
}
