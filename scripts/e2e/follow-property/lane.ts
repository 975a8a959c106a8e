/** One OBS, one agent and the way to the store, over which plans are carried out one after the other. */
import { once } from 'node:events';
import { mkdir, readdir, stat } from 'node:fs/promises';
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
import { type Deed, type Edit, type Plan, type Step, timesFaster } from './plan.ts';
import { edit, move, remove, replace } from './tamper.ts';
import { type Outcome, Verdict } from './verdict.ts';
import { Versions } from './versions.ts';

/** From the end of the last fault until everything has arrived, ms. */
const patienceMs = 120_000;

export class Lane {
  readonly #storage: StorageWorld;
  readonly #obs: SimulatedObs;
  readonly #faults = new StoreFaults();
  /** Where files are moved to. */
  readonly #aside: string;
  readonly #versions: Versions;
  #format: string;
  #client: OBSWebSocket | null = null;
  /** Resolves once the agent runs; a killed one is started again by itself. */
  #up: Promise<void> = Promise.resolve();
  #downMs = 0;
  #kills = 0;
  #disposed = false;
  #isClosed = false;
  #tampered: Promise<void> = Promise.resolve();

  private constructor(storage: StorageWorld, obs: SimulatedObs, format: string, aside: string) {
    this.#storage = storage;
    this.#obs = obs;
    this.#format = format;
    this.#aside = aside;
    this.#versions = new Versions(obs.recordingsDir);
    storage.gate.rules = this.#faults.rules;
    this.#watch();
  }

  static async start(rgw: Rgw, plays: Plan['obs'], logLevel: string): Promise<Lane> {
    const obsOptions: Partial<SimulatedObsOptions> = { plays, timesFaster, split: true, format: 'mkv' };
    const env = {
      STREAMAI_LOG_LEVEL: logLevel,
      NODE_OPTIONS: `${preloaded('preload-fault-fixture.ts')} ${preloaded('follow-property/preload-smaller.ts')}`,
    };
    const storage = await StorageWorld.start(rgw, env, { obs: 'simulated', obsOptions, processingUrl: '' });
    const { obs, folder } = storage.world;
    const aside = path.join(folder, 'aside');
    await mkdir(aside);
    if (!isSimulated(obs)) throw new Error('not the simulated OBS');
    return new Lane(storage, obs, 'mkv', aside);
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    await this.#up.catch(() => {});
    await this.#client?.disconnect().catch(() => {});
    await this.#storage.dispose();
  }

