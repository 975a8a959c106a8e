/** The part of the composition root that gets recordings to their destinations: destinations, queue, limits, tasks. */
import type { Session } from '../shared/domain.ts';
import { proxyFor } from '../shared/proxies.ts';
import type { SettingName, Settings } from '../shared/settings.ts';
import { systemClock } from './clock.ts';
import type { AgentEnvironment } from './config/environment.ts';
import type { Part } from './lifetime.ts';
import type { LiveEvents } from './live-events.ts';
import type { Log } from './log.ts';
import type { ObsConnection } from './obs/connection.ts';
import { OnAir } from './obs/on-air.ts';
import { begunAt, type FileJudge } from './sessions/file-judge.ts';
import type { SessionStore } from './sessions/session-store.ts';
import { viewSession } from './sessions/session-view.ts';
import type { Database } from './storage/database.ts';
import { Bandwidth } from './uploads/bandwidth.ts';
import type { ProxyFinder } from './uploads/destinations/connect.ts';
import { Destinations } from './uploads/destinations/destinations-service.ts';
import { ObjectStorageDestination } from './uploads/destinations/object-storage/object-storage.ts';
import type { ProcessingServer } from './uploads/destinations/processing/http/server.ts';
import { ProcessingDestination } from './uploads/destinations/processing/processing.ts';
import { TaskTracker } from './uploads/destinations/processing/tasks/task-tracker.ts';
import { RightOfWay } from './uploads/destinations/right-of-way.ts';
import { PolicyKeeper } from './uploads/policy-keeper.ts';
import { Throughput } from './uploads/throughput.ts';
import { createUploads, type Uploads } from './uploads/uploads.ts';

/** The embedded receiver, as far as uploads need it. */
export interface EmbeddedReceiverAccess {
  /** Where it is now, and the key that keeps this machine's other users out of it; null while it does not run. */
  access(): { readonly url: string; readonly apiKey: string } | null;
  /** Calls the listener when it has gone, and when it runs again. */
  onChange(listener: () => void): void;
}

export interface DeliveryPorts {
  readonly database: Database;
  readonly live: LiveEvents;
  readonly log: Log;
  readonly obs: ObsConnection;
  readonly store: SessionStore;
  readonly judge: Pick<FileJudge, 'isRecording'>;
  /** This machine's id, as others that share the bucket know it. */
  readonly station: string;
  readonly environment: Pick<AgentEnvironment, 'uploadTimeouts' | 'proxies'>;
  /** Takes the uploads while no destination is set up; null: there is none. */
  readonly embeddedReceiver: EmbeddedReceiverAccess | null;
  /** The settings in force; asked anew for each decision. */
  settings(): Settings;
}

export interface Delivery {
  readonly uploads: Uploads;
  readonly destinations: Destinations;
  readonly onAir: OnAir;
  /** In the order in which they start. */
  readonly parts: readonly (readonly [name: string, part: Part])[];
  /** Called by the composition root after each change of the settings, with the names of those that changed. */
  settingsChanged(names: readonly SettingName[]): void;
}

/** Builds the parts that get recordings to their destinations; nothing runs until `parts` are started. */
export function buildDelivery(ports: DeliveryPorts): Delivery {
  const { database, live, log, obs, store, station, environment, embeddedReceiver, settings, judge } = ports;
  /** For the keys and the metadata of objects. Neither says anything of uploads, so they are left out. */
  const findSession = (id: string): Session | undefined => {
    const found = store.find(id);
    return found === undefined ? undefined : viewSession(found, new Map(), found.run.asOf.recordedMs);
  };

  const { proxies } = environment;
  for (const proxy of [proxies.http, proxies.https]) log.secret(proxy?.authorization?.replace('Basic ', ''));
  const throughProxy: ProxyFinder = (url) => proxyFor(url, proxies);
  const bandwidth = new Bandwidth();
  const rightOfWay = new RightOfWay();
  const objectStorage = new ObjectStorageDestination({
    database,
    live,
    log,
    settings,
    station,
    findSession,
    findRecordingPath: (id) => store.recordingFile(id)?.path ?? null,
    proxyFor: throughProxy,
    pacer: bandwidth,
    rightOfWay,
  });
  const processingServer = (): ProcessingServer | null => {
    const { processingUrl, processingApiKey } = settings();
    if (processingUrl !== null) return { url: processingUrl, apiKey: processingApiKey, embedded: false };
    // Not beside Object Storage: the dock says of the embedded receiver that nothing leaves this machine, and a second copy
    // there would serve nobody.
    if (embeddedReceiver === null || objectStorage.configured()) return null;
    const access = embeddedReceiver.access();
    // Between its end and its next start whoever takes its port is a stranger: uploads and tasks wait.
    return { url: access?.url ?? null, apiKey: access?.apiKey ?? null, embedded: true };
  };
  const processing = new ProcessingDestination({
    live,
    settings,
    processingServer,
    proxyFor: throughProxy,
    limits: environment.uploadTimeouts,
    pacer: rightOfWay.yielding(bandwidth),
  });

  const throughput = new Throughput();
  const onAir = new OnAir({ obs, log, busy: () => throughput.speed() !== null });
  const policy = new PolicyKeeper({ bandwidth, clock: systemClock, settings, onAir, throughput });
  const uploads = createUploads({
    database,
    live,
    // Object Storage first: with both, a recording goes there, and the processing server gets a link.
    drivers: [objectStorage, processing],
    log,
    recordings: {
      recordingFile: (id) => store.recordingFile(id),
      unclosed: () => store.unclosed(),
      mayFollow: async (id) => {
        const [file, session] = [store.recordingFile(id), store.ofRecording(id)];
        if (file === null || session === undefined) return false;
        // Not where OBS has recorded another session over it.
        return store.byPath(file.path)?.id === session.id && judge.isRecording(file.path, begunAt(session.run));
      },
    },
    policy,
    throughput,
    objects: objectStorage,
    verifyTask: (task, file, signal) => processing.verify(task, file, signal),
  });
  policy.onChange(() => uploads.policyChanged());
  const tasks = new TaskTracker({
    database,
    live,
    log,
    settings,
    processingServer,
    proxyFor: throughProxy,
  });
  uploads.onSettled((upload) => {
    if (upload.state === 'completed') tasks.track(upload.id);
  });
  const destinations = new Destinations([processing, objectStorage], objectStorage);

  /** Tells what is set up now, asks whether it is there, and lets uploads to it begin. */
  const refresh = (driver: typeof objectStorage | typeof processing): void => {
    live.publish('destination_updated', driver.status());
    void driver.checkHealth().then(() => uploads.wake());
    uploads.wake();
  };
  const hideKey = (): void => log.secret(embeddedReceiver?.access()?.apiKey);
  hideKey();
  embeddedReceiver?.onChange(() => {
    hideKey();
    refresh(processing);
  });
  return {
    uploads,
    destinations,
    onAir,
    parts: [
      ['OBS on air', onAir],
      ['upload policy', policy],
      ['uploads', uploads],
      ['tasks', tasks],
      ['destinations', destinations],
    ],
    settingsChanged(names) {
      const some = (concerns: (name: SettingName) => boolean): boolean => names.some(concerns);
      if (some((name) => /^(processing|uploadEndpoint|statusEndpoint)/.test(name))) refresh(processing);
      if (some((name) => name.startsWith('objectStorage'))) {
        refresh(objectStorage);
        // Whether the embedded receiver is used depends on it.
        refresh(processing);
      }
      if (some((name) => name === 'bandwidthLimit' || name.startsWith('whileOnAir'))) policy.refresh();
    },
  };
}
