import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { decode, encode } from '@msgpack/msgpack';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import {
  authentication,
  closeCode,
  isObject,
  type JsonObject,
  opCode,
  requestStatus,
  subscription,
} from './protocol.ts';

/** A request's outcome, as it goes into the response's requestStatus and responseData. */
export interface Answer {
  readonly code: number;
  readonly comment?: string;
  readonly data?: JsonObject;
}

/** What the server needs from the OBS behind it. */
export interface ServerOptions {
  readonly password: string;
  /** Asked for each connection: whether it asks for the password. Left out: it always does. */
  readonly asksForPassword?: () => boolean;
  /** What Hello tells besides rpcVersion and the challenge. */
  readonly hello: JsonObject;
  /** Answers one request; undefined: it is never answered. */
  readonly answer: (type: string, data: unknown, client: ClientCounters) => Promise<Answer | undefined>;
}

/** What GetStats tells about the connection that asks. */
export interface ClientCounters {
  readonly incoming: number;
  readonly outgoing: number;
}

interface Client {
  readonly socket: WebSocket;
  readonly msgpack: boolean;
  /** null: it was asked for no password. */
  readonly challenge: string | null;
  identified: boolean;
  subscriptions: number;
  incoming: number;
  outgoing: number;
}

/** A close code and its reason. */
type Refusal = [code: number, reason: string];

const rpcVersion = 1;
const jsonProtocol = 'obswebsocket.json';
const msgpackProtocol = 'obswebsocket.msgpack';