  get #agent(): AgentProcess {
    return this.#storage.agent;
  }

  /** Carries out a plan and looks at what became of it. @throws when something hangs */
  async run(plan: Plan): Promise<Outcome> {
    const killsBefore = this.#kills;
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
    const verdict = new Verdict(plan, this.#versions, this.#storage, sessions);
    await this.#until('everything has arrived, or says why not', verdict, () => verdict.underWay());
    const failures = await verdict.failures();
    await this.#until('what failed is retried or cancelled', verdict, () => this.#retryOrCancel(verdict));
    await this.#until('no multipart is open', verdict, () => verdict.open());
    // A kill whose moment never came must not meet the next recording.
    await this.#up;
    await this.#agent.ask({ fault: null });
    const outcome = await verdict.outcome(failures);
    for (const session of await sessions()) {
      await this.#agent.api.call('DELETE', `/api/integrated/recordings/${session.id}`);
    }
    await this.#versions.forget();
    await this.#storage.rgw.s3.empty(this.#storage.bucket);
    return { ...outcome, kills: this.#kills - killsBefore, ms: performance.now() - startedAt };
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
    this.#isClosed = false;
    if (format !== this.#format || !obs.running) {
      const parameterName = obs.version.startsWith('29') ? 'RecFormat' : 'RecFormat2';
      const parameter = { parameterCategory: 'AdvOut', parameterName, parameterValue: format };
      if (!obs.running) await this.#restartObs();
      await (await this.#obsClient()).call('SetProfileParameter', parameter);
      // OBS loads what writes the file with its profile.
      await obs.stop();
      await this.#up;
      await this.#agent.live.until('the agent sees that OBS is gone', (state) => state.obs.state !== 'connected');
      await this.#restartObs();
      this.#format = format;
    }
    await this.#up;
    await this.#agent.live.until('the agent is connected to OBS', (state) => state.obs.state === 'connected');
  }

  async #carryOut(deed: Deed, sessionId: string): Promise<void> {
    const { link, rgw, bucket } = this.#storage;
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
        this.#downMs = deed.ms;
        await this.#up;
        process.kill(this.#agent.pid, 'SIGKILL');
        return;
      case 'kill the agent at': {
        const { step, when, nth, ms } = deed;
        await this.#up;
        this.#downMs = ms;
        // It may be killed by something else meanwhile.
        const asked = this.#agent.ask({ fault: { kind: 'kill', step, when, nth } }).catch(() => {});
        await Promise.race([asked, once(this.#agent.child, 'exit')]);
        return;
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
        if (upload) await this.#tried(() => this.#agent.api.uploadCommand(upload.id, 'cancel'));
        return;
      }
      case 'follow nothing':
        await this.#followFiles(false);
        await delay(deed.ms);
        return this.#followFiles(true);
      case 'record again':
        return this.#recordAgain(deed.ms);
      case 'discard':
        await until('the session is discarded', () => this.#tried(() => this.#agent.api.discard(sessionId)));
        return;
      default:
        return this.#tamper(deed);
    }
  }

  /** One change after the other: what each leaves is noted before the next one. */
  #tamper(deed: Tampering): Promise<void> {
    const done = this.#tampered.then(async () => {
      const file = await this.#newestFile();
      if (file === null) return;
      if (deed.do === 'move') {
        const back = await move(file, this.#aside);
        if (deed.back !== null) await delay(deed.back).then(back);
      } else if (deed.do === 'replace') await replace(file, this.#aside);
      else if (deed.do === 'delete') await remove(file);
      else await edit(file, deed);
      if (this.#isClosed) await this.#versions.note();
    });
    this.#tampered = done;
    return done;
  }

  async #newestFile(): Promise<string | null> {
    const folder = this.#obs.recordingsDir;
    const files = await Promise.all(
      (await readdir(folder)).map(async (name) => ({ file: path.join(folder, name), born: await birth(folder, name) })),
    );
    return files.sort((a, b) => b.born - a.born)[0]?.file ?? null;
  }

  /** OBS has closed what it wrote. */
  async #closed(): Promise<void> {
    await this.#obs.allClosed();
    await this.#tampered;
    await this.#versions.note();
    this.#isClosed = true;
  }

  async #pauseUpload(sessionId: string, ms: number): Promise<void> {
    const upload = await this.#upload(sessionId);
    if (!upload || !(await this.#tried(() => this.#agent.api.uploadCommand(upload.id, 'pause')))) return;
    await delay(ms);
    await until('the upload goes on', async () => {
      const now = await this.#tried(() => this.#agent.api.session(sessionId));
      const uploads = now?.recordings.flatMap((recording) => recording.uploads);
      if (uploads === undefined) return false;
      if (uploads.find(({ id }) => id === upload.id)?.state !== 'paused') return true;
      return this.#tried(() => this.#agent.api.uploadCommand(upload.id, 'resume'));
    });
  }

  /** Another recording, while the first one's upload may still be under way. */
  async #recordAgain(ms: number): Promise<void> {
    const begun = this.#tampered.then(async () => {
      const before = await this.#newestFile();
      await this.#ask('StartRecord');
      // What is done to a file from then on is done to this one.
      await until('there is another file', async () => (await this.#newestFile()) !== before);
      this.#isClosed = false;
    });
    this.#tampered = begun;
    await begun;
    await delay(ms);
    await this.#ask('StopRecord');
    await this.#closed();
  }

  async #followFiles(on: boolean): Promise<void> {
    await until('the setting is changed', async () => {
      const answer = await this.#tried(() =>
        this.#agent.api.call('PUT', '/api/settings', { uploadWhileRecording: on }),
      );
      return answer?.status === 200;
    });
  }

  /** The newest of a session. */
  async #upload(sessionId: string): Promise<Upload | undefined> {
    const session = await this.#tried(() => this.#agent.api.session(sessionId));
    return session?.recordings.at(-1)?.uploads.at(-1);
  }

  /** What the agent answers once it runs; null when it is killed meanwhile or refuses. */
  async #tried<T>(work: () => Promise<T>): Promise<T | null> {
    await this.#up;
    return work().catch(() => null);
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

  /** Starts the agent again whenever it ends. */
  #watch(): void {
    this.#agent.child.once('exit', () => {
      if (this.#disposed) return;
      this.#kills += 1;
      this.#up = delay(this.#downMs)
        .then(() => this.#agent.start())
        .then(() => this.#watch());
      this.#up.catch(() => {}); // whoever waits for it is told
    });
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
      await this.#tried(() => api.uploadCommand(upload.id, there && !another ? 'retry' : 'cancel'));
    }
    return verdict.underWay();
  }

  /** @param left what there is to wait for, in words; nothing: it is over */
  async #until(what: string, verdict: Verdict, left: () => Promise<string>): Promise<void> {
    const over = async (): Promise<boolean> => {
      await this.#up;
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

type Tampering = Edit | Extract<Deed, { do: 'replace' | 'move' | 'delete' }>;

const isEnding = ({ deed }: Step): boolean => ['stop', 'kill OBS', 'fill the disk'].includes(deed.do);

const birth = async (folder: string, name: string): Promise<number> =>
  (await stat(path.join(folder, name)).catch(() => null))?.birthtimeMs ?? 0;
