/** The composition root: builds every part, wires the way of a recording through them, closes them in reverse order. */
import { homedir } from 'node:os';
import path from 'node:path';
import { prepareDataDir } from './config/data-dir.ts';
import type { AgentEnvironment } from './config/environment.ts';
import { createSettings } from './config/settings.ts';
import { readOrCreateToken } from './config/token.ts';
import { buildDelivery } from './delivery.ts';
import { startServer } from './http/server.ts';
import { LiveBus } from './live-bus.ts';
import type { Log } from './log.ts';
import { RecordCommands } from './obs/commands.ts';
import { ObsConnection } from './obs/connection.ts';
import { defaultObsPort, discoverWebsocket, obsConfigRoots } from './obs/discovery.ts';
import { FileNaming } from './obs/file-naming.ts';
import { ObsFacts } from './obs/obs-facts.ts';
import { Retention } from './retention/retention.ts';
import type { AgentServices } from './services.ts';
import { FileCloser } from './sessions/file-closer.ts';
import { LostWatch } from './sessions/lost-watch.ts';
import { NextSessionKeeper } from './sessions/next-session.ts';
import { Observer } from './sessions/observer.ts';
import { Recorder } from './sessions/recorder.ts';
import { SessionBook } from './sessions/session-book.ts';
import { SessionStore } from './sessions/session-store.ts';
import { Sessions } from './sessions/sessions-service.ts';
import { StartIntents } from './sessions/start-intent.ts';
import { openDatabase, transaction } from './storage/database.ts';
import { StateStore } from './storage/state-store.ts';
import { version } from './version.ts';

export interface AgentOptions {
  readonly environment: AgentEnvironment;
  /** Folder of the built dock. */
  readonly dockDir: string;
  readonly log: Log;
  /**
   * Starts the embedded receiver, used while no processing server is set. Called once the data folder is known to be
   * ours alone.
   */
  readonly embeddedReceiver?: () => Promise<EmbeddedReceiverAccess>;
}

/** Where the embedded receiver is, and the key that keeps this machine's other users out of it. */
export interface EmbeddedReceiverAccess {
  readonly url: string;
  readonly apiKey: string;
}

export interface Agent {
  /** http://host:port */
  readonly url: string;
  readonly port: number;
  readonly token: string;
  readonly services: AgentServices;
  /** Ends everything in order; what is under way goes on at the next start. */
  close(): Promise<void>;
}

