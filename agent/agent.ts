/** The composition root: builds every part, wires them along the way of a recording, and orders how they start and end. */
import { homedir } from 'node:os';
import path from 'node:path';
import type { Session } from '../shared/domain.ts';
import type { Language } from '../shared/errors.ts';
import { isLoopback } from '../shared/ip-address.ts';
import { systemClock } from './clock.ts';
import { logFile } from './config/data-dir.ts';
import type { AgentEnvironment } from './config/environment.ts';
import { keepAddress } from './config/running-agent.ts';
import { createSettings } from './config/settings.ts';
import { settingsService } from './config/settings-service.ts';
import { readOrCreateToken, renewToken } from './config/token.ts';
import { ignoredAddress } from './config/warnings.ts';
import { buildDelivery, type EmbeddedReceiverAccess } from './delivery.ts';
import { DoctorInside, type OutsideOfAgent } from './doctor/inside-agent.ts';
import { StoredData } from './doctor/stored-data.ts';
import { FolderNames } from './files/folder-names.ts';
import { allowNetwork, keepOut } from './files/open-recording.ts';
import { isBelow } from './files/path-rules.ts';
import { Access } from './http/access.ts';
import { startServer } from './http/server.ts';
import { Lifetime, type Part } from './lifetime.ts';
import { LiveEvents } from './live-events.ts';
import type { Log } from './log.ts';
import { RecordCommands } from './obs/commands.ts';
import { configuredFolders } from './obs/configured-folders.ts';
import { ObsConnection } from './obs/connection.ts';
import { defaultObsPort, discoverWebsocket, obsConfigRoots } from './obs/discovery.ts';
import { FileNaming } from './obs/file-naming.ts';
import { ObsFacts } from './obs/obs-facts.ts';
import { pathHere } from './obs/path-mapping.ts';
import { checkPathMappings } from './obs/path-mapping-check.ts';
import { SceneWatch } from './obs/scene-watch.ts';
import { waitingDock } from './obs/setup/dock-address.ts';
import type { WantedDock } from './obs/setup/dock-list.ts';
import type { FoundObs } from './obs/setup/installations.ts';
import { LaterSetup } from './obs/setup/later-setup.ts';
import { Retention } from './retention/retention.ts';
import type { AgentServices } from './services.ts';
import { FileCloser } from './sessions/file-closer.ts';
import { FileJudge, isHeld } from './sessions/file-judge.ts';
import { LostWatch } from './sessions/lost-watch.ts';
import { Marks } from './sessions/marks.ts';
import { NameCounters } from './sessions/name-counters.ts';
import { NextSessionKeeper, nextSessionSettings } from './sessions/next-session.ts';
import { Observer } from './sessions/observer.ts';
import { takeReachedLater } from './sessions/reached-later.ts';
import { RecordControl } from './sessions/record-control.ts';
import { RecordedClock } from './sessions/recorded-clock.ts';
import { SessionBegins } from './sessions/session-begins.ts';
import { SessionBook } from './sessions/session-book.ts';
import { SessionEnds } from './sessions/session-ends.ts';
import { SessionStore } from './sessions/session-store.ts';
import { SessionTracker } from './sessions/session-tracker.ts';
import { SessionUploads } from './sessions/session-uploads.ts';
import { Sessions } from './sessions/sessions-service.ts';
import { SplitCatchUp } from './sessions/split-catch-up.ts';
import { SplitWatch } from './sessions/split-watch.ts';
import { StartIntents } from './sessions/start-intent.ts';
import { ThumbnailStore } from './sessions/thumbnail-store.ts';
import { Thumbnails } from './sessions/thumbnails.ts';
import { afterCommit, type Database, openDatabase, transaction } from './storage/database.ts';
import { mendedRows } from './storage/mended-rows.ts';
import { StateStore } from './storage/state-store.ts';
import { stationId } from './storage/station.ts';
import { version } from './version.ts';
import { Heartbeat } from './waiting-page/heartbeat.ts';
import { waitingPlace } from './waiting-page/place.ts';

export type { EmbeddedReceiverAccess } from './delivery.ts';

