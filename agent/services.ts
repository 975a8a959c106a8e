/** What the parts of the agent offer to the outside (REST, live channel): the seam between `agent/http` and the rest. */
import type {
  AbortOrphan,
  DestinationTest,
  Link,
  ListQuery,
  ManualUpload,
  MarkChange,
  NewMark,
  NextSessionChange,
  ObsConnectionInfo,
  Orphan,
  SessionChange,
  SessionsPage,
  StartRecording,
  Status,
  UploadCounts,
  Verification,
} from '../shared/api.ts';
import type { DoctorReport } from '../shared/doctor.ts';
import type {
  Destination,
  DestinationStatus,
  NextSession,
  ObsStatus,
  RecordingStatus,
  Session,
  Upload,
} from '../shared/domain.ts';
import type { Language } from '../shared/errors.ts';
import type { Snapshot } from '../shared/live.ts';
import type { SettingsChange, SettingsView } from '../shared/settings.ts';
import type { SetupAnswer, SetupRequest, SetupView } from '../shared/setup.ts';
import type { LiveEvents } from './live-events.ts';

/** Record control. Every command resolves when OBS's event confirms it, or throws a StreamAIError. */
export interface RecorderService {
  start(request: StartRecording): Promise<Session>;
  stop(): Promise<Session>;
  pause(): Promise<Session>;
  resume(): Promise<Session>;
  split(): Promise<Session>;
  /**
   * Resolves once the chapter is stored, and OBS has put it into the file or cannot.
   * @throws StreamAIError not_recording | obs_not_connected
   */
  chapter(name?: string): Promise<Session>;
  status(): RecordingStatus;
}

export interface SessionsService {
  list(query: ListQuery): SessionsPage;
  /** @throws StreamAIError session_not_found */
  get(id: string): Session;
  /** A name that is taken gets a number. @throws StreamAIError session_not_found | session_name_… */
  change(id: string, change: SessionChange): Session;
  /**
   * Withdraws the session's uploads that have not arrived, and uploads nothing more of it by itself. Its files and what has
   * arrived stay. @throws StreamAIError session_not_found
   */
  discard(id: string): Session;
  /** Forgets the session and cancels its uploads; its files stay. @throws StreamAIError session_not_found | session_active */
  forget(id: string): void;
  /**
   * Takes a file in that a notice of the session names (`file_uncertain`): it becomes one of its recordings and is treated as such.
   * One that is not sent by itself (`file_held_…`) may be from now on, and so may the others of its folder with the same notice,
   * but for those that were left; with `only`, it alone.
   * @throws StreamAIError session_not_found | session_active | file_not_offered
   */
  takeFile(id: string, file: string, only?: boolean): Session;
  /**
   * Drops that notice; the file stays where it is. One that is not sent by itself is not asked about any more: its notices stay, with
   * `left: 1` in their params. @throws StreamAIError session_not_found | file_not_offered
   */
  leaveFile(id: string, file: string): Session;
  /** The JPEG of its beginning. @throws StreamAIError session_not_found | thumbnail_missing */
  thumbnail(id: string): Uint8Array<ArrayBuffer>;
  /** Shows a file of the session in the system's file manager. @throws StreamAIError session_not_found | file_missing | no_desktop | folder_not_shown */
  openFolder(id: string, recordingId?: string): Promise<void>;
}

/** Chapters and notes. Each method answers the session as it is then, and throws StreamAIError session_not_found | mark_… */
export interface MarksService {
  add(sessionId: string, mark: NewMark): Promise<Session>;
  change(sessionId: string, markId: string, change: MarkChange): Session;
  remove(sessionId: string, markId: string): Session;
}

export interface NextSessionService {
  get(): NextSession;
  /** With `starting`, resolves once OBS's file name is prepared; also where it cannot be: the recording works all the same. */
  change(change: NextSessionChange): Promise<NextSession>;
}

export interface UploadsService {
  counts(): UploadCounts;
  /**
   * Queues every recording of a session again, or for the first time; also one whose file was missing and is there again.
   * @throws StreamAIError session_not_found | session_active | nothing_to_upload | file_missing | …
   */
  manual(request: ManualUpload): Promise<Upload[]>;
  /** Ends the attempt that runs; the upload stays until `resume`. @throws StreamAIError upload_not_found | upload_state */
  pause(id: string): Upload;
  /** @throws StreamAIError upload_not_found | upload_state when it is not paused */
  resume(id: string): Upload;
  /**
   * Tries an upload again now that waits, failed or was cancelled, or whose task failed.
   * @throws StreamAIError upload_not_found | upload_state | upload_newer_open
   */
  retry(id: string): Upload;
  /** Ends the upload; parts of it that the destination has go away. @throws StreamAIError upload_not_found | upload_state */
  cancel(id: string): Upload;
  /** Proves afresh that the copy is what the local file is now: reads all of it. @throws StreamAIError upload_state when it has not arrived */
  verify(id: string): Promise<Verification>;
  /** A link to the uploaded object. @throws StreamAIError upload_state | upload_not_stored */
  link(id: string, expiresInSeconds: number): Promise<Link>;
}

export interface DestinationsService {
  status(): DestinationStatus[];
  /** A small real round trip. @throws StreamAIError destination_not_configured */
  test(id: Destination): Promise<DestinationTest>;
  /** What lies half-sent in the bucket (`Orphan`). @throws StreamAIError destination_not_configured | storage_… */
  orphans(): Promise<Orphan[]>;
  /** @throws StreamAIError destination_not_configured | storage_… */
  abortOrphan(orphan: AbortOrphan): Promise<void>;
}

export interface SettingsService {
  view(): SettingsView;
  /**
   * All of the change or nothing. A folder of recordings is made where it is missing, if OBS is on this machine.
   * What OBS's folders are called here is tried.
   * @throws StreamAIError setting_fixed | invalid_request | folder_unreadable, its reason in `language` | file_away | path_mapping_…
   */
  change(change: SettingsChange, language?: Language): Promise<SettingsView>;
}

export interface ObsService {
  status(): ObsStatus;
  /** For the dock's own connection. @throws StreamAIError obs_unauthenticated | obs_stranger */
  connectionInfo(): ObsConnectionInfo;
  /** Tries at once, also after a refused password. */
  reconnect(): void;
}

export interface SetupService {
  /** Every OBS of this machine, and what each needs. */
  view(): Promise<SetupView>;
  /**
   * Sets OBS up or takes that back; an OBS that runs gets its turn when it has been closed, which the live channel tells.
   * @throws StreamAIError setup_…
   */
  request(request: SetupRequest): Promise<SetupAnswer>;
}

export interface DoctorService {
  /** Looks at everything, a few seconds long. Never rejects. */
  examine(language: Language): Promise<DoctorReport>;
}

export interface TokenService {
  /** Makes a new token, which ends the one before, and every client that came in with it. @returns the new one */
  renew(): string;
}

export interface AgentServices {
  readonly version: string;
  readonly live: LiveEvents;
  readonly recorder: RecorderService;
  readonly sessions: SessionsService;
  readonly marks: MarksService;
  readonly nextSession: NextSessionService;
  readonly uploads: UploadsService;
  readonly settings: SettingsService;
  readonly obs: ObsService;
  readonly destinations: DestinationsService;
  readonly setup: SetupService;
  readonly doctor: DoctorService;
  readonly token: TokenService;
  /** Ends the agent in order, as a signal does. Returns at once: the end begins when the request has been answered. */
  shutDown(): void;
  /** Everything that GET /api/integrated/status answers. */
  status(): Status;
  /** Everything that a client of the live channel starts from. */
  snapshot(): Snapshot;
}
