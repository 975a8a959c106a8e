/** One OBS, one agent and the way to the store, over which plans are carried out one after the other. */
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import OBSWebSocket from 'obs-websocket-js/json';
import type { Session, Upload } from '../../../shared/domain.ts';
import type { AgentProcess } from '../../rig/agent-process.ts';
import type { Rgw } from '../../rig/rgw.ts';
import { isSimulated, type SimulatedObs, type SimulatedObsOptions } from '../../rig/simulated-obs.ts';
import { until } from '../../rig/until.ts';
import { preloaded, StorageWorld } from '../storage-world-fixture.ts';
import { StoreFaults } from './faults.ts';
import { type Deed, type Plan, type Step, timesFaster } from './plan.ts';
import { RecordingsFolder } from './recordings-folder.ts';
import { RestartedAgent } from './restarted-agent.ts';
import { type Outcome, Verdict } from './verdict.ts';

/** From the end of the last fault until everything has arrived, ms. */
const patienceMs = 120_000;
const hourMs = 3_600_000;

export class Lane {
  readonly #storage: StorageWorld;
  readonly #obs: SimulatedObs;
  readonly #faults = new StoreFaults();
  readonly #files: RecordingsFolder;
  readonly #life: RestartedAgent;
  #format: string;
  #client: OBSWebSocket | null = null;

  private constructor(storage: StorageWorld, obs: SimulatedObs, format: string, aside: string) {
    this.#storage = storage;
    this.#obs = obs;
    this.#format = format;
    this.#files = new RecordingsFolder(obs.recordingsDir, aside);
    this.#life = new RestartedAgent(storage.agent);
    storage.gate.rules = this.#faults.rules;
  }

  static async start(rgw: Rgw, plays: Plan['obs'], logLevel: string): Promise<Lane> {
    const obsOptions: Partial<SimulatedObsOptions> = { plays, timesFaster, split: true, format: 'mkv' };
    const env = {
      STREAMAI_LOG_LEVEL: logLevel,
      NODE_OPTIONS: ['preload-clock-fixture.ts', 'preload-fault-fixture.ts', 'follow-property/preload-smaller.ts']
        .map(preloaded)
        .join(' '),
    };
    const storage = await StorageWorld.start(rgw, env, { obs: 'simulated', obsOptions, processingUrl: '' });
    const { obs, folder } = storage.world;
    const aside = path.join(folder, 'aside');
    await mkdir(aside);
    if (!isSimulated(obs)) throw new Error('not the simulated OBS');
    return new Lane(storage, obs, 'mkv', aside);
  }

  async dispose(): Promise<void> {
    await this.#life.dispose();
    await this.#client?.disconnect().catch(() => {});
    await this.#storage.dispose();
  }