/**
 * Starts the agent.
 * @throws StreamAIError folder_unreadable | data_dir_in_use | database_newer | port_in_use | config_invalid
 */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { environment, log } = options;
  // What has been started so far, so that a failure further down leaves nothing running.
  const closers: (() => void | Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const step of closers.splice(0).reverse()) await step();
  };
  try {
    prepareDataDir(environment.dataDir);
    const token = readOrCreateToken(environment.dataDir);
    log.secret(token);
    const database = openDatabase(path.join(environment.dataDir, 'streamai.db'));
    closers.push(() => database.close());
    const embeddedReceiver = (await options.embeddedReceiver?.()) ?? null;
    const { services, begin } = build(options, database, embeddedReceiver, closers);
    const server = await startServer({
      services,
      host: environment.host,
      port: environment.port,
      token,
      dockDir: options.dockDir,
      devOrigin: environment.devOrigin,
      log,
    });
    closers.push(() => server.close());
    begin();
    log.info({ url: server.url, version }, 'the agent is ready');
    return { url: server.url, port: server.port, token, services, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function build(
  { environment, log }: AgentOptions,
  database: ReturnType<typeof openDatabase>,
  embeddedReceiver: EmbeddedReceiverAccess | null,
  closers: (() => void | Promise<void>)[],
): { services: AgentServices; begin: () => void } {
  const now = Date.now;
  const live = new LiveBus(now);
  const settings = createSettings({ database, fixed: environment.fixed, live, log });
  const state = new StateStore(database);

  // OBS
  const roots = obsConfigRoots(process.platform, process.env, homedir());
  const obs = new ObsConnection({
    target: async () => {
      const { obsHost, obsPort, obsPassword } = settings.current();
      const found = await discoverWebsocket(roots);
      const password = obsPassword ?? found?.password ?? null;
      log.secret(password);
      return { host: obsHost, port: obsPort ?? found?.port ?? defaultObsPort, password, found };
    },
    log,
    onStatus: () => obsFacts.publish(),
  });
  const naming = new FileNaming(obs, state, log);

  // Uploads and tasks
  const delivery = buildDelivery({
    database,
    live,
    log,
    obs,
    environment,
    embeddedReceiver,
    settings: settings.current,
    sessions: () => ({ store, service: sessions }),
  });
  const { uploads, tasks, destinations, liveWatch } = delivery;

  // Sessions
  const store = new SessionStore(database, (ids) => uploads.ofRecordings(ids), now);
  const book = new SessionBook(store, database, live);
  const sessions = new Sessions(book, live, (id) => uploads.cancelSession(id));
  const next = new NextSessionKeeper({
    state,
    live,
    settings: settings.current,
    isNameTaken: (name) => store.isNameTaken(name),
    now,
  });
  const intents = new StartIntents(state, naming, now);
  const closer = new FileCloser({
    book,
    log,
    onReady: (session, file, recordingId) => {
      if (!session.autoUpload) return;
      const { id: sessionId, subtitleModel, priority } = session;
      uploads.enqueueAll({
        sessionId,
        recordingId,
        subtitleModel,
        priority,
        manual: false,
        bytesTotal: file.bytes,
      });
    },
  });
  const obsFacts = new ObsFacts({
    obs,
    live,
    log,
    settings: settings.current,
    isRecording: () => book.active() !== undefined,
  });
  const observer = new Observer({ obs, book, live, log, now, onFreeBytes: (bytes) => obsFacts.noteFreeBytes(bytes) });
  const cancelUploads = (recordingId: string): void => {
    for (const upload of uploads.ofRecordings([recordingId]).get(recordingId) ?? []) {
      if (!['completed', 'cancelled', 'failed'].includes(upload.state)) uploads.cancel(upload.id);
    }
  };
  const recorder = new Recorder({
    obs,
    commands: new RecordCommands(obs),
    naming,
    book,
    next,
    intents,
    closer,
    observer,
    lostWatch: new LostWatch(obs, book),
    cancelUploads,
    now,
    log,
  });

  const retention = new Retention({
    settings: settings.current,
    sessions: () => store.withLocalFiles(),
    verify: (uploadId, signal) => uploads.check(uploadId, signal),
    mark: (sessionId, number, deleted, also) =>
      transaction(database, () => {
        // The session may have been forgotten.
        if (store.find(sessionId)) book.apply(sessionId, { type: deleted ? 'file_deleted' : 'file_kept', number });
        also();
      }),
    live: () => liveWatch.live,
    state,
    log,
  });

  uploads.onSettled((upload) => {
    retention.look();
    if (upload.state !== 'completed') return;
    tasks.watch(upload.id);
    sessions.noteArrival(upload.sessionId, now());
  });
  settings.onChange((names) => {
    if (names.some((name) => name.startsWith('obs'))) obs.reconnect();
    if (names.includes('recordingsDir')) void obsFacts.refresh();
    delivery.settingsChanged(names);
    if (names.some((name) => name.startsWith('keep') || name === 'deleteLocal')) retention.look();
    if (names.some((name) => ['autoUpload', 'subtitleModel', 'priority', 'nameTemplate'].includes(name))) {
      live.publish('next_session_updated', next.get());
    }
  });

  const status: AgentServices['status'] = () => ({
    version,
    obs: obsFacts.status(),
    destinations: destinations.status(),
    recording: observer.status(),
    nextSession: next.get(),
    uploads: uploads.counts(),
    sessions: sessions.list({ limit: 20 }).sessions,
  });
  const services: AgentServices = {
    version,
    live,
    recorder: {
      start: (request) => recorder.start(request),
      stop: () => recorder.stop(),
      pause: () => recorder.pause(),
      resume: () => recorder.resume(),
      split: () => recorder.split(),
      chapter: (name) => recorder.chapter(name),
      status: () => observer.status(),
    },
    sessions,
    nextSession: {
      get: () => next.get(),
      change: async ({ starting, ...change }) => {
        const changed = next.change(change);
        if (starting !== undefined) await recorder.expectDockStart();
        return changed;
      },
    },
    uploads,
    settings,
    obs: obsFacts,
    destinations,
    status,
    snapshot: () => ({ ...status(), settings: settings.view() }),
  };
  const begin = (): void => {
    closers.push(() => delivery.close());
    closers.push(() => retention.close());
    closers.push(() => closer.stop());
    closers.push(async () => {
      recorder.close();
      // OBS must not keep the name of a recording that never came.
      await intents.cancel();
      obs.close();
    });
    delivery.begin();
    retention.start();
    recorder.begin();
    obs.start();
  };
  return { services, begin };
}