/** obs-websocket 5's server: handshake, authentication, subscriptions, requests and batches, in JSON or MessagePack. */
export class ObsWebSocketServer {
  readonly #options: ServerOptions;
  readonly #salt = randomBytes(32).toString('base64');
  readonly #clients = new Set<Client>();
  /** Connections that were taken so far. */
  connections = 0;
  #server: WebSocketServer | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  /** @returns the port, which the system chose when 0 was given */
  async listen(port: number): Promise<number> {
    const server = new WebSocketServer({ host: '127.0.0.1', port, handleProtocols: chooseProtocol });
    await once(server, 'listening');
    server.on('connection', (socket) => this.#welcome(socket));
    this.#server = server;
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  /** Sends an event to every client that subscribed to its kind. */
  broadcast(intent: number, eventType: string, eventData?: JsonObject): void {
    for (const client of this.#clients) {
      if (!client.identified || (client.subscriptions & intent) === 0) continue;
      send(client, opCode.event, { eventType, eventIntent: intent, ...(eventData && { eventData }) });
    }
  }

  /** Stops listening and says goodbye, as OBS does when it ends. */
  async close(): Promise<void> {
    for (const { socket } of this.#clients) socket.close(closeCode.goingAway, 'Server stopping.');
    await this.#shut();
  }

  /** Stops listening and cuts every connection without a close frame, as a crash does: clients see 1006. */
  async crash(): Promise<void> {
    this.cutConnections();
    await this.#shut();
  }

  /** Cuts every connection without a close frame and goes on listening. */
  cutConnections(): void {
    for (const { socket } of this.#clients) socket.terminate();
  }

  async #shut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server) await new Promise<void>((done) => server.close(() => done()));
  }

  #welcome(socket: WebSocket): void {
    this.connections += 1;
    const client: Client = {
      socket,
      msgpack: socket.protocol === msgpackProtocol,
      challenge: (this.#options.asksForPassword?.() ?? true) ? randomBytes(32).toString('base64') : null,
      identified: false,
      subscriptions: subscription.all,
      incoming: 0,
      outgoing: 0,
    };
    this.#clients.add(client);
    socket.on('close', () => this.#clients.delete(client));
    socket.on('error', () => {}); // 'close' comes next
    socket.on('message', async (data, isBinary) => {
      client.incoming += 1;
      const message = isBinary === client.msgpack ? parse(data, client.msgpack) : undefined;
      const refusal: Refusal | undefined = isObject(message)
        ? await this.#receive(client, message.op, message.d)
        : [closeCode.messageDecodeError, 'Unable to decode the message.'];
      if (refusal) socket.close(...refusal);
    });
    send(client, opCode.hello, {
      ...this.#options.hello,
      rpcVersion,
      ...(client.challenge !== null && { authentication: { challenge: client.challenge, salt: this.#salt } }),
    });
  }

  /** @returns why the connection has to be closed, if it has to */
  async #receive(client: Client, op: unknown, data: unknown): Promise<Refusal | undefined> {
    if (typeof op !== 'number') return [closeCode.unknownOpCode, 'Your `op` is not a number.'];
    if (data === undefined || data === null) {
      return [closeCode.missingDataField, 'Your payload is missing data (`d`).'];
    }
    if (!isObject(data)) return [closeCode.invalidDataFieldType, "Your payload's data (`d`) is not an object."];
    if (op === opCode.identify) return this.#identify(client, data);
    if (!client.identified) {
      return [closeCode.notIdentified, 'You attempted to send a non-Identify message while not identified.'];
    }
    if (op === opCode.reidentify) return this.#acceptIdentity(client, data);
    if (op !== opCode.request && op !== opCode.requestBatch) return [closeCode.unknownOpCode, `Unknown OpCode: ${op}`];
    if (data.requestId === undefined) {
      return [closeCode.missingDataField, 'Your payload data is missing a `requestId`.'];
    }
    if (op === opCode.request) await this.#request(client, data);
    else if (Array.isArray(data.requests)) await this.#batch(client, data, data.requests);
    else return [closeCode.invalidDataFieldType, 'Your `requests` is not an array.'];
    return undefined;
  }

  #identify(client: Client, data: JsonObject): Refusal | undefined {
    if (client.identified) return [closeCode.alreadyIdentified, 'You are already Identified.'];
    const { challenge } = client;
    if (challenge !== null && data.authentication !== authentication(this.#options.password, this.#salt, challenge)) {
      return [closeCode.authenticationFailed, 'Authentication failed.'];
    }
    if (data.rpcVersion === undefined) {
      return [closeCode.missingDataField, "Your payload's data is missing an `rpcVersion`."];
    }
    if (data.rpcVersion !== rpcVersion) {
      return [closeCode.unsupportedRpcVersion, 'Your requested RPC version is not supported by this server.'];
    }
    return this.#acceptIdentity(client, data);
  }

  #acceptIdentity(client: Client, { eventSubscriptions }: JsonObject): Refusal | undefined {
    if (eventSubscriptions !== undefined) {
      if (typeof eventSubscriptions !== 'number' || !Number.isInteger(eventSubscriptions) || eventSubscriptions < 0) {
        return [closeCode.invalidDataFieldType, 'Your `eventSubscriptions` is not an unsigned number.'];
      }
      client.subscriptions = eventSubscriptions;
    }
    client.identified = true;
    send(client, opCode.identified, { negotiatedRpcVersion: rpcVersion });
    return undefined;
  }

  async #request(client: Client, data: JsonObject): Promise<void> {
    const result = await this.#result(client, data);
    if (result) send(client, opCode.requestResponse, { ...result, requestId: data.requestId });
  }

  /** One after the other, as in obs-websocket's SERIAL_REALTIME, whatever execution type was asked for. */
  async #batch(client: Client, data: JsonObject, requests: readonly unknown[]): Promise<void> {
    const results: JsonObject[] = [];
    for (const request of requests) {
      const result = await this.#result(client, isObject(request) ? request : {});
      if (!result) return;
      results.push(result);
      if (data.haltOnFailure === true && !result.requestStatus.result) break;
    }
    send(client, opCode.requestBatchResponse, { requestId: data.requestId, results });
  }

  async #result(client: Client, data: JsonObject) {
    const requestType = typeof data.requestType === 'string' ? data.requestType : '';
    const answer = await this.#options.answer(requestType, data.requestData, client);
    if (!answer) return undefined;
    return {
      requestType,
      requestStatus: {
        result: answer.code === requestStatus.success,
        code: answer.code,
        ...(answer.comment && { comment: answer.comment }),
      },
      ...(answer.data && { responseData: answer.data }),
    };
  }
}

/** The first that the client offers and OBS knows, as OBS chooses; a client that offers none gets JSON. */
function chooseProtocol(offered: Set<string>): string | false {
  return [...offered].find((name) => name === jsonProtocol || name === msgpackProtocol) ?? false;
}

function parse(data: RawData, msgpack: boolean): unknown {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as ArrayBuffer);
  try {
    return msgpack ? decode(bytes) : JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

function send(client: Client, op: number, d: JsonObject): void {
  client.outgoing += 1;
  client.socket.send(client.msgpack ? encode({ op, d }) : JSON.stringify({ op, d }), () => {}); // lost with its socket
}
