import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { vadModel } from '../models/catalogue.ts';
import { unreachable } from '../models/model-unavailable.ts';
import type { Progress } from '../queue/queue.ts';
import { RecordingProblem, type Stage, type StageContext } from '../stages/stage.ts';
import { FolderTaskStore } from './folder-task-store.ts';
import { begun, cancelled, mostAttempts, type StageName } from './task-state.ts';
import type { Task } from './task-store.ts';
import { Worker } from './worker.ts';

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'worker-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
  return dir;
}

const damaged = (name: string, error: unknown): never => {
  throw new Error(`${name} is damaged`, { cause: error });
};

async function arrived(store: FolderTaskStore): Promise<Task> {
  const incoming = await store.begin();
  await writeFile(join(incoming.folder, 'recording.mkv'), 'a recording');
  return store.commit(incoming, {
    ...{ filename: 'take 1.mkv', storedName: 'recording.mkv', size: 11, sha256: 'a'.repeat(64) },
    ...{ config: { subtitle_model: 'base', priority: 1 }, uploadedAt: 1000 },
  });
}

const stage = (name: StageName, run: Stage['run']): Stage => ({ name, missing: async () => null, run });
const makes = (name: StageName, file: string): Stage =>
  stage(name, async ({ workspace }) => {
    await writeFile(join(workspace.scratch, 'made'), file);
    return { results: { [name]: { file, type: 'text/plain', bytes: await workspace.keep('made', file) } } };
  });
const job = ({ record, state }: Task) => ({ taskId: record.taskId, run: state.run, priority: 1 });
const signal = () => new AbortController().signal;

test('works stage by stage, tells how far it is, and keeps what each made over a restart', async () => {
  const dir = await folder();
  const store = await FolderTaskStore.open(dir, damaged);
  const task = await arrived(store);
  const reported: Progress[] = [];
  const stages = [makes('video', 'video.txt'), makes('transcribe', 'subtitles.vtt')];
  const worker = new Worker({ store, stages, onFailure: damaged });
  await worker.work(job(task), signal(), (progress) => reported.push(progress));

  const again = await FolderTaskStore.open(dir, damaged);
  const kept = await again.find(task.record.taskId);
  expect(kept?.state).toMatchObject({ status: 'completed', done: ['video', 'transcribe'], attempts: 1 });
  expect(await readFile(join(dir, 'tasks', task.record.taskId, 'results/subtitles.vtt'), 'utf8')).toBe('subtitles.vtt');
  expect(reported.map((progress) => progress.stage)).toEqual(['video', 'transcribe']);
});

test('goes on at the stage at which the last worker went away, and gives up when it takes every worker with it', async () => {
  const dir = await folder();
  const store = await FolderTaskStore.open(dir, damaged);
  const task = await arrived(store);
  let videos = 0;
  const video = stage('video', async () => {
    videos++;
    return {};
  });
  const abort = new AbortController();
  const stopped = stage('transcribe', async (context: StageContext) => {
    abort.abort();
    context.signal.throwIfAborted();
    return {};
  });
  // Ended in order as often as somebody likes: nothing is counted against the task.
  for (let start = 0; start <= mostAttempts; start++) {
    await new Worker({ store, stages: [video, stopped], onFailure: damaged }).work(job(task), abort.signal, () => {});
    expect((await store.find(task.record.taskId))?.state).toMatchObject({ status: 'uploaded', attempts: 0 });
  }
  expect(videos).toBe(1);
  // Killed: it was begun, and nobody says what came of it.
  for (let kill = 0; kill < mostAttempts; kill++) await store.update(task.record.taskId, (state) => begun(state, 2000));
  await new Worker({ store, stages: [video, stopped], onFailure: damaged }).work(job(task), signal(), () => {});
  expect((await store.find(task.record.taskId))?.state).toMatchObject({
    status: 'error',
    problem: { code: 'worker_lost' },
  });
});

