/** What happens to an agent until its database has a bit of everything: every state, every kind of failure, every setting. */
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { FaultPlan } from '../rig/faulty-receiver/faults.ts';
import { bucket, later, mebibyte, type Stage } from './stage.ts';

/** What later parts of the story come back to: ids of sessions. */
interface FirstDays {
  readonly first: string;
  readonly unnamed: string;
  readonly second: string;
}

const transcribing: FaultPlan = {
  status: { kind: 'change', fields: { status: 'processing', progress: 42, message: 'Transcription', result: null } },
};

/** Resolves with the agent killed in the middle of it all. @param say hears how far it is */
export async function playStory(stage: Stage, say: (text: string) => void): Promise<void> {
  say('with the embedded receiver');
  const firstDays = await liveWithEmbeddedReceiver(stage);
  await setUpServers(stage);
  say('uploads that complete');
  await completeUploads(stage);
  await haveTasksFail(stage);
  await splitForgetDelete(stage);
  say('sessions that are interrupted');
  await interruptSessions(stage);
  say('uploads that come to a stop on their way');
  await stopUploads(stage);
  await fillQueues(stage, firstDays);
  say('killed');
  await killInTheMiddle(stage);
}

/** No server yet; OBS writes mkv. */
async function liveWithEmbeddedReceiver(stage: Stage): Promise<FirstDays> {
  const { obs, agent } = stage;
  await agent.start();
  await stage.settings({ obsHost: '127.0.0.1', obsPort: obs.port, obsPassword: obs.password });
  await stage.connected();
  const first = await stage.record({ sessionName: 'Premier essai' });
  await stage.arrived(first);

  await agent.api.nextSession({ autoUpload: false });
  const unnamed = await stage.recordByHotkey();
  await agent.api.nextSession({ autoUpload: true });

  const second = await stage.begin({ sessionName: 'Deuxième essai' });
  const arrival = agent.live.until('it has arrived', (_, event) => event?.type === 'upload_completed');
  await agent.api.command('stop');
  await arrival;
  await agent.kill(); // its task has not been asked for yet
  return { first, unnamed, second };
}

/** A server, Object Storage, names from a template, hybrid MP4 (OBS takes another format when it starts). */
async function setUpServers(stage: Stage): Promise<void> {
  const { obs, receiver, gate, rgw, recordingsDir } = stage;
  const format = { parameterName: 'RecFormat2', parameterValue: 'hybrid_mp4' };
  await stage.askObs('SetProfileParameter', { parameterCategory: 'AdvOut', ...format });
  await obs.stop();
  await obs.restart();
  await stage.startAlone();
  await stage.settings({
    processingUrl: receiver.url,
    processingApiKey: 'not-a-real-key',
    subtitleModel: 'small',
    priority: 3,
    recordingsDir,
    nameTemplate: '{client} – {project} ({scene}) T{take}',
    language: 'fr',
    objectStorageEndpoint: gate.url,
    objectStorageBucket: bucket,
    objectStorageAccessKey: rgw.accessKey,
    objectStorageSecretKey: rgw.secretKey,
    objectStoragePrefix: 'studio/',
    objectStorageKeyTemplate: '{client}/{date}/{counter} {session}/{file}',
  });
  await stage.until('both are reachable', async () => {
    const { destinations } = await stage.agent.api.status();
    return destinations.every(({ reachable }) => reachable);
  });
}

/** One is sent while it is recorded, with everything that a person can add to a session. */
async function completeUploads(stage: Stage): Promise<void> {
  const { agent, obs, receiver } = stage;
  await stage.arrived(await stage.record({ sessionName: 'Vieux cours' }));

  const result = { video: '/results/1/video', subtitles: '/results/1/subtitles.srt' };
  const fields = { status: 'completed', progress: 100, message: 'Sous-titres prêts', result };
  receiver.plan({ status: { kind: 'change', fields } });
  const choices = { sessionName: 'Leçon 1', subtitleModel: 'large', priority: 9 } as const;
  const lesson = await stage.begin(choices, 4 * mebibyte);
  await stage.chapter('Introduction');
  await agent.api.command('pause');
  await delay(500);
  await agent.api.command('resume');
  obs.switchScene('Scene B');
  await stage.note(lesson, 'À couper : le micro était fermé');
  await stage.chapter();
  await stage.written(lesson, 11 * mebibyte);
  await stage.hasParts(lesson, 1);
  await stage.chapter('Questions');
  await stage.stop(lesson);
  await stage.arrived(lesson);
  await stage.note(lesson, 'Relire avant publication', 1000);
  await stage.change(lesson, { name: 'Leçon 1 – l’été', notes: 'Série d’été.\nVersion longue.' });
}

