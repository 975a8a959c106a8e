/**
 * One whole StreamAI for a test: a real (or simulated) OBS, the agent as a process of its own, the receiver, a folder that goes
 * away. Everything is on free ports; `dispose` ends what was started, in whatever state a test left it.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import OBSWebSocket from 'obs-websocket-js/json';
import { expect } from 'vitest';
import type { ReceiverOptions } from '../../server/receiver.ts';
import type { Session } from '../../shared/domain.ts';
import { AgentProcess } from '../rig/agent-process.ts';
import { type FaultyReceiver, startFaultyReceiver } from '../rig/faulty-receiver/faulty.ts';
import { freePort } from '../rig/free-port.ts';
import { startObs } from '../rig/obs.ts';
import type { ObsKind, ObsOptions, RigObs } from '../rig/obs-types.ts';
import { sha256Of } from '../rig/sha256.ts';
import { until } from '../rig/until.ts';

export interface WorldOptions {
  readonly obs: ObsKind;
  readonly obsOptions?: Partial<ObsOptions>;
  /** The agent is told nothing of OBS, as on a fresh machine: it finds OBS by what OBS wrote into its own folder. */
  readonly findsObs?: boolean;
  /** Further environment of the agent. */
  readonly env?: Readonly<Record<string, string>>;
  /** Of the agent's process. */
  readonly nodeFlags?: readonly string[];
  /** Where uploads go; a receiver of its own, which can misbehave, when not given. */
  readonly processingUrl?: string;
  readonly receiverOptions?: Partial<ReceiverOptions>;
  /** Of the agent; default: one of the world's own. */
  readonly dataDir?: string;
}

export class World {
  readonly folder: string;
  readonly obs: RigObs;
  readonly agent: AgentProcess;
  /** null when the test brought its own. */
  readonly receiver: FaultyReceiver | null;
  readonly #cleanups: (() => Promise<unknown>)[] = [];

  private constructor(folder: string, obs: RigObs, agent: AgentProcess, receiver: FaultyReceiver | null) {
    this.folder = folder;
    this.obs = obs;
    this.agent = agent;
    this.receiver = receiver;
  }

