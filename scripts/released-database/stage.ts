/** What the agent lives with while it writes a released database: OBS, servers that refuse what they are told to, and words for what a person does. */
import { statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type OBSRequestTypes, OBSWebSocket } from 'obs-websocket-js/json';
import type { ManualUpload, StartRecording } from '../../shared/api.ts';
import type { Destination, Session, Upload } from '../../shared/domain.ts';
import type { SettingsChange } from '../../shared/settings.ts';
import { AgentProcess } from '../rig/agent-process.ts';
import { type FaultyReceiver, startFaultyReceiver } from '../rig/faulty-receiver/faulty.ts';
import { type Gate, type Refusal, type S3Verb, startGate } from '../rig/gate.ts';
import { type Rgw, startRgw } from '../rig/rgw.ts';
import { type SimulatedObs, startSimulatedObs } from '../rig/simulated-obs.ts';
import { until } from '../rig/until.ts';

export const mebibyte = 1024 * 1024;
export const bucket = 'fixture-recordings';
/** Enough for a file with everything in it, bytes. */
const small = 300_000;
/** kbit/s */
const bitrates = { small: 2500, large: 40_000 };
/** In place of agent/main.ts, which is left as its argument. */
const withReceiver = path.join(import.meta.dirname, 'agent-with-receiver.ts');

/** What the store does not do, and for which keys: those with this word. `hold`: it never answers. */
export interface StoreRefusal {
  readonly verb: S3Verb;
  readonly of: string;
  readonly part?: number;
  readonly answer: Refusal | 'hold';
}

/** “Not now”. The agent believes the store, so an upload waits for as long as the rest takes. */
export const later: Refusal = { status: 503, code: 'SlowDown', headers: { 'retry-after': '3000' } };

export class Stage {
  readonly recordingsDir: string;
  readonly dataDir: string;
  readonly obs: SimulatedObs;
  readonly receiver: FaultyReceiver;
  readonly rgw: Rgw;
  readonly gate: Gate;
  /** Added to as the story goes on. */
  readonly refusals: StoreRefusal[] = [];
  agent: AgentProcess;

  private constructor(folder: string, parts: Pick<Stage, 'obs' | 'receiver' | 'rgw' | 'gate'>) {
    const { obs, receiver, rgw, gate } = parts;
    this.recordingsDir = obs.recordingsDir;
    this.dataDir = path.join(folder, 'data');
    this.obs = obs;
    this.receiver = receiver;
    this.rgw = rgw;
    this.gate = gate;
    this.agent = new AgentProcess(this.dataDir, {}, [withReceiver]);
    gate.rules = {
      onCall: async ({ verb, part, path: place }) => {
        const key = decodeURIComponent(place);
        const found = this.refusals.find((each) => {
          return each.verb === verb && key.includes(each.of) && (each.part === undefined || each.part === part);
        });
        if (found === undefined) return undefined;
        // The parts before it first: then the journal has them.
        if (part > 1) await delay(2000);
        return found.answer === 'hold' ? new Promise<never>(() => {}) : found.answer;
      },
    };
  }

  /** @param stack ends what is started. @param folder for everything that is written */
  static async set(stack: AsyncDisposableStack, folder: string): Promise<Stage> {
    const recordingsDir = path.join(folder, 'recordings');
    await mkdir(recordingsDir, { recursive: true });
    const obs = await startSimulatedObs({ recordingsDir, password: 'obs-password', split: true });
    stack.defer(() => obs.dispose());
    const receiver = await startFaultyReceiver({ dir: path.join(folder, 'received'), allowPrivateSources: true });
    stack.defer(() => receiver.close());
    const rgw = await startRgw();
    stack.defer(() => rgw.stop());
    await rgw.s3.createBucket(bucket);
    const gate = await startGate(rgw.url);
    stack.defer(() => gate.close());
    const stage = new Stage(folder, { obs, receiver, rgw, gate });
    stack.defer(() => stage.agent.dispose());
    return stage;
  }

  /** After a kill: from now on the agent goes without the embedded receiver. */
  async startAlone(): Promise<void> {
    this.agent = new AgentProcess(this.dataDir, {});
    await this.agent.start();
    await this.connected();
  }

  until<T>(
    what: string,
    ask: () => Promise<T | null | undefined | false>,
  ): Promise<Exclude<T, null | undefined | false>> {
    return until(what, ask, { ms: 90_000, detail: () => this.agent.logTail() });
  }

  async connected(): Promise<void> {
    await this.agent.live.until('connected to OBS', ({ obs }) => obs.state === 'connected');
  }

