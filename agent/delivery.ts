/** The part of the composition root that gets recordings to their destinations: destinations, queue, limits, tasks. */
import type { SettingName, Settings } from '../shared/settings.ts';
import type { EmbeddedReceiverAccess } from './agent.ts';
import { systemClock } from './clock.ts';
import type { AgentEnvironment } from './config/environment.ts';
import type { LiveBus } from './live-events.ts';
import type { Log } from './log.ts';
import type { ObsConnection } from './obs/connection.ts';
import { LiveWatch } from './obs/on-air.ts';
import type { DestinationsService } from './services.ts';
import type { SessionStore } from './sessions/session-store.ts';
import type { Sessions } from './sessions/sessions-service.ts';
import type { Database } from './storage/database.ts';
import { Bandwidth } from './uploads/bandwidth.ts';
import { createDestinations } from './uploads/destinations/destinations-service.ts';
import { ObjectStorageDestination } from './uploads/destinations/object-storage/object-storage.ts';
import type { ProcessingServer } from './uploads/destinations/processing/http/server.ts';
import { ProcessingDestination } from './uploads/destinations/processing/processing.ts';
import { TaskTracker } from './uploads/destinations/processing/tasks/task-tracker.ts';
import { RightOfWay } from './uploads/destinations/right-of-way.ts';
import { PolicyKeeper } from './uploads/policy-keeper.ts';
import { createUploads, type Uploads } from './uploads/uploads.ts';

export interface DeliveryParts {
  readonly database: Database;
  readonly live: LiveBus;
  readonly log: Log;
  readonly obs: ObsConnection;
  readonly environment: Pick<AgentEnvironment, 'uploadTimeouts'>;
  /** Used while no processing server is set. */
  readonly embeddedReceiver: EmbeddedReceiverAccess | null;
  settings(): Settings;
  /** Built after this, from `uploads`. */
  sessions(): { readonly store: SessionStore; readonly service: Sessions; writing(): readonly string[] };
}

export interface Delivery {
  readonly uploads: Uploads;
  readonly tasks: TaskTracker;
  readonly destinations: DestinationsService;
  readonly liveWatch: LiveWatch;
  settingsChanged(names: readonly SettingName[]): void;
  begin(): void;
  close(): Promise<void>;
}

export function buildDelivery(parts: DeliveryParts): Delivery {
  const { database, live, log, obs, environment, embeddedReceiver, settings, sessions } = parts;
  const processingServer = (): ProcessingServer | null => {
    const { processingUrl } = settings();
    if (processingUrl !== null) return { url: processingUrl, embedded: false };
    // It stands in only while nothing else is set: "nothing leaves this machine" has to stay true, and a stored recording stays where it is.
    if (embeddedReceiver === null || objectStorage.configured()) return null;
    return { url: embeddedReceiver.url, embedded: true };
  };
  log.secret(embeddedReceiver?.apiKey);
  const processingSettings = (): Settings => {
    const current = settings();
    const embedded = current.processingUrl === null ? embeddedReceiver : null;
    return embedded === null ? current : { ...current, processingApiKey: embedded.apiKey };
  };

  const bandwidth = new Bandwidth();
  const rightOfWay = new RightOfWay();
  const processing = new ProcessingDestination({
    live,
    settings: processingSettings,
    processingServer,
    limits: environment.uploadTimeouts,
    pacer: rightOfWay.yielding(bandwidth),
  });
  const objectStorage = new ObjectStorageDestination({
    database,
    live,
    log,
    settings,
    session: (id) => {
      const { store } = sessions();
      const found = store.find(id);
      return found === undefined ? undefined : store.view(found);
    },
    recordingPath: (id) => sessions().store.recordingFile(id)?.path ?? null,
    pacer: bandwidth,
    rightOfWay,
  });
  // Object Storage first: with both, a recording goes there, and the processing server gets a link.
  const drivers = [objectStorage, processing];

  const liveWatch = new LiveWatch({
    obs,
    log,
    busy: () => uploads.speed() !== null,
    onChange: () => policy.refresh(),
    onLostFrames: (dropped) => policy.lostFrames(dropped),
  });
  const policy = new PolicyKeeper({
    bandwidth,
    clock: systemClock,
    settings,
    live: () => liveWatch.live,
    speed: () => uploads.speed(),
    needed: () => uploads.needed(),
    onChange: () => uploads.policyChanged(),
  });
  const uploads: Uploads = createUploads({
    database,
    live,
    drivers,
    log,
    policy,
    objects: objectStorage,
    verifyTask: (task, file, signal) => processing.verify(task, file, signal),
    recordingFile: (id) => sessions().store.recordingFile(id),
    writing: () => sessions().writing(),
    findRecordings: (request) => {
      const session = sessions().service.meant(request);
      return { session, recordings: session.recordings };
    },
  });
  const tasks = new TaskTracker({ database, live, log, settings: processingSettings, processingServer });
  const closing = new AbortController();

  const lookAt = (driver: (typeof drivers)[number]): void => {
    live.publish('destination_updated', driver.status());
    void driver.checkHealth().then(() => uploads.wake());
    uploads.wake();
  };
  return {
    uploads,
    tasks,
    destinations: createDestinations([processing, objectStorage], objectStorage, closing.signal),
    liveWatch,
    settingsChanged(names) {
      const some = (concerns: (name: SettingName) => boolean): boolean => names.some(concerns);
      if (some((name) => /^(processing|uploadEndpoint|statusEndpoint)/.test(name))) lookAt(processing);
      if (some((name) => name.startsWith('objectStorage'))) {
        lookAt(objectStorage);
        lookAt(processing);
      }
      if (some((name) => name === 'bandwidthLimit' || name.startsWith('whileLive'))) policy.refresh();
    },
    begin() {
      policy.refresh();
      uploads.start();
      tasks.start();
    },
    async close() {
      closing.abort();
      policy.close();
      liveWatch.close();
      await uploads.close();
      await tasks.close();
    },
  };
}
