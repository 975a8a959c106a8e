/**
 * The agent's one connection to OBS. It finds OBS by itself, comes back whenever it is lost, gives every call an end, and passes
 * events on in the order in which OBS sent them. Each time it connects it first asks OBS how things stand (the read-back) and
 * tells that as the event `connected`; events that OBS sent while it was asked come after it.
 */
import { type OBSRequestTypes, type OBSWebSocket, OBSWebSocketError } from 'obs-websocket-js/json';
import type { ErrorInfo } from '../../shared/errors.ts';
import { errorInfo, StreamAIError } from '../../shared/errors.ts';
import { isLoopback } from '../../shared/ip-address.ts';
import type { PathMapping } from '../../shared/path-mappings.ts';
import type { Log } from '../log.ts';
import type { Asking } from './asking.ts';
import { type ConnectionLimits, connectionLimits } from './connection-limits.ts';
import type { FoundWebsocket } from './discovery.ts';
import { EventGate } from './event-gate.ts';
import { hearEvents, type ObsEvent } from './events.ts';
import { type FindOwner, KnownSocket } from './known-socket.ts';
import { type Answer, type AskedRequest, closeCodes, eventSubscriptions, responses } from './protocol.ts';
import { type ObsReadback, readBack } from './read-back.ts';
import { withPathsAtObs, withPathsHere } from './wire-paths.ts';

/** Where OBS is and how to get in. */
export interface ObsTarget {
  readonly host: string;
  readonly port: number;
  /** null: none is sent. */
  readonly password: string | null;
  /** What OBS's own configuration says, when it was found. */
  readonly found: FoundWebsocket | null;
}

/** `waiting`: OBS cannot be reached, and is tried again. `refused`: it is there and does not let us in as things are. */
export type LinkState = 'connecting' | 'connected' | 'waiting' | 'refused';

export interface ObsConnectionOptions {
  /** Asked before every attempt, so that a changed setting or a changed OBS configuration is used at once. */
  readonly target: () => Promise<ObsTarget>;
  readonly log: Log;
  /** What OBS's folders are called here; left out: as OBS calls them. */
  readonly pathMappings?: () => readonly PathMapping[];
  /** Where they are not the usual ones. */
  readonly limits?: Partial<ConnectionLimits>;
  /** Whose program answers; left out: the system is asked. */
  readonly ownerOf?: FindOwner;
}

export class ObsConnection implements Asking {
  state: LinkState = 'connecting';
  /** Why it is not connected; null while connected and before the first attempt ended. */
  problem: ErrorInfo | null = null;
  /** host:port of the last attempt. */
  address = '';
  /** What OBS said when we connected; null while not connected. */
  readback: ObsReadback | null = null;
  /** Of the last attempt. */
  target: ObsTarget | null = null;
  /** Where OBS answered, or is looked for first: what other programs that want to reach it use. */
  url = '';

  readonly #options: ObsConnectionOptions;
  readonly #limits: ConnectionLimits;
  readonly #listeners = new Set<(event: ObsEvent) => void>();
  readonly #statusListeners = new Set<() => void>();
  readonly #gate: EventGate;
  #socket: KnownSocket | null = null;
  /** Events that arrived before the read-back was done; null: deliver at once. */
  #held: ObsEvent[] | null = null;
  #timer: NodeJS.Timeout | null = null;
  #heartbeat: NodeJS.Timeout | null = null;
  /** Attempts that failed since the last connection. */
  #failed = 0;
  #running = false;
  /** Counts connections, made or attempted: what an earlier one still brings is ignored. */
  #generation = 0;

  constructor(options: ObsConnectionOptions) {
    this.#options = options;
    this.#limits = { ...connectionLimits, ...options.limits };
    const onMissed = (since: number): void => {
      if (this.connected) this.#deliver({ type: 'events_missed', since });
    };
    this.#gate = new EventGate({ log: options.log, onMissed });
  }

  get connected(): boolean {
    return this.state === 'connected';
  }