  async askObs<T extends keyof OBSRequestTypes>(type: T, data?: OBSRequestTypes[T]): Promise<void> {
    const client = new OBSWebSocket();
    await client.connect(`ws://${this.obs.host}:${this.obs.port}`, this.obs.password);
    await client.call(type, data);
    await client.disconnect();
  }

  async rest(method: string, route: string, body?: unknown): Promise<void> {
    const answer = await this.agent.api.call(method, `/api/${route}`, body);
    if (answer.status >= 300) throw new Error(`${method} ${route}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  settings(change: SettingsChange): Promise<void> {
    return this.rest('PUT', 'settings', change);
  }

  change(id: string, what: object): Promise<void> {
    return this.rest('PATCH', `integrated/recordings/${id}`, what);
  }

  note(id: string, text: string, atMs?: number): Promise<void> {
    return this.rest('POST', `integrated/recordings/${id}/marks`, { kind: 'note', text, atMs });
  }

  chapter(name?: string): Promise<void> {
    return this.rest('POST', 'integrated/recording/chapter', { name });
  }

  session(id: string): Promise<Session> {
    return this.agent.api.session(id);
  }

  async uploads(id: string): Promise<Upload[]> {
    return (await this.session(id)).recordings.flatMap((recording) => recording.uploads);
  }

  async uploadTo(id: string, destination: Destination): Promise<Upload | undefined> {
    return (await this.uploads(id)).findLast((upload) => upload.destination === destination);
  }

  async upload(body: ManualUpload): Promise<void> {
    if ((await this.agent.api.upload(body)).length === 0) throw new Error('nothing was queued');
  }

  /** So much of the newest file is on disk, and the session's picture was taken. */
  async written(id: string, bytes: number): Promise<void> {
    await this.until('enough is recorded', async () => {
      const { recordings, thumbnail } = await this.session(id);
      const file = recordings.at(-1)?.path ?? '';
      return thumbnail && (statSync(file, { throwIfNoEntry: false })?.size ?? 0) >= bytes;
    });
  }

  /** Leaves a recording of at least so many bytes going on. @returns the session's id */
  async begin(choices: StartRecording, bytes = small): Promise<string> {
    this.obs.setBitrate(bytes > mebibyte ? bitrates.large : bitrates.small);
    const { id } = await this.agent.api.start(choices);
    await this.written(id, bytes);
    return id;
  }

  async stop(id: string): Promise<void> {
    await this.agent.api.command('stop');
    await this.ended(id);
  }

  async record(choices: StartRecording, bytes = small): Promise<string> {
    const id = await this.begin(choices, bytes);
    await this.stop(id);
    return id;
  }

  /** A recording that somebody starts in OBS. `how`: by which request. */
  async startedInObs(how: () => Promise<void>, bitrate: keyof typeof bitrates, bytes: number): Promise<string> {
    this.obs.setBitrate(bitrates[bitrate]);
    const known = new Set((await this.agent.api.sessions('?limit=200')).map(({ id }) => id));
    await how();
    const { id } = await this.agent.live.session('it records', (session) => !known.has(session.id));
    await this.written(id, bytes);
    return id;
  }

  async recordByHotkey(): Promise<string> {
    const press = (key: string): Promise<void> =>
      this.askObs('TriggerHotkeyByName', { hotkeyName: `OBSBasic.${key}Recording` });
    const id = await this.startedInObs(() => press('Start'), 'small', small);
    await press('Stop');
    await this.ended(id);
    return id;
  }

  async ended(id: string): Promise<void> {
    await this.until('the session has ended', async () => {
      const { state } = await this.session(id);
      return state === 'recorded' || state === 'interrupted';
    });
  }

  reaches(id: string, destination: Destination, state: Upload['state']): Promise<Upload> {
    return this.until(`${destination} ${state}`, async () => {
      const upload = await this.uploadTo(id, destination);
      return upload?.state === state && upload;
    });
  }

  /** All of it, and its tasks have ended. */
  async arrived(id: string): Promise<void> {
    await this.until('all has arrived', async () =>
      (await this.uploads(id)).every(({ state, destination, task }) => {
        return state === 'completed' && (destination === 'object-storage' || Boolean(task?.endedAt));
      }),
    );
  }

  /** So many parts are in the journal. */
  hasParts(id: string, parts: number): Promise<Upload> {
    return this.until(`${parts} parts`, async () => {
      const upload = await this.uploadTo(id, 'object-storage');
      return (upload?.parts?.done ?? 0) >= parts && upload;
    });
  }
}
