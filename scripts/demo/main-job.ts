/** The main job itself, as any REST client would do it, and the proof that it was done. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Container, Destination, Recording, Session, TaskStatus, Upload } from '../../shared/domain.ts';
import { formatBytes, formatClock, formatSpeed } from '../../shared/format.ts';
import { nameFromTemplate } from '../../shared/template.ts';
import type { Narrator } from './narrator.ts';
import type { DemoWorld } from './world.ts';

/** What `--json` prints. */
export interface DemoResult {
  /** OBS's own version; ` (simulated)` behind it where no real OBS recorded. */
  readonly obsVersion: string;
  readonly session: { readonly id: string; readonly name: string };
  readonly recording: {
    readonly path: string;
    readonly bytes: number;
    readonly sha256: string;
    readonly durationMs: number;
    readonly container: Container;
  };
  readonly upload: {
    readonly destination: Destination;
    readonly bytes: number;
    readonly sha256AtDestination: string;
    readonly taskId: string;
    readonly taskStatus: TaskStatus;
  };
  readonly stopToUploadedMs: number;
}

/** The main job was not done; the message is for the user. */
export class DemoFailure extends Error {
  override readonly name = 'DemoFailure';
}

const lookEveryMs = 100;
/** Longest wait for the upload and its task, over and above the time that was recorded. */
const patienceMs = 120_000;