test.each([
  [new RecordingProblem('no_audio', 'It has no sound.', 'Record with sound.'), 'no_audio', 0],
  [Object.assign(new Error('x'), { code: 'ENOSPC' }), 'disk_full', 1],
  [new Error('/secret/path'), 'server_failed', 1],
])('what fails is told with its cause: %s', async (error, code, told) => {
  const store = await FolderTaskStore.open(await folder(), damaged);
  const task = await arrived(store);
  const failures: unknown[] = [];
  const stages = [stage('check', () => Promise.reject(error))];
  await new Worker({ store, stages, onFailure: (_, failure) => failures.push(failure) }).work(
    job(task),
    signal(),
    () => {},
  );
  const state = (await store.find(task.record.taskId))?.state;
  expect(state).toMatchObject({ status: 'error', problem: { code } });
  expect(JSON.stringify(state)).not.toContain('/secret');
  expect(failures).toHaveLength(told);
});

test('a task that was called off in the middle stays called off', async () => {
  const store = await FolderTaskStore.open(await folder(), damaged);
  const task = await arrived(store);
  const { taskId } = task.record;
  const callsOff = stage('check', async () => {
    await store.update(taskId, (state) => cancelled(state, 2000));
    return {};
  });
  await new Worker({ store, stages: [callsOff], onFailure: damaged }).work(job(task), signal(), () => {});
  expect((await store.find(taskId))?.state.status).toBe('cancelled');
});

test('a stage whose tools are missing is left out, and without speech recognition it says so', async () => {
  const store = await FolderTaskStore.open(await folder(), damaged);
  const task = await arrived(store);
  const missing = { code: 'whisper_missing', cause: 'c', fix: 'f' };
  const hears: Stage = { ...makes('transcribe', 'subtitles.vtt'), missing: async () => missing };
  await new Worker({ store, stages: [hears, makes('pictures', 'p.txt')], onFailure: damaged }).work(
    job(task),
    signal(),
    () => {},
  );
  expect((await store.find(task.record.taskId))?.state).toMatchObject({
    status: 'completed_simple',
    done: ['pictures'],
  });
});

test('changes of one task never mix, and a damaged one is left alone', async () => {
  const dir = await folder();
  const store = await FolderTaskStore.open(dir, damaged);
  const task = await arrived(store);
  const { taskId } = task.record;
  const bump = () => store.update(taskId, (state) => ({ ...state, attempts: state.attempts + 1 }));
  await Promise.all(Array.from({ length: 20 }, bump));
  expect((await store.find(taskId))?.state.attempts).toBe(20);
  await writeFile(join(dir, 'tasks', taskId, 'state.json'), '{"version":1');
  const unreadable: string[] = [];
  const reopened = await FolderTaskStore.open(dir, (name) => unreadable.push(name));
  expect(unreadable).toEqual([taskId]);
  expect(await readFile(join(dir, 'tasks', taskId, 'recording.mkv'), 'utf8')).toBe('a recording');
  expect(await reopened.find(taskId)).toBeUndefined();
});

test('a removed task is gone with its files, and stays so', async () => {
  const dir = await folder();
  const store = await FolderTaskStore.open(dir, damaged);
  const task = await arrived(store);
  await store.remove(task.record.taskId);
  await expect(readFile(join(dir, 'tasks', task.record.taskId, 'task.json'))).rejects.toThrow('ENOENT');
  expect((await FolderTaskStore.open(dir, damaged)).count).toBe(0);
});

test('a model that cannot be had is said as what it is, and to whoever runs the server', async () => {
  const store = await FolderTaskStore.open(await folder(), damaged);
  const task = await arrived(store);
  const lacking = stage('transcribe', async () => {
    throw unreachable(vadModel, 'models.example', undefined);
  });
  const failures: unknown[] = [];
  const worker = new Worker({ store, stages: [lacking], onFailure: (_, error) => failures.push(error) });
  await worker.work(job(task), signal(), () => {});
  const state = (await store.find(task.record.taskId))?.state;
  expect(state).toMatchObject({ status: 'error', problem: { code: 'model_unreachable' } });
  expect(state?.problem?.fix).toContain('MODELS_DIR');
  expect(failures).toHaveLength(1);
});