  /** Listeners are called in the order they were added, for every event in the order OBS sent it. @returns ends it */
  on(listener: (event: ObsEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Called whenever `state`, `problem` or `address` may have changed. */
  onStatus(listener: () => void): void {
    this.#statusListeners.add(listener);
  }

  start(): void {
    this.#running = true;
    void this.#connect();
  }

  /** Drops the connection, if any, and tries at once; also after a refused password. */
  reconnect(): void {
    if (!this.#running) return;
    const wasConnected = this.connected;
    this.#drop();
    this.#failed = 0;
    if (wasConnected) {
      this.#setState('connecting', null);
      this.#deliver({ type: 'disconnected' });
    }
    void this.#connect();
  }

  close(): void {
    this.#running = false;
    this.#drop();
    this.#gate.close();
  }

  /**
   * One request whose answer does not matter.
   * @throws StreamAIError obs_not_connected | obs_timeout; OBSWebSocketError with OBS's own code when OBS declines
   */
  async send<R extends keyof OBSRequestTypes>(request: R, data?: OBSRequestTypes[R]): Promise<void> {
    await this.#call(request, data);
  }

  /** One request and its checked answer. @throws as `send`, and StreamAIError obs_refused for an answer that makes no sense */
  async ask<R extends AskedRequest>(request: R, data?: OBSRequestTypes[R]): Promise<Answer<R>> {
    return this.#read(request, data, this.#mappings);
  }

  /** As `ask`, with OBS's own paths. */
  async askAsTold<R extends AskedRequest>(request: R, data?: OBSRequestTypes[R]): Promise<Answer<R>> {
    return this.#read(request, data, []);
  }

  get #mappings(): readonly PathMapping[] {
    return this.#options.pathMappings?.() ?? [];
  }

  async #read<R extends AskedRequest>(
    request: R,
    data: OBSRequestTypes[R] | undefined,
    mappings: readonly PathMapping[],
  ): Promise<Answer<R>> {
    const answer = withPathsHere(request, await this.#call(request, data), mappings);
    const parsed = responses[request].safeParse(answer);
    if (!parsed.success) throw new StreamAIError('obs_refused', { reason: `${request}?` }, { cause: parsed.error });
    return parsed.data as Answer<R>;
  }

  async #call<R extends keyof OBSRequestTypes>(request: R, data: OBSRequestTypes[R] | undefined): Promise<unknown> {
    const socket = this.#socket;
    if (!socket?.identified) throw this.unavailable();
    let timer: NodeJS.Timeout | undefined;
    let closed: (() => void) | undefined;
    try {
      return await Promise.race([
        socket.call(request, withPathsAtObs(request, data, this.#mappings)),
        // obs-websocket-js leaves a call pending for ever when its socket closes or no answer comes.
        new Promise<never>((_, reject) => {
          timer = setTimeout(() => reject(new StreamAIError('obs_timeout')), this.#limits.callMs);
          closed = () => reject(new StreamAIError('obs_not_connected'));
          socket.once('ConnectionClosed', closed);
        }),
      ]);
    } finally {
      clearTimeout(timer);
      if (closed) socket.off('ConnectionClosed', closed);
    }
  }

  /** The error that tells why OBS cannot be used now. */
  unavailable(): StreamAIError {
    const code = this.problem?.code;
    const known = reasons.find((reason) => reason === code);
    return new StreamAIError(known ?? 'obs_not_connected', this.problem?.params);
  }

  async #connect(): Promise<void> {
    const generation = ++this.#generation;
    const current = (): boolean => this.#running && generation === this.#generation;
    const target = await this.#options.target();
    if (!current()) return;
    this.target = target;
    this.address = `${target.host}:${target.port}`;
    // While waiting for OBS, an attempt in the background is not news.
    if (this.state !== 'waiting') this.#setState('connecting', this.problem);
    try {
      const socket = await this.#open(target, current);
      if (!current()) return;
      socket.once('ConnectionClosed', (error: OBSWebSocketError) => {
        if (current()) this.#lost(error, target);
      });
      const readback = await readBack(this);
      if (!current()) return;
      this.#failed = 0;
      this.readback = readback;
      this.#setState('connected', null);
      this.#options.log.info({ address: this.address, obs: readback.obsVersion }, 'connected to OBS');
      this.#deliver({ type: 'connected', readback });
      for (const event of this.#held ?? []) this.#deliver(event);
      this.#held = null;
      this.#heartbeat = setInterval(() => void this.#beat(), this.#limits.heartbeatMs);
    } catch (error) {
      if (current()) this.#lost(error, target);
    }
  }

  /** Tries the addresses that OBS can have there, one after the other. @throws why the last one that answered does not let us in */
  async #open(target: ObsTarget, current: () => boolean): Promise<OBSWebSocket> {
    const hosts = hostsOf(target.host);
    for (const [index, host] of hosts.entries()) {
      if (index === 0) this.url = pageUrl({ ...target, host });
      const socket = new KnownSocket(expectedPassword(target), this.#options.ownerOf);
      this.#socket = socket;
      this.#held = [];
      const deliver = (event: ObsEvent): unknown => (this.#held ? this.#held.push(event) : this.#deliver(event));
      hearEvents(socket, deliver, this.#gate, (name, data) => withPathsHere(name, data, this.#mappings));
      const url = socketUrl({ ...target, host });
      try {
        const identification = { eventSubscriptions, rpcVersion: 1 };
        await withTimeout(socket.connect(url, target.password ?? undefined, identification), this.#limits.callMs);
        this.url = pageUrl({ ...target, host });
        return socket;
      } catch (error) {
        const isNobodyThere = error instanceof OBSWebSocketError && error.code === connectionError;
        if (!current() || !isNobodyThere || index === hosts.length - 1) throw socket.refusal ?? error;
      }
    }
    throw new StreamAIError('obs_not_connected');
  }

  #deliver(event: ObsEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        // One part's failure must not cost the others their event.
        this.#options.log.error({ err: error, event: event.type }, 'handling an OBS event failed');
      }
    }
  }

  /** OBS's process may hang or its machine be gone without a word: two calls in a row without an answer end the connection. */
  async #beat(): Promise<void> {
    const generation = this.#generation;
    try {
      await this.send('GetStats').catch(() => this.send('GetStats'));
    } catch (error) {
      // It declined, as OBS does while it changes its scene collection (protocol.md, NotReady): so it is alive.
      if (error instanceof OBSWebSocketError) return;
      if (this.#running && generation === this.#generation && this.state === 'connected')
        this.#lost(error, this.target);
    }
  }

  #lost(error: unknown, target: ObsTarget | null): void {
    const wasConnected = this.state === 'connected';
    this.#drop();
    const { state, problem } = judge(error, target);
    if (wasConnected || this.problem?.code !== problem.code) {
      this.#options.log.info(
        { address: this.address, problem: problem.code, reason: reasonOf(error) },
        'OBS is not connected',
      );
    }
    this.#setState(state, problem);
    if (wasConnected) this.#deliver({ type: 'disconnected' });
    if (state === 'refused') {
      this.#watchRefused(target);
      return;
    }
    this.#timer = setTimeout(() => void this.#connect(), this.#limits.retryMs(this.#failed++));
  }

  /** OBS would refuse the same again: it is tried only once our target or OBS's own configuration file is another. */
  #watchRefused(refused: ObsTarget | null): void {
    const generation = this.#generation;
    this.#timer = setTimeout(async () => {
      const target = await this.#options.target();
      if (!this.#running || generation !== this.#generation) return;
      if (fingerprint(target) === (refused && fingerprint(refused))) this.#watchRefused(refused);
      else this.reconnect();
    }, this.#limits.refusedLookMs);
  }

  /** Ends socket and timers without waiting for OBS's goodbye: one that is gone never says it. */
  #drop(): void {
    this.#generation += 1;
    if (this.#timer) clearTimeout(this.#timer);
    if (this.#heartbeat) clearInterval(this.#heartbeat);
    this.#timer = null;
    this.#heartbeat = null;
    this.#held = null;
    this.readback = null;
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    for (const name of socket.eventNames()) if (name !== 'ConnectionClosed') socket.removeAllListeners(name);
    socket.disconnect().catch(() => undefined);
  }

  #setState(state: LinkState, problem: ErrorInfo | null): void {
    if (state === this.state && problem?.code === this.problem?.code) return;
    this.state = state;
    this.problem = problem;
    for (const listener of this.#statusListeners) listener();
  }
}

/** What obs-websocket-js calls a connection that could not be made. */
const connectionError = -1;

/**
 * OBS listens on IPv4, and on IPv6 where the system has it. `localhost` can mean either; asked for IPv6 first, a program that
 * took that address alone would be met in OBS's place.
 */
function hostsOf(host: string): readonly string[] {
  return /^localhost\.?$/i.test(host) ? ['127.0.0.1', '::1'] : [host];
}

/** The password that OBS must ask for; null: none. What this machine's OBS is set to says nothing of one on another machine. */
function expectedPassword({ host, password, found }: ObsTarget): string | null {
  return password !== found?.password || hostsOf(host).every(isLoopback) ? password : null;
}

/** Why OBS cannot be used, where there is more to say than that it is not there. */
const reasons = [
  'obs_password_wrong',
  'obs_websocket_disabled',
  'obs_not_reachable',
  'obs_host_not_found',
  'obs_unauthenticated',
  'obs_stranger',
] as const;

/** ws://host:port, brackets around an IPv6 address. */
export function socketUrl(target: Pick<ObsTarget, 'host' | 'port'>): string {
  return `ws://${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`;
}

/** For a page that is to connect there too: no policy can name an IPv6 address, and OBS 32 refuses the Host header of one. */
function pageUrl({ host, port }: Pick<ObsTarget, 'host' | 'port'>): string {
  return socketUrl({ host: host === '::1' ? 'localhost' : host, port });
}

function judge(error: unknown, target: ObsTarget | null): { state: 'waiting' | 'refused'; problem: ErrorInfo } {
  const code = error instanceof OBSWebSocketError ? error.code : undefined;
  if (code === closeCodes.authenticationFailed) return { state: 'refused', problem: errorInfo('obs_password_wrong') };
  if (code === closeCodes.sessionInvalidated) return { state: 'refused', problem: errorInfo('obs_session_ended') };
  if (code === closeCodes.unsupportedRpcVersion) return { state: 'refused', problem: errorInfo('obs_too_old') };
  // Tried again: whoever has taken OBS's port may give it back, and then OBS can be there.
  if (error instanceof StreamAIError && isStranger(error)) return { state: 'waiting', problem: error.info() };
  const { host, port, found } = target ?? {};
  // What this machine's OBS is set to, and how it is switched on, says nothing of one on another machine.
  if (host !== undefined && port !== undefined && !hostsOf(host).every(isLoopback)) {
    if (isNoSuchHost(error)) return { state: 'waiting', problem: errorInfo('obs_host_not_found', { host }) };
    return { state: 'waiting', problem: errorInfo('obs_not_reachable', { address: plainAddress({ host, port }) }) };
  }
  if (found && !found.enabled) return { state: 'waiting', problem: errorInfo('obs_websocket_disabled') };
  return { state: 'waiting', problem: errorInfo('obs_not_connected') };
}

/** The resolver knows no such name, or cannot be asked for one. */
const isNoSuchHost = (error: unknown): boolean => /\b(?:ENOTFOUND|EAI_AGAIN)\b/.test(reasonOf(error));

const plainAddress = (target: Pick<ObsTarget, 'host' | 'port'>): string => socketUrl(target).slice('ws://'.length);

/** Somebody answered who is not OBS, as far as can be told. */
export const isStranger = ({ code }: Pick<ErrorInfo, 'code'>): boolean =>
  code === 'obs_unauthenticated' || code === 'obs_stranger';

function fingerprint(target: ObsTarget): string {
  return JSON.stringify([target.host, target.port, target.password, target.found?.file, target.found?.modifiedAt]);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function withTimeout<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new StreamAIError('obs_timeout')), ms);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}