/** Two takes by hotkey, named by the template. */
async function haveTasksFail(stage: Stage): Promise<void> {
  const { agent, receiver, refusals } = stage;
  await agent.api.nextSession({ fields: { client: 'Ünal' } });
  receiver.plan({ status: { kind: 'change', fields: { status: 'error', message: 'out of memory' } } });
  await stage.arrived(await stage.recordByHotkey());
  receiver.plan({ status: { kind: 'refuse', status: 404 } });
  refusals.push({ verb: 'put', of: 'T2', answer: later }); // the JSON beside the object is still to be written
  await stage.arrived(await stage.recordByHotkey());
  receiver.plan({});
}

async function splitForgetDelete(stage: Stage): Promise<void> {
  const { agent } = stage;
  const split = await stage.begin({ sessionName: 'Partie en deux' });
  await agent.api.command('split');
  await delay(1500);
  await stage.stop(split);
  await stage.arrived(split);

  const forgotten = await stage.record({ sessionName: 'Oubliée' });
  await stage.arrived(forgotten);
  await stage.rest('DELETE', `integrated/recordings/${forgotten}`);

  await stage.settings({ deleteLocal: 'verified', keepLast: 4 });
  await stage.until('the oldest proven one is deleted', async () => {
    const [old] = await agent.api.sessions('?q=Vieux');
    return old?.recordings[0]?.state === 'deleted';
  });
  await stage.settings({ deleteLocal: 'never', keepLast: 50 });
}

async function interruptSessions(stage: Stage): Promise<void> {
  const { obs, agent, receiver } = stage;
  receiver.plan({ upload: { kind: 'refuse', status: 401, detail: 'Wrong key' } });
  const crashed = await stage.begin({ sessionName: 'Coupure' });
  await stage.note(crashed, 'Avant la coupure');
  await obs.kill();
  await stage.ended(crashed); // nobody answers for 20 s
  await stage.reaches(crashed, 'object-storage', 'completed');
  await stage.reaches(crashed, 'processing', 'failed');
  await obs.restart();
  await stage.connected();

  const missing = await stage.begin({ sessionName: 'Disque débranché', autoUpload: false });
  const file = (await stage.session(missing)).recordings[0]?.path ?? '';
  await obs.kill();
  await rm(file);
  await obs.restart();
  await stage.ended(missing);
  await stage.connected();

  // It ends while the agent is away; the server asks for patience.
  receiver.plan({ upload: { kind: 'refuse', status: 503, headers: { 'retry-after': '3000' } } });
  const unseen = await stage.begin({ sessionName: 'Sans témoin' });
  await agent.kill();
  await stage.askObs('StopRecord');
  await obs.allClosed();
  await agent.start();
  await stage.connected();
  await stage.ended(unseen);
  await stage.reaches(unseen, 'object-storage', 'completed');
  await stage.reaches(unseen, 'processing', 'waiting');
  await stage.change(unseen, { subtitleModel: 'medium', priority: 5 }); // the next attempt has another idempotency key
  receiver.plan({});
}

