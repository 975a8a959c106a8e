/** For tests: a client of the live channel that keeps what it got and can wait for more. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { ChallengeMessage, ServerMessage, TokenMessage } from '../../shared/live.ts';

export interface LiveClient {
  readonly socket: WebSocket;
  readonly messages: (ServerMessage | ChallengeMessage | TokenMessage)[];
  send(message: unknown): void;
  /** Waits until `count` messages are there. */
  received(count: number): Promise<(ServerMessage | ChallengeMessage | TokenMessage)[]>;
  /** Waits for the end. @returns the close code */
  closed(): Promise<number>;
}

const boundMs = 5000;

/** Connects; with a token, says hello and waits for the snapshot. */
export async function connectLive(host: string, token?: string, path = '/ws'): Promise<LiveClient> {
  const socket = new WebSocket(`ws://${host}${path}`);
  const messages: (ServerMessage | ChallengeMessage | TokenMessage)[] = [];
  socket.on('message', (data) => messages.push(JSON.parse(data.toString())));
  // Registered before anything can happen, so that an early end is not missed.
  const end = new Promise<number>((resolve) => socket.on('close', resolve));
  await once(socket, 'open', { signal: AbortSignal.timeout(boundMs) });
  const client: LiveClient = {
    socket,
    messages,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    async received(count) {
      const signal = AbortSignal.timeout(boundMs);
      while (messages.length < count) await once(socket, 'message', { signal });
      return messages;
    },
    async closed() {
      const late = AbortSignal.timeout(boundMs);
      return Promise.race([end, once(late, 'abort').then(() => Promise.reject(new Error('still open')))]);
    },
  };
  if (token !== undefined) {
    client.send({ type: 'hello', token });
    await client.received(1);
  }
  return client;
}
