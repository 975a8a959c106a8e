/** One client of the live channel: keeps every event it heard and the state that a dock would show from them. */
import WebSocket from 'ws';
import type { Session } from '../../shared/domain.ts';
import { type LiveEvent, type SessionUpdate, type Snapshot, serverMessageSchema } from '../../shared/live.ts';
import { updatedSession } from '../../shared/session-update.ts';

/** What a client knows: the snapshot, kept up to date by the events. */
export type LiveState = Snapshot;
type Condition = (state: LiveState, event: LiveEvent | null) => boolean;

export class LiveClient {
  static readonly none = new LiveClient(null);
  readonly events: LiveEvent[] = [];
  #state: LiveState | null = null;
  readonly #socket: WebSocket | null;
  readonly #listeners = new Set<(event: LiveEvent | null) => void>();

  private constructor(socket: WebSocket | null) {
    this.#socket = socket;
  }

  /** Resolves with the first snapshot. */
  static async connect(url: string, token: string): Promise<LiveClient> {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws`);
    const client = new LiveClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.on('open', () => socket.send(JSON.stringify({ type: 'hello', token })));
      socket.on('error', reject);
      socket.on('close', (code) => reject(new Error(`the live channel closed: ${code}`)));
      socket.on('message', (data) => {
        // Parsing with the shared schema: an event that a dock could not read fails the test here.
        const message = serverMessageSchema.parse(JSON.parse(String(data)));
        if (message.type === 'snapshot') {
          client.#state = message.data;
          resolve();
        } else if (message.type === 'session') {
          if (client.#state) client.#state = withSession(client.#state, message.data);
        } else {
          client.events.push(message);
          if (client.#state) client.#state = stateAfter(client.#state, message);
          if (message.type === 'session_updated') client.#catchUp(message.data);
        }
        const event = message.type === 'snapshot' || message.type === 'session' ? null : message;
        for (const listener of client.#listeners) listener(event);
      });
    });
    return client;
  }

  /** Resolves with the close code. */
  get closed(): Promise<number> {
    return new Promise((resolve) => this.#socket?.once('close', resolve));
  }

  get state(): LiveState {
    if (!this.#state) throw new Error('no snapshot yet');
    return this.#state;
  }

  /** Resolves with the first state or event, from now on, that fulfils the condition. */
  until(what: string, condition: Condition, ms = 30_000): Promise<LiveState> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#listeners.delete(look);
        const last = this.events.slice(-8).map((event) => event.type);
        reject(
          new Error(
            `waited in vain: ${what}; last events: ${last.join(', ')}; state: ${JSON.stringify(this.#state?.obs)}`,
          ),
        );
      }, ms);
      const look = (event: LiveEvent | null): void => {
        if (!this.#state || !condition(this.#state, event)) return;
        clearTimeout(timer);
        this.#listeners.delete(look);
        resolve(this.#state);
      };
      this.#listeners.add(look);
      look(null);
    });
  }

  /** The newest session, once it fulfils the condition. */
  async session(what: string, condition: (session: Session) => boolean, ms?: number): Promise<Session> {
    const state = await this.until(what, ({ sessions }) => sessions[0] !== undefined && condition(sessions[0]), ms);
    const session = state.sessions[0];
    if (!session) throw new Error('no session');
    return session;
  }

  /** The newest session, once OBS has stopped and its files are closed. */
  recorded(id: string): Promise<Session> {
    return this.session('recorded', (session) => session.id === id && session.state === 'recorded');
  }

  /** Asks for a session that an update could not be applied to. */
  #catchUp({ id, revision }: SessionUpdate): void {
    const known = this.#state?.sessions.find((session) => session.id === id);
    if (known === undefined || known.revision < revision) this.#socket?.send(JSON.stringify({ type: 'session', id }));
  }

  close(): void {
    this.#socket?.removeAllListeners('close');
    this.#socket?.terminate();
  }
}

/** As far as the tests look at it. */
function stateAfter(state: LiveState, event: LiveEvent): LiveState {
  switch (event.type) {
    case 'recording_started':
    case 'recording_stopped':
      return withSession(state, event.data);
    case 'session_updated':
      return { ...state, sessions: state.sessions.map((session) => updatedSession(session, event.data)) };
    case 'session_deleted':
      return { ...state, sessions: state.sessions.filter((session) => session.id !== event.data.sessionId) };
    case 'upload_updated':
    case 'upload_completed':
    case 'upload_failed':
      return { ...state, sessions: state.sessions.map((session) => withUpload(session, event.data)) };
    case 'next_session_updated':
      return { ...state, nextSession: event.data };
    case 'obs_updated':
      return { ...state, obs: event.data };
    case 'destination_updated': {
      const destinations = state.destinations.map((known) => (known.id === event.data.id ? event.data : known));
      return { ...state, destinations };
    }
    case 'settings_updated':
      return { ...state, settings: event.data };
    default:
      return state;
  }
}

function withSession(state: LiveState, session: Session): LiveState {
  if (!state.sessions.some(({ id }) => id === session.id)) return { ...state, sessions: [session, ...state.sessions] };
  return { ...state, sessions: state.sessions.map((known) => (known.id === session.id ? session : known)) };
}

function withUpload(session: Session, upload: Session['recordings'][number]['uploads'][number]): Session {
  if (session.id !== upload.sessionId) return session;
  return {
    ...session,
    recordings: session.recordings.map((recording) =>
      recording.id === upload.recordingId
        ? { ...recording, uploads: [...recording.uploads.filter((other) => other.id !== upload.id), upload] }
        : recording,
    ),
  };
}