  get #agent(): AgentProcess {
    return this.#storage.agent;
  }

  /** Carries out a plan and looks at what became of it. @throws when something hangs */
  async run(plan: Plan): Promise<Outcome> {
    const killsBefore = this.#life.kills;
    await this.#prepare(plan);
    const { id } = await this.#agent.api.start({ sessionName: `Seed ${plan.seed}` });
    const startedAt = performance.now();
    const begun: Promise<void>[] = [];
    const waiting = [...plan.steps];
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      await delay(Math.max(0, step.at - (performance.now() - startedAt)));
      const carried = this.#carryOut(step.deed, id);
      // What comes after the end concerns the file as OBS leaves it.
      if (isEnding(step)) await carried.then(() => this.#closed());
      else begun.push(carried);
    }
    await Promise.all(begun);
    // Those of earlier plans are forgotten.
    const sessions = (): Promise<Session[]> => this.#agent.api.sessions('?limit=5');
    const verdict = new Verdict(plan, this.#files.versions, this.#storage, sessions);
    await this.#until('everything has arrived, or says why not', verdict, () => this.#allowHeld(verdict, sessions));
    const failures = await verdict.failures();
    await this.#until('what failed is retried or cancelled', verdict, () => this.#retryOrCancel(verdict));
    await this.#until('no multipart is open', verdict, () => verdict.open());
    // A kill whose moment never came must not meet the next recording.
    await this.#life.arm(null);
    await this.#life.setClock(0);
    const outcome = await verdict.outcome(failures);
    for (const session of await sessions()) {
      await this.#agent.api.call('DELETE', `/api/integrated/recordings/${session.id}`);
    }
    await this.#files.versions.forget();
    await this.#storage.rgw.s3.empty(this.#storage.bucket);
    return { ...outcome, kills: this.#life.kills - killsBefore, ms: performance.now() - startedAt };
  }

  /** For failure messages. */
  async detail(): Promise<string> {
    return this.#agent.logTail();
  }

  async #prepare({ format, kbps, recordEvents, finaliseDelayMs }: Plan): Promise<void> {
    const obs = this.#obs;
    obs.setBitrate(kbps);
    obs.misbehave({ recordEvents, finaliseDelayMs, stalled: false, killsMuxer: false });
    this.#storage.gate.forget();
    this.#faults.clear();
    this.#files.written();
    if (format !== this.#format || !obs.running) {
      const parameterName = obs.version.startsWith('29') ? 'RecFormat' : 'RecFormat2';
      const parameter = { parameterCategory: 'AdvOut', parameterName, parameterValue: format };
      if (!obs.running) await this.#restartObs();
      await (await this.#obsClient()).call('SetProfileParameter', parameter);
      // OBS loads what writes the file with its profile.
      await obs.stop();
      await this.#life.up;
      await this.#agent.live.until('the agent sees that OBS is gone', (state) => state.obs.state !== 'connected');
      await this.#restartObs();
      this.#format = format;
    }
    await this.#life.up;
    await this.#agent.live.until('the agent is connected to OBS', (state) => state.obs.state === 'connected');
  }

  async #carryOut(deed: Deed, sessionId: string): Promise<void> {
    const { link, gate, rgw, bucket } = this.#storage;
    const obs = this.#obs;
    switch (deed.do) {
      case 'stop':
        return this.#ask('StopRecord');
      case 'fill the disk':
        return obs.fillDisk();
      case 'kill OBS':
        obs.misbehave({ killsMuxer: deed.muxerToo });
        await obs.kill();
        this.#client = null;
        await delay(deed.ms);
        return this.#restartObs();
      case 'pause':
        await this.#ask('PauseRecord');
        await delay(deed.ms);
        return this.#ask('ResumeRecord');
      case 'stall':
        obs.misbehave({ stalled: true });
        await delay(deed.ms);
        return obs.misbehave({ stalled: false });
      case 'split':
        try {
          return obs.splitFile();
        } catch {
          return; // it is paused, or over
        }
      case 'drop OBS’s connections':
        this.#client = null;
        return obs.dropConnections();
      case 'kill the agent':
        return this.#life.kill(deed.ms);
      case 'kill the agent at': {
        const { step, when, nth, ms } = deed;
        return this.#life.arm({ kind: 'kill', step, when, nth }, ms);
      }
      case 'cut the line':
        link.cut();
        await delay(deed.ms);
        return link.restore();
      case 'reset the line':
        return link.resetAll();
      case 'refuse':
        link.refuse(true);
        await delay(deed.ms);
        return link.refuse(false);
      case 'slow the line':
        link.setRate(deed.kbps * 1000);
        await delay(deed.ms);
        return link.setRate(null);
      case 'swallow':
        link.blackHole(true);
        await delay(deed.ms);
        return link.blackHole(false);
      case 'answer 503':
      case 'answer 500':
      case 'lose answers':
        return this.#faults.add(deed.do, deed.verb, deed.calls);
      case 'forget multiparts':
        for (const multipart of await rgw.s3.multiparts(bucket)) {
          await rgw.s3.abort(bucket, multipart).catch(() => {}); // completed meanwhile
        }
        return;
      case 'pause the upload':
        return this.#pauseUpload(sessionId, deed.ms);
      case 'cancel the upload': {
        const upload = await this.#upload(sessionId);
        if (upload) await this.#life.tried(() => this.#agent.api.uploadCommand(upload.id, 'cancel'));
        return;
      }
      case 'follow nothing':
        await this.#followFiles(false);
        await delay(deed.ms);
        return this.#followFiles(true);
      case 'record again':
        return this.#recordAgain(deed.ms);
      case 'set the clock':
        await this.#life.setClock(Math.round(deed.hours * hourMs));
        return deed.back === null ? undefined : delay(deed.back).then(() => this.#life.setClock(0));
      case 'forget idle connections':
        return this.#faults.forgetIdle(gate);
      case 'reset every second call':
        return this.#faults.add(deed.do, null, deed.calls);
      case 'interim answers':
        this.#faults.interim(true);
        await delay(deed.ms);
        return this.#faults.interim(false);
      case 'answer Complete with nothing':
        return this.#faults.add(deed.done ? 'empty answers' : 'answer nothing', 'complete', deed.calls);
      case 'discard':
        await until('the session is discarded', () => this.#life.tried(() => this.#agent.api.discard(sessionId)));
        return;
      default:
        return this.#files.tamper(deed, (file) => this.#isReady(sessionId, file));
    }
  }

  /** OBS has closed what it wrote. */
  async #closed(): Promise<void> {
    await this.#obs.allClosed();
    await this.#files.closed();
  }

  /** Whether the agent has written down what a file was when OBS had closed it. */
  async #isReady(sessionId: string, file: string): Promise<boolean> {
    const session = await this.#life.tried(() => this.#agent.api.session(sessionId));
    return session?.recordings.some((recording) => recording.path === file && recording.state === 'ready') ?? false;
  }

  async #pauseUpload(sessionId: string, ms: number): Promise<void> {
    const upload = await this.#upload(sessionId);
    if (!upload || !(await this.#life.tried(() => this.#agent.api.uploadCommand(upload.id, 'pause')))) return;
    await delay(ms);
    await until('the upload goes on', async () => {
      const now = await this.#life.tried(() => this.#agent.api.session(sessionId));
      const uploads = now?.recordings.flatMap((recording) => recording.uploads);
      if (uploads === undefined) return false;
      if (uploads.find(({ id }) => id === upload.id)?.state !== 'paused') return true;
      return this.#life.tried(() => this.#agent.api.uploadCommand(upload.id, 'resume'));
    });
  }

  /** Another recording, while the first one's upload may still be under way. */
  async #recordAgain(ms: number): Promise<void> {
    await this.#files.inTurn(async () => {
      const before = await this.#files.newest();
      await this.#ask('StartRecord');
      // What is done to a file from then on is done to this one.
      await until('there is another file', async () => (await this.#files.newest()) !== before);
      this.#files.written();
    });
    await delay(ms);
    await this.#ask('StopRecord');
    await this.#closed();
  }

  async #followFiles(on: boolean): Promise<void> {
    await until('the setting is changed', async () => {
      const answer = await this.#life.tried(() =>
        this.#agent.api.call('PUT', '/api/settings', { uploadWhileRecording: on }),
      );
      return answer?.status === 200;
    });
  }

  /** The newest of a session. */
  async #upload(sessionId: string): Promise<Upload | undefined> {
    const session = await this.#life.tried(() => this.#agent.api.session(sessionId));
    return session?.recordings.at(-1)?.uploads.at(-1);
  }

  /** Another program asks OBS for something, which may not be possible now. */
  async #ask(request: 'StartRecord' | 'StopRecord' | 'PauseRecord' | 'ResumeRecord'): Promise<void> {
    await this.#obsClient()
      .then((client) => client.call(request))
      .catch(() => {});
  }

  async #obsClient(): Promise<OBSWebSocket> {
    if (this.#client?.identified) return this.#client;
    const client = new OBSWebSocket();
    await client.connect(`ws://${this.#obs.host}:${this.#obs.port}`, this.#obs.password);
    this.#client = client;
    return client;
  }

  async #restartObs(): Promise<void> {
    this.#client = null;
    await this.#obs.restart();
  }

  /**
   * As a user does: a file that is not sent by itself, such as one whose beginning was overwritten, is allowed to be: it is what was
   * recorded.
   */
  async #allowHeld(verdict: Verdict, sessions: () => Promise<Session[]>): Promise<string> {
    const left = await verdict.underWay();
    if (left !== '') return left;
    const held = (await sessions()).flatMap(({ id, notices, metadata }) =>
      notices.flatMap(({ code, params }) =>
        code.startsWith('file_held_') && metadata.discarded !== true ? [{ id, path: params?.file }] : [],
      ),
    );
    for (const { id, path } of held) {
      await this.#life.tried(() => this.#agent.api.call('POST', `/api/integrated/recordings/${id}/files`, { path }));
    }
    return held.map(({ path }) => `${path} is held`).join(', ');
  }

  /**
   * As a user does: what failed is retried where there is a file again, and cancelled where there is none, or another one than
   * was recorded.
   */
  async #retryOrCancel(verdict: Verdict): Promise<string> {
    const { api } = this.#agent;
    for (const { upload, file } of await verdict.failed()) {
      const there = ((await stat(file).catch(() => null))?.size ?? 0) > 0;
      const another = upload.error?.code === 'file_changed';
      await this.#life.tried(() => api.uploadCommand(upload.id, there && !another ? 'retry' : 'cancel'));
    }
    const left = await verdict.underWay();
    // One may have failed since.
    return left === '' ? (await verdict.failed()).map(({ file }) => `${file} has failed`).join('\n') : left;
  }

  /** @param left what there is to wait for, in words; nothing: it is over */
  async #until(what: string, verdict: Verdict, left: () => Promise<string>): Promise<void> {
    const over = async (): Promise<boolean> => {
      await this.#life.up;
      try {
        return (await left()) === '';
      } catch (error) {
        // The agent was killed just now: it is started again.
        if (error instanceof Error && 'code' in error && String(error.code).startsWith('ECONN')) return false;
        throw error;
      }
    };
    await until(what, over, { ms: patienceMs, detail: () => verdict.open() });
  }
}

const isEnding = ({ deed }: Step): boolean => ['stop', 'kill OBS', 'fill the disk'].includes(deed.do);
