/**
 * What lay around the database of version 0.1.0 when its agent was killed, set up again on this machine: the recordings, what
 * Object Storage had of them (on a real Ceph RGW, behind a gate), the processing server with the task that had not ended, OBS.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import OBSWebSocket from 'obs-websocket-js/json';
import { type Row, unpackDatabase, writtenRows } from '../../agent/storage/released-database-fixture.ts';
import { partCount, partRange } from '../../agent/uploads/destinations/object-storage/s3/part-plan.ts';
import type { TaskRecord } from '../../server/tasks/task.ts';
import { AgentProcess } from '../rig/agent-process.ts';
import { type FaultyReceiver, startFaultyReceiver } from '../rig/faulty-receiver/faulty.ts';
import { type Gate, startGate } from '../rig/gate.ts';
import type { Rgw } from '../rig/rgw.ts';
import { type SimulatedObs, startSimulatedObs } from '../rig/simulated-obs.ts';
import { remakeRecordings } from './released-recordings-fixture.ts';

/** As the database names it. */
export const bucket = 'fixture-recordings';
/** OBS's format for file names, which the old agent had replaced when it was killed. */
export const fileNameFormat = { parameterCategory: 'Output', parameterName: 'FilenameFormatting' } as const;

export interface ReleasedWorld {
  readonly recordingsDir: string;
  readonly obs: SimulatedObs;
  readonly receiver: FaultyReceiver;
  /** In front of the store. */
  readonly gate: Gate;
  /** Over the database, and configured by it alone; not started. */
  readonly agent: AgentProcess;
  /** The database's rows as the old version left them. */
  readonly written: (table: string) => readonly Row[];
  /** OBS puts the head of “Se termine” right, the last that it does to a file. */
  readonly closeSeTermine: () => void;
  obsClient(): Promise<OBSWebSocket>;
  dispose(): Promise<void>;
}

export async function startReleasedWorld(rgw: Rgw): Promise<ReleasedWorld> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-released-'));
  stack.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const recordingsDir = path.join(folder, 'recordings');
  const closeSeTermine = remakeRecordings(recordingsDir);

  const dataDir = path.join(folder, 'data');
  const file = await unpackDatabase('0.1.0', dataDir);
  const rows = writtenRows(file);
  const written: ReleasedWorld['written'] = (table) => rows[table] ?? [];

  const obs = await startSimulatedObs({ recordingsDir, password: 'obs-password' });
  stack.defer(() => obs.dispose());
  const clients = stack.adopt(new Set<OBSWebSocket>(), async (all) => {
    for (const client of all) await client.disconnect();
  });
  const obsClient = async (): Promise<OBSWebSocket> => {
    const client = new OBSWebSocket();
    await client.connect(`ws://${obs.host}:${obs.port}`, obs.password);
    clients.add(client);
    return client;
  };
  await (await obsClient()).call('SetProfileParameter', { ...fileNameFormat, parameterValue: 'Émission en cours' });

  const dir = path.join(folder, 'received');
  putOpenTask(dir, written, recordingsDir);
  const receiver = await startFaultyReceiver({ dir, allowPrivateSources: true });
  stack.defer(() => receiver.close());
  const gate = await startGate(rgw.url);
  stack.defer(() => gate.close());
  const ids = await fillStore(rgw, written, recordingsDir);

  moveHere(file, { recordingsDir, rgw, store: gate.url, server: receiver.url, obsPort: obs.port, ids });
  const agent = new AgentProcess(dataDir, { STREAMAI_LOG_LEVEL: 'debug' });
  stack.defer(() => agent.dispose());
  const all = stack.move();
  const parts = { recordingsDir, obs, receiver, gate, agent, written, closeSeTermine, obsClient };
  return { ...parts, dispose: () => all.disposeAsync() };
}