export interface AgentOptions {
  readonly environment: AgentEnvironment;
  /** Folder of the built dock. */
  readonly dockDir: string;
  readonly log: Log;
  /** Of the reasons in what `startAgent` throws; left out: English. */
  readonly language?: Language;
  /**
   * Starts the embedded receiver, which takes the uploads while no destination is set up. Called once, when this agent holds
   * the data folder's lock.
   */
  readonly embeddedReceiver?: () => Promise<EmbeddedReceiverAccess>;
  /** A client has asked for the agent's end: whoever started it ends it, as after any signal. Left out: it closes itself. */
  readonly onShutdown?: () => void;
  /** What doctor cannot know by itself; left out: nothing starts the agent with the machine. */
  readonly outside?: OutsideOfAgent;
  /** What the person who starts it should know, in `language`; the log has it already. */
  readonly warn?: (text: string) => void;
}

export interface Agent {
  /** http://host:port */
  readonly url: string;
  readonly port: number;
  /** As `RunningServer.localhostTaken`. */
  readonly localhostTaken: boolean;
  /** As it was at the start. */
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
  const { environment, dockDir, log, language = 'en' } = options;
  const { host, port, devOrigin } = environment;
  const lifetime = new Lifetime(log);
  try {
    keepOut(environment.dataDir);
    const access = new Access(readOrCreateToken(environment.dataDir, language));
    log.secret(access.token);
    log.secret(access.pass);
    const database = openDatabase(path.join(environment.dataDir, 'streamai.db'));
    lifetime.add('database', { close: () => database.close() });
    const renew = (): string => {
      const token = renewToken(environment.dataDir, language);
      log.secret(token);
      access.renew(token);
      log.secret(access.pass);
      log.info('the token is a new one');
      return token;
    };
    const shutDown = (): void => {
      log.info('a client asks for the end');
      (options.onShutdown ?? end)();
    };
    let pageUrl = '';
    let isTaken = false;
    const { address: page } = waitingPlace(environment.dataDir, language);
    const dock = (obs: FoundObs): WantedDock => waitingDock({ page, url: pageUrl, token: access.token }, obs);
    const own = { token: { renew }, shutDown };
    const { services, parts } = build(options, database, (await options.embeddedReceiver?.()) ?? null, own, {
      dock,
      isLocalhostTaken: () => isTaken,
    });
    const server = await startServer({ services, host, port, access, dockDir, devOrigin, log, language });
    pageUrl = server.url;
    isTaken = server.localhostTaken;
    const end = async (): Promise<void> => {
      server.goAway();
      await lifetime.close();
    };
    lifetime.add('server', { close: () => server.close() });
    lifetime.add('address', keepAddress(environment.dataDir, server.url));
    for (const [name, part] of parts) lifetime.add(name, part);
    const { url, port: listened, localhostTaken } = server;
    const { dataDir } = environment;
    const heartbeat = new Heartbeat({
      ...{ dataDir, logFile: logFile(dataDir), pass: () => access.pass, language },
      // In development the page comes from Vite.
      url: devOrigin ?? url,
      ...{ clock: systemClock, log },
    });
    access.onRenewed(() => heartbeat.passRenewed());
    // Begins with the server, whose pages wait as docks do that are open already; ends before anything else does.
    lifetime.add('waiting page', { close: () => heartbeat.close() });
    await heartbeat.start();
    await lifetime.start();
    log.info({ url, version }, 'the agent is ready');
    const rows = mendedRows(database);
    if (rows.length > 0) log.warn({ code: 'session_damaged', rows }, 'of these rows only what made sense is left');
    return { url, port: listened, localhostTaken, token: access.token, services, close: end };
  } catch (error) {
    await lifetime.close();
    throw error;
  }
}

