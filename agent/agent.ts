/** The composition root: builds every part, wires the way of a recording through them, closes them in reverse order. */
import { homedir } from 'node:os';
import path from 'node:path';
import { prepareDataDir } from './config/data-dir.ts';
import type { AgentEnvironment } from './config/environment.ts';
import { createSettings } from './config/settings.ts';
import { readOrCreateToken } from './config/token.ts';
import { buildDelivery } from './delivery.ts';
import { startServer } from './http/server.ts';
import { LiveBus } from './live-events.ts';
import type { Log } from './log.ts';
import { RecordCommands } from './obs/commands.ts';
import { ObsConnection } from './obs/connection.ts';
import { defaultObsPort, discoverWebsocket, obsConfigRoots } from './obs/discovery.ts';
import { FileNaming } from './obs/file-naming.ts';
import { ObsFacts } from './obs/obs-facts.ts';
import { SceneWatch } from './obs/scene-watch.ts';
import { Retention } from './retention/retention.ts';
import type { AgentServices } from './services.ts';
import { applyChoices } from './sessions/apply-choices.ts';
import { FileCloser } from './sessions/file-closer.ts';
import { LostWatch } from './sessions/lost-watch.ts';
import { Marks } from './sessions/marks.ts';
import { NameCounters } from './sessions/name-counters.ts';
import { NextSessionKeeper, nextSessionSettings } from './sessions/next-session.ts';
import { Observer } from './sessions/observer.ts';
import { SessionBook } from './sessions/session-book.ts';
import { SessionStore } from './sessions/session-store.ts';
import { Recorder } from './sessions/session-tracker.ts';
import { LiveFiles } from './sessions/session-uploads.ts';
import { Sessions } from './sessions/sessions-service.ts';
import { StartIntents } from './sessions/start-intent.ts';
import { ThumbnailStore } from './sessions/thumbnail-store.ts';
import { Thumbnails } from './sessions/thumbnails.ts';
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
    sessions: () => ({ store, service: sessions, writing: () => liveFiles.writing() }),
  });
  const { uploads, tasks, destinations, liveWatch } = delivery;

  // Sessions
  const store = new SessionStore(database, (ids) => uploads.ofRecordings(ids), now);
  const book = new SessionBook(store, database, live);
  const thumbnails = new ThumbnailStore(database);
  const sessions = new Sessions({
    book,
    live,
    thumbnails,
    cancelUploads: (id) => uploads.cancelSession(id),
    withdrawUploads: (id) => uploads.withdraw(id),
    onChoices: (session, change) => applyChoices(session, change, uploads),
  });
  const liveFiles = new LiveFiles({ book, uploads, settings: settings.current });
  const next = new NextSessionKeeper({
    state,
    live,
    settings: settings.current,
    counters: new NameCounters(database),
    isNameTaken: (name) => store.isNameTaken(name),
    place: () => place.now,
    now,
  });
  const place = new SceneWatch(obs, () => next.placeChanged());
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
    onClosed: (recordingId) => uploads.written(recordingId),
  });
  const obsFacts = new ObsFacts({
    obs,
    live,
    log,
    settings: settings.current,
    isRecording: () => book.active() !== undefined,
  });
  const observer = new Observer({ obs, book, live, log, now, onFreeBytes: (bytes) => obsFacts.noteFreeBytes(bytes) });
  const commands = new RecordCommands(obs);
  const marks = new Marks({
    book,
    obs,
    commands,
    language: () => (settings.current().language === 'fr' ? 'fr' : 'en'),
    now,
    log,
  });
  const recorder = new Recorder({
    obs,
    commands,
    naming,
    book,
    next,
    intents,
    closer,
    observer,
    lostWatch: new LostWatch(obs, book),
    thumbnails: new Thumbnails({ obs, place, store: thumbnails, book, log }),
    withdrawUploads: (recordingId) => {
      // What was on its way was the file as it seemed to have ended; it is followed anew.
      if (uploads.withdraw(recordingId)) liveFiles.look();
    },
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
    if (names.some((name) => name === 'uploadWhileRecording' || name.startsWith('objectStorage'))) liveFiles.look();
    if (names.some((name) => name.startsWith('keep') || name === 'deleteLocal')) retention.look();
    if (names.some((name) => nextSessionSettings.has(name))) {
      next.announce();
    }
  });

  const status: AgentServices['status'] = () => ({
    version,
    obs: obsFacts.status(),
    destinations: destinations.status(),
    recording: observer.status(),
    nextSession: next.get(),
    uploads: uploads.counts(),
    sessions: sessions.list({ limit: 20, filter: 'all' }).sessions,
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
      chapter: (name) => marks.chapter(name),
      status: () => observer.status(),
    },
    sessions,
    marks,
    nextSession: {
      get: () => next.get(),
      change: async ({ starting, ...change }) => {
        const changed = next.change(change);
        if (starting !== undefined) await recorder.expectDockStart();
        return changed;
      },
    },
    uploads: {
      ...uploads,
      manual: async (request) => {
        await closer.findAgain(sessions.meant(request).id);
        return uploads.manual(request);
      },
    },
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
    liveFiles.look();
    retention.start();
    recorder.begin();
    obs.start();
  };
  return { services, begin };
}