/** The processing server has “Refusée”, and has finished with it meanwhile. */
function putOpenTask(dir: string, written: ReleasedWorld['written'], recordingsDir: string): void {
  const file = path.join(recordingsDir, 'Refusée.mp4');
  const content = readFileSync(file);
  const task: TaskRecord = {
    ...{ version: 1, taskId: openTask(written), filename: path.basename(file), storedName: 'recording.mp4' },
    ...{ size: content.length, sha256: createHash('sha256').update(content).digest('hex') },
    config: { subtitle_model: 'small', priority: 3 },
    uploadedAt: 0,
  };
  const folder = path.join(dir, 'tasks', task.taskId);
  mkdirSync(folder, { recursive: true });
  copyFileSync(file, path.join(folder, task.storedName));
  writeFileSync(path.join(folder, 'task.json'), JSON.stringify(task));
}

/** The task of a processing server (not the embedded one) that had not ended. */
export function openTask(written: ReleasedWorld['written']): string {
  return String(written('tasks').find(({ endedAt, server }) => endedAt === null && server !== 'embedded')?.id);
}

/**
 * Puts into the bucket what the journal says of it, from the recordings that are there.
 * @returns the store's ids by those in the journal
 * @throws when a part is not the one that the old agent sent
 */
async function fillStore({ s3 }: Rgw, written: ReleasedWorld['written'], dir: string): Promise<Map<string, string>> {
  await s3.createBucket(bucket);
  const ids = new Map<string, string>();
  for (const { id, key, s3UploadId, state, etag, partBytes } of written('multiparts')) {
    const file = path.join(dir, path.posix.basename(String(key)));
    const size = (await stat(file).catch(() => null))?.size;
    // Its answer was never seen, or nobody needs its file any more.
    if (s3UploadId === null || size === undefined) continue;
    const content = readFileSync(file);
    const multipart = await s3.create(bucket, String(key));
    ids.set(String(s3UploadId), multipart.uploadId);
    const joined = state === 'completed' || state === 'verifying';
    const journal = written('parts').filter(({ multipartId }) => multipartId === id);
    const numbers = joined
      ? Array.from({ length: partCount(size, Number(partBytes)) }, (_, index) => index + 1)
      : journal.map(({ number }) => Number(number));
    const etags: string[] = [];
    for (const number of numbers) {
      const { start, bytes } = partRange(number, size, Number(partBytes));
      etags.push(await s3.putPart(bucket, multipart, number, content.subarray(start, start + bytes)));
    }
    if (joined) await s3.complete(bucket, multipart, etags);
    const same = joined
      ? (await s3.head(bucket, String(key))).get('etag') === `"${etag}"`
      : etags.every((each, index) => each === journal[index]?.md5);
    if (!same) throw new Error(`${file} is not what it was when version 0.1.0 sent it`);
  }
  return ids;
}

/** The addresses and folders of this machine in the place of those that nobody has; whatever waits for its time is due. */
function moveHere(
  file: string,
  here: {
    readonly recordingsDir: string;
    readonly rgw: Rgw;
    readonly store: string;
    readonly server: string;
    readonly obsPort: number;
    readonly ids: ReadonlyMap<string, string>;
  },
): void {
  using database = new DatabaseSync(file);
  const { recordingsDir, rgw, store, server, obsPort, ids } = here;
  const settings = {
    ...{ recordingsDir, obsPort, processingUrl: server, uploadEndpoint: '/upload', statusEndpoint: '/status' },
    ...{ objectStorageEndpoint: store, objectStorageAccessKey: rgw.accessKey, objectStorageSecretKey: rgw.secretKey },
  };
  const setting = database.prepare('UPDATE settings SET value = ? WHERE name = ?');
  for (const [name, value] of Object.entries(settings)) setting.run(JSON.stringify(value), name);
  database.prepare(`UPDATE recordings SET path = replace(path, '/recordings/', ?)`).run(`${recordingsDir}${path.sep}`);
  database.prepare(`UPDATE tasks SET server = ? WHERE server <> 'embedded'`).run(server);
  database.prepare('UPDATE multiparts SET endpoint = ?').run(store);
  const id = database.prepare('UPDATE multiparts SET s3_upload_id = ? WHERE s3_upload_id = ?');
  for (const [before, now] of ids) id.run(now, before);
  database.exec(`UPDATE uploads SET next_attempt_at = created_at WHERE state = 'waiting'`);
}