function build(
  { environment, log, language: terminal = 'en', warn, dockDir, outside }: AgentOptions,
  database: Database,
  embeddedReceiver: EmbeddedReceiverAccess | null,
  own: Pick<AgentServices, 'token' | 'shutDown'>,
  { dock, isLocalhostTaken }: { dock: (obs: FoundObs) => WantedDock; isLocalhostTaken: () => boolean },
): { services: AgentServices; parts: (readonly [name: string, part: Part])[] } {
  const now = Date.now;
  const live = new LiveEvents(now, (announce) => afterCommit(database, announce));
  const settings = createSettings({
    ...{ database, fixed: environment.fixed, live, log },
    onIgnored: (...ignored) => warn?.(ignoredAddress(terminal, ...ignored)),
  });
  const state = new StateStore(database);

  // OBS
  const roots = obsConfigRoots(process.platform, process.env, homedir());
  let shares: readonly string[] = [];
  const lookForShares = async (): Promise<void> => {
    shares = await configuredFolders(roots);
  };
  allowNetwork(() => {
    const { recordingsDir, pathMappings } = settings.current();
    const ours = [recordingsDir, ...(pathMappings ?? []).map(({ here }) => here)];
    return [...shares, ...ours.filter((folder) => folder !== null)];
  });
  const obs = new ObsConnection({
    target: async () => {
      const { obsHost, obsPort, obsPassword } = settings.current();
      const [found] = await Promise.all([discoverWebsocket(roots), lookForShares()]);
      const password = obsPassword ?? found?.password ?? null;
      log.secret(password);
      return { host: obsHost, port: obsPort ?? found?.port ?? defaultObsPort, password, found };
    },
    log,
    pathMappings: () => settings.current().pathMappings ?? [],
  });
  const commands = new RecordCommands(obs);
  const naming = new FileNaming(obs, state, log);
  const place = new SceneWatch(obs);

  // Sessions and their uploads
  const store = new SessionStore(database);
  const judge = new FileJudge({ state, refresh: () => obsFacts.refresh() });
  judge.adopt(() => store.recordedFolders());
  const delivery = buildDelivery({
    database,
    live,
    log,
    obs,
    store,
    judge,
    station: stationId(state),
    environment,
    embeddedReceiver,
    settings: settings.current,
  });
  const { uploads, destinations, onAir } = delivery;
  const recorded = new RecordedClock();
  const book = new SessionBook({ store, database, live, uploads, recorded });
  const isObsRemote = (): boolean => !isLoopback(settings.current().obsHost);
  const sessionUploads = new SessionUploads({
    ...{ book, uploads, isObsRemote, settings: settings.current, clock: systemClock },
  });
  const isOnShare = (file: string): boolean =>
    (settings.current().pathMappings ?? []).some(({ here }) => isBelow(here, file));
  const closer = new FileCloser({ book, uploads: sessionUploads, judge, isObsRemote, isOnShare, log });
  const thumbnailStore = new ThumbnailStore(database);
  const sessions = new Sessions({ book, uploads: sessionUploads, closer, judge, thumbnails: thumbnailStore, now });

  // Recording
  const obsFacts = new ObsFacts({
    obs,
    live,
    log,
    settings: settings.current,
    isRecording: () => book.active() !== undefined,
    isObsRemote,
  });
  const folderNames = new FolderNames(() => obsFacts.status().recordDirectory);
  obsFacts.onChange(() => {
    const { recordDirectory } = obsFacts.status();
    if (recordDirectory !== null) judge.recordsInto(recordDirectory);
    void lookForShares().then(() => folderNames.refresh());
  });
  const next = new NextSessionKeeper({
    state,
    live,
    settings: settings.current,
    counters: new NameCounters(database),
    isNameTaken: (name) => store.isNameTaken(name) || folderNames.has(name),
    place: () => place.now,
    now,
  });
  place.onChange(() => next.placeChanged());
  const onFreeBytes = (bytes: number): void => obsFacts.noteFreeBytes(bytes);
  const observer = new Observer({ obs, book, live, log, recorded, onFreeBytes });
  const language = (): 'fr' | 'en' => (settings.current().language === 'fr' ? 'fr' : 'en');
  const marks = new Marks({ book, obs, commands, language, now, log });
  const intents = new StartIntents(state, naming, systemClock);
  const lostWatch = new LostWatch(obs, book);
  const splits = new SplitWatch({ obs, book, state, log });
  const catchUp = new SplitCatchUp({ obs, book, closer, splits, recorded, log });
  const tracker = new SessionTracker({
    obs,
    book,
    intents,
    begins: new SessionBegins({
      ...{ book, next, intents, naming, closer, observer, place, recorded, splits, uploads: sessionUploads, log },
      thumbnails: new Thumbnails({ obs, store: thumbnailStore, book, log }),
    }),
    ends: new SessionEnds({ book, catchUp, closer, observer, lostWatch, recorded, log }),
    catchUp,
    observer,
    lostWatch,
    splits,
    place,
    recorded,
    log,
  });
  const control = new RecordControl({
    obs,
    commands,
    book,
    tracker,
    next,
    intents,
    observer,
    marks,
    folderNames,
    now,
    log,
  });

  const retention = new Retention({
    settings: settings.current,
    sessions: () => book.withLocalFiles().map(withoutHeld),
    prove: (uploadId, signal) => uploads.prove(uploadId, signal),
    setDeleted: (sessionId, number, deleted, also) =>
      transaction(database, () => {
        // The session may have been forgotten.
        if (store.find(sessionId)) book.apply(sessionId, { type: deleted ? 'file_deleted' : 'file_kept', number });
        also();
      }),
    onAir: () => onAir.now,
    state,
    log,
  });
  uploads.onSettled(() => retention.look());

  settings.onChange((names) => {
    if (names.some((name) => name.startsWith('obs'))) obs.reconnect();
    if (names.includes('recordingsDir') || names.includes('pathMappings')) void obsFacts.refresh();
    if (names.includes('pathMappings')) {
      takeReachedLater({
        book,
        closer,
        log,
        pathHere: (told) => pathHere(told, settings.current().pathMappings ?? []),
      });
    }
    delivery.settingsChanged(names);
    if (names.some((name) => name === 'uploadWhileRecording' || name.startsWith('objectStorage'))) {
      sessionUploads.look();
    }
    if (names.some((name) => name.startsWith('keep') || name === 'deleteLocal')) retention.look();
    if (names.some((name) => nextSessionSettings.has(name))) next.announce();
  });

  const setup = new LaterSetup(state, async () => {
    const { buildSetup } = await import('./obs/setup/build-setup.ts');
    return buildSetup({
      ...{ dataDir: environment.dataDir, dock, state, live, log, clock: systemClock },
      onAir: () => onAir.now,
      onDecided: () => void settings.change({ setupSeen: true }),
    });
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
    recorder: control,
    sessions,
    marks,
    nextSession: {
      get: () => next.get(),
      change: async ({ starting, ...change }) => {
        const changed = next.change(change);
        if (starting !== undefined) await control.expectDockStart();
        return changed;
      },
    },
    uploads: { ...uploads, manual: (request) => sessions.upload(request) },
    settings: settingsService(settings, (mappings, language) => checkPathMappings(mappings, { obs, language })),
    obs: obsFacts,
    destinations,
    setup,
    doctor: new DoctorInside(
      {
        status,
        settings: settings.current,
        stored: new StoredData(database),
        localhostTaken: isLocalhostTaken,
        test: (id) => destinations.test(id),
      },
      dockDir,
      outside,
    ),
    ...own,
    status,
    snapshot: () => ({ ...status(), settings: settings.view() }),
  };
  return {
    services,
    parts: [
      ...delivery.parts,
      ['uploads of sessions', sessionUploads],
      ['retention', retention],
      ['file closer', closer],
      ['announcements of sessions', book],
      ['next session', next],
      ['facts about OBS', obsFacts],
      ['connection to OBS', { close: () => obs.close() }],
      ['start intents', intents],
      ['session tracker', tracker],
      ['setup of OBS', setup],
      // Last: whoever listens to OBS has begun by now.
      ['OBS', { start: () => obs.start() }],
    ],
  };
}

/** A session without the files that wait for a person's word: nothing of them is deleted. */
function withoutHeld(session: Session): Session {
  return { ...session, recordings: session.recordings.filter(({ path: file }) => !isHeld(session, file)) };
}