  /** Starts it all; resolves when the agent is connected to OBS. */
  static async start(options: WorldOptions): Promise<World> {
    const folder = await mkdtemp(path.join(tmpdir(), 'streamai-e2e-'));
    const recordingsDir = path.join(folder, 'recordings');
    await mkdir(recordingsDir);
    const obs = await startObs(options.obs, { recordingsDir, ...options.obsOptions });
    let receiver: FaultyReceiver | null = null;
    let agent: AgentProcess | null = null;
    try {
      const dir = path.join(folder, 'received');
      if (options.processingUrl === undefined)
        // Not any port that listen() would give: it is to come back at the same one.
        receiver = await startFaultyReceiver({ dir, port: await freePort(), ...options.receiverOptions });
      const env = {
        ...(options.findsObs ? await homeWith(obs, path.join(folder, 'home')) : addressOf(obs)),
        VULTR_API_URL: options.processingUrl ?? receiver?.url ?? '',
        ...options.env,
      };
      agent = new AgentProcess(options.dataDir ?? path.join(folder, 'data'), env, options.nodeFlags);
      const world = new World(folder, obs, agent, receiver);
      await agent.start();
      await agent.live.until('the agent is connected to OBS', (state) => state.obs.state === 'connected');
      return world;
    } catch (error) {
      await agent?.dispose();
      await receiver?.close();
      await obs.dispose();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Adds something that `dispose` ends first, such as a browser. */
  alsoEnd(cleanup: () => Promise<unknown>): void {
    this.#cleanups.push(cleanup);
  }

  async dispose(): Promise<void> {
    const steps = [
      ...this.#cleanups.reverse(),
      () => this.agent.dispose(),
      async () => this.receiver?.close(),
      () => this.obs.dispose(),
      () => rm(this.folder, { recursive: true, force: true, maxRetries: 5 }),
    ];
    const failures: unknown[] = [];
    for (const step of steps) await step().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }

  /** A connection to OBS that is not the agent's: another program, or a person at OBS's own window. */
  async obsClient(): Promise<OBSWebSocket> {
    const client = new OBSWebSocket();
    await client.connect(`ws://${this.obs.host}:${this.obs.port}`, this.obs.password);
    this.alsoEnd(() => client.disconnect().catch(() => undefined));
    return client;
  }

  /** Presses one of OBS's own hotkeys, as a key on the keyboard would. */
  async pressHotkey(name: 'StartRecording' | 'StopRecording' | 'PauseRecording' | 'UnpauseRecording'): Promise<void> {
    const client = await this.obsClient();
    await client.call('TriggerHotkeyByName', { hotkeyName: `OBSBasic.${name}` });
  }

  /** Waits until OBS has really written something, so that a recording is more than a header. */
  async written(bytes: number): Promise<void> {
    await this.agent.live.until(`OBS wrote ${bytes} bytes`, (_, event) => {
      return event?.type === 'recording_status_update' && event.data.bytes >= bytes;
    });
  }

  /** Waits until that much of the newest recording is on disk: OBS holds back up to seconds of it, which a crash takes along. */
  async onDisk(bytes: number): Promise<void> {
    await until(`${bytes} bytes on disk`, async () => {
      const file = (await this.agent.api.sessions('?limit=1'))[0]?.recordings.at(-1)?.path;
      return file !== undefined && ((await stat(file).catch(() => null))?.size ?? 0) >= bytes;
    });
  }

  /** Waits until every recording of the session has arrived and its task has ended. */
  async arrived(sessionId: string): Promise<Session> {
    return until(
      'every recording has arrived and its task has ended',
      async () => {
        const session = await this.agent.api.session(sessionId);
        const uploads = session.recordings.flatMap((recording) => recording.uploads);
        const failed = uploads.find((upload) => upload.state === 'failed');
        if (failed) throw new Error(`an upload failed: ${JSON.stringify(failed.error)}`);
        const done =
          (session.state === 'recorded' || session.state === 'interrupted') &&
          session.recordings.length > 0 &&
          session.recordings.every(({ uploads }) => uploads.some((upload) => upload.task?.endedAt));
        return done ? session : null;
      },
      { ms: 90_000, detail: () => this.agent.logTail() },
    );
  }

  /**
   * The heart of the matter: each recording of the session lies at the receiver exactly once, byte for byte as OBS's file,
   * and the agent's word (bytes, SHA-256, task) agrees with both.
   */
  async expectArrivedOnce(session: Session): Promise<void> {
    if (!this.receiver) throw new Error('this world has no receiver of its own');
    const received = await receivedFiles(this.receiver.dir);
    for (const recording of session.recordings) {
      const sha256 = await sha256Of(recording.path);
      const copies = received.filter((file) => file.sha256 === sha256);
      expect(copies, `copies of ${recording.fileName} at the receiver`).toHaveLength(1);
      const completed = recording.uploads.filter((upload) => upload.state === 'completed');
      expect(completed, `completed uploads of ${recording.fileName}`).toHaveLength(1);
      expect(completed[0]).toMatchObject({ sha256, task: { id: copies[0]?.taskId, status: 'completed_simple' } });
    }
    const mine = session.recordings.flatMap((recording) => recording.uploads.map((upload) => upload.task?.id));
    expect(received.map((file) => file.taskId).sort()).toEqual(expect.arrayContaining(mine));
  }
}

const addressOf = ({ host, port, password }: RigObs): Record<string, string> => ({
  OBS_HOST: host,
  OBS_PORT: String(port),
  OBS_PASSWORD: password,
});

/** A user's home in which this OBS keeps its configuration where OBS does so by itself, as environment. Linux. */
async function homeWith({ configDir }: RigObs, home: string): Promise<Record<string, string>> {
  await mkdir(path.join(home, '.config'), { recursive: true });
  await symlink(configDir, path.join(home, '.config', 'obs-studio'));
  return { HOME: home, XDG_CONFIG_HOME: '' };
}

/** The ids of all tasks that the receiver has stored. */
export async function receivedTasks(dir: string): Promise<string[]> {
  return readdir(path.join(dir, 'tasks'));
}

/** Everything the receiver has stored, or what it has stored for these tasks, hashed anew from its disk. */
export async function receivedFiles(
  dir: string,
  taskIds?: readonly string[],
): Promise<{ taskId: string; file: string; sha256: string }[]> {
  const tasks = path.join(dir, 'tasks');
  const found = [];
  for (const taskId of taskIds ?? (await receivedTasks(dir))) {
    const names = await readdir(path.join(tasks, taskId));
    const file = path.join(tasks, taskId, names.find((name) => name !== 'task.json') ?? '');
    JSON.parse(await readFile(path.join(tasks, taskId, 'task.json'), 'utf8'));
    found.push({ taskId, file, sha256: await sha256Of(file) });
  }
  return found;
}