/** Each at another step. Of files in parts of 16 MiB the first part arrives. */
async function stopUploads(stage: Stage): Promise<void> {
  const { agent, receiver, refusals } = stage;
  refusals.push({ verb: 'abort', of: '', answer: later });
  const discarded = await stage.begin({ sessionName: 'Ratée' }, 11 * mebibyte);
  await stage.hasParts(discarded, 1);
  await agent.api.discard(discarded);
  await stage.stop(discarded);

  refusals.push({ verb: 'create', of: 'Attente', answer: later });
  const waiting = await stage.record({ sessionName: 'Attente du stockage' });
  await stage.reaches(waiting, 'object-storage', 'waiting');

  refusals.push({ verb: 'head', of: 'Presque', answer: later });
  const verifying = await stage.record({ sessionName: 'Presque finie' });
  await stage.reaches(verifying, 'object-storage', 'waiting');
  await agent.api.uploadCommand((await stage.reaches(verifying, 'processing', 'queued')).id, 'pause');

  refusals.push({ verb: 'complete', of: 'En pause', answer: later });
  const paused = await stage.record({ sessionName: 'En pause' }, 11 * mebibyte);
  await agent.api.uploadCommand((await stage.reaches(paused, 'object-storage', 'waiting')).id, 'pause');

  receiver.plan(transcribing);
  refusals.push({ verb: 'part', of: 'Refus', part: 2, answer: { status: 403, code: 'AccessDenied' } });
  const refused = await recordWhole(stage, 'Refusée');
  await stage.reaches(refused, 'object-storage', 'failed');
  await stage.until(
    'its task goes on',
    async () => (await stage.uploadTo(refused, 'processing'))?.task?.progress === 42,
  );

  refusals.push({ verb: 'part', of: 'Annul', part: 2, answer: 'hold' });
  const cancelled = await recordWhole(stage, 'Annulée');
  await agent.api.uploadCommand((await stage.reaches(cancelled, 'processing', 'queued')).id, 'cancel');
  await agent.api.uploadCommand((await stage.hasParts(cancelled, 1)).id, 'cancel');
}

/** Sent from the end of the recording on, not while it is recorded. */
async function recordWhole(stage: Stage, sessionName: string): Promise<string> {
  const id = await stage.record({ sessionName, autoUpload: false }, 17 * mebibyte);
  await stage.change(id, { autoUpload: true });
  return id;
}

/** To each destination one is being sent, and another one is queued behind it by hand. */
async function fillQueues(stage: Stage, { first, unnamed, second }: FirstDays): Promise<void> {
  const { receiver, refusals } = stage;
  refusals.push({ verb: 'part', of: 'En route', part: 2, answer: 'hold' });
  await stage.hasParts(await recordWhole(stage, 'En route'), 1);
  await stage.upload({ sessionId: first, destination: 'object-storage', priority: 2 });

  receiver.plan({ ...transcribing, upload: { kind: 'never-answer' } });
  await stage.upload({ sessionId: unnamed, destination: 'processing', subtitleModel: 'tiny' });
  await stage.reaches(unnamed, 'processing', 'uploading');
  await stage.upload({ sessionId: second, destination: 'processing' });
}

async function killInTheMiddle(stage: Stage): Promise<void> {
  const { obs, agent } = stage;
  // OBS rewrites the head of this file late.
  obs.misbehave({ finaliseDelayMs: 120_000 });
  const closing = await stage.begin({ sessionName: 'Se termine' });
  await agent.api.command('stop');
  // OBS's own file name format is not known to be back.
  obs.misbehave({ unanswered: ['SetProfileParameter'] });
  await agent.api.nextSession({ name: 'Émission en cours', priority: 8, starting: 'dock' });
  const recording = await stage.startedInObs(() => stage.askObs('StartRecord'), 'large', 2 * mebibyte);
  await stage.chapter('Générique');
  await agent.api.command('pause');
  await delay(300);
  await agent.api.command('resume');
  await stage.note(recording, 'Invité en retard');
  await stage.hasParts(recording, 1);
  await agent.api.nextSession({
    name: 'Émission du soir',
    autoUpload: true,
    subtitleModel: 'medium',
    priority: 7,
    fields: { client: 'Café Noir', project: 'Saison 2' },
  });
  // With those of before, every setting has another value than its default.
  await stage.settings({
    uploadEndpoint: '/v1/upload',
    statusEndpoint: '/v1/status',
    autoUpload: false,
    uploadWhileRecording: false,
    bandwidthLimit: 80_000_000,
    whileOnAir: 'limit',
    whileOnAirLimit: 8_000_000,
    deleteLocal: 'verified',
    keepFreeBytes: 20_000_000_000,
  });
  const states = [(await stage.session(closing)).state, (await stage.session(recording)).state];
  if (states.join() !== 'finalising,recording') throw new Error(`killed too late: ${states}`);
  await agent.kill();
}