/** Records, uploads, waits for the task, compares. @throws DemoFailure when anything does not hold */
export async function doMainJob(
  world: DemoWorld,
  seconds: number,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<DemoResult> {
  const { words } = narrator;
  const name = nameFromTemplate('Demo {date} {time}', { at: new Date() });
  const started = await record(world, name, seconds, narrator, signal);
  const deadline = performance.now() + seconds * 1000 + patienceMs;
  const session = await track(world, started.id, deadline, narrator, signal);
  const { recording, upload } = arrived(session, narrator);

  const file = await digest(createReadStream(recording.path, { signal }));
  const stored = await digest(await download(world.receiver, upload.task.id, signal));
  for (const [what, left, right] of [
    ['SHA-256', file.sha256, stored.sha256],
    ['SHA-256', file.sha256, upload.sha256],
    ['bytes', file.bytes, stored.bytes],
    ['bytes', file.bytes, recording.bytes],
    ['bytes', file.bytes, upload.bytesTotal],
  ] as const) {
    if (left !== right) throw new DemoFailure(words.different(`${what} ${left} ≠ ${right}`));
  }
  narrator.done(words.same(file.sha256));

  const { stopToUploadedMs } = session.metadata;
  if (session.name !== name) throw new DemoFailure(words.wrongSession(session.name));
  if (stopToUploadedMs === undefined) throw new DemoFailure(words.wrongSession('stopToUploadedMs'));
  const { version, kind } = world.obs;
  return {
    obsVersion: kind === 'simulated' ? `${version} (simulated)` : version,
    session: { id: session.id, name: session.name },
    recording: {
      path: recording.path,
      bytes: file.bytes,
      sha256: file.sha256,
      durationMs: session.durationMs,
      container: recording.container ?? 'unknown',
    },
    upload: {
      destination: upload.destination,
      bytes: stored.bytes,
      sha256AtDestination: stored.sha256,
      taskId: upload.task.id,
      taskStatus: upload.task.status,
    },
    stopToUploadedMs,
  };
}

/** Starts, waits while OBS records, stops; OBS has confirmed both. */
async function record(
  { agent }: DemoWorld,
  sessionName: string,
  seconds: number,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<Session> {
  const session = await agent.api.start({ sessionName, autoUpload: true });
  signal.throwIfAborted();
  narrator.say(narrator.words.recording(session.name));
  const startedAt = performance.now();
  for (let elapsed = 0; elapsed < seconds * 1000; elapsed = performance.now() - startedAt) {
    const { bytes } = await agent.api.recordingStatus();
    const size = bytes === 0 ? '' : `  ${formatBytes(bytes, narrator.language)}`;
    narrator.progress(elapsed / (seconds * 1000), `${formatClock(elapsed)}${size}`);
    await delay(Math.min(lookEveryMs, seconds * 1000 - elapsed), undefined, { signal });
  }
  narrator.progress(1, formatClock(seconds * 1000));
  return await agent.api.command('stop');
}

/** Shows finalising, upload and task as the agent tells of them. @returns the session once its task has ended */
async function track(
  { agent }: DemoWorld,
  sessionId: string,
  deadline: number,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<Session> {
  const { words, language } = narrator;
  let said: 'nothing' | 'recorded' | 'uploaded' = 'nothing';
  let fault = '';
  for (;;) {
    const session = await agent.api.session(sessionId);
    const recording = session.recordings[0];
    const upload = recording?.uploads[0];
    if (said === 'nothing' && recording && (recording.state === 'ready' || recording.state === 'missing')) {
      sayRecorded(session, recording, narrator);
      said = 'recorded';
    }
    if (upload?.state === 'failed' || upload?.state === 'cancelled') {
      throw new DemoFailure(upload.error ? narrator.explain(upload.error) : upload.state);
    }
    if (upload?.state === 'uploading') {
      const speed = upload.bytesPerSecond === null ? '' : `  ${formatSpeed(upload.bytesPerSecond, language)}`;
      narrator.progress(upload.bytesSent / upload.bytesTotal, `${formatBytes(upload.bytesSent, language)}${speed}`);
    }
    const reason = upload?.state === 'waiting' && upload.error ? narrator.explain(upload.error) : '';
    if (reason !== fault && reason !== '') narrator.say(`! ${words.uploadWaits(reason)}`);
    fault = reason;
    if (said === 'recorded' && upload?.state === 'completed') {
      // However fast it was: an upload that arrived is a full bar.
      narrator.progress(1, formatBytes(upload.bytesTotal, language));
      narrator.done(words.uploaded(formatBytes(upload.bytesTotal, language)));
      said = 'uploaded';
    }
    if (said === 'uploaded' && upload?.task) {
      const { task } = upload;
      narrator.progress((task.progress ?? 0) / 100, task.status);
      if (task.endedAt !== null && session.metadata.stopToUploadedMs !== undefined) {
        narrator.done(words.task(task.id, task.status, task.message ?? ''));
        return session;
      }
    }
    if (performance.now() > deadline) throw new DemoFailure(words.tookTooLong(upload?.state ?? session.state));
    await delay(lookEveryMs, undefined, { signal });
  }
}

function sayRecorded(session: Session, recording: Recording, narrator: Narrator): void {
  const { words, language } = narrator;
  const { width, height, fps } = session.metadata;
  const number = (value: number): string => new Intl.NumberFormat(language, { maximumFractionDigits: 2 }).format(value);
  const picture = width && height && fps ? words.picture(width, height, number(fps)) : '';
  const time = `${number(session.durationMs / 1000)} s`;
  narrator.done(
    words.recorded(time, formatBytes(recording.bytes, language), recording.container ?? 'unknown', picture),
  );
}

type CompletedUpload = Upload & { readonly task: NonNullable<Upload['task']> };

/** The one recording and its one upload. @throws DemoFailure when they are not as they must be */
function arrived(session: Session, { words }: Narrator): { recording: Recording; upload: CompletedUpload } {
  const [recording, ...others] = session.recordings;
  const [upload, ...again] = recording?.uploads ?? [];
  if (session.state !== 'recorded') throw new DemoFailure(words.wrongSession(session.state));
  if (!recording || !upload?.task || others.length + again.length > 0) {
    throw new DemoFailure(words.wrongSession(`${session.recordings.length} files`));
  }
  if (recording.finalised !== true) throw new DemoFailure(words.notFinal);
  const { status } = upload.task;
  if (status !== 'completed' && status !== 'completed_simple') throw new DemoFailure(words.badTask(status));
  return { recording, upload: { ...upload, task: upload.task } };
}

async function digest(stream: Readable): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    hash.update(chunk);
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** What the receiver gives back of a task. */
async function download(
  { url: base, apiKey }: DemoWorld['receiver'],
  taskId: string,
  signal: AbortSignal,
): Promise<Readable> {
  const url = `${base}/results/${taskId}/video`;
  const call = get(url, { agent: false, signal, headers: { authorization: `Bearer ${apiKey}` } });
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  if (response.statusCode === 200) return response;
  response.destroy();
  throw new DemoFailure(`GET ${url}: HTTP ${response.statusCode}`);
}
