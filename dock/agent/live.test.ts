import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type WebSocket as ServerSocket, WebSocketServer } from 'ws';
import { liveCloseCodes, type ServerMessage } from '../../shared/live.ts';
import { type AgentLink, createLiveChannel, type LiveChannel } from './live.ts';

let server: WebSocketServer;
let channel: LiveChannel;
let links: AgentLink[];
let messages: ServerMessage[];
let language: 'en' | 'fr';
let greet: (socket: ServerSocket, hello: unknown) => void;

const snapshot = JSON.stringify({
  type: 'snapshot',
  timestamp: '',
  data: { obs: {}, destinations: [], nextSession: {}, sessions: [], settings: {} },
});
const until = (condition: () => void) => vi.waitFor(condition, { timeout: 5000, interval: 5 });

async function listen(port = 0): Promise<number> {
  server = new WebSocketServer({ host: '127.0.0.1', port });
  server.on('connection', (socket) => socket.once('message', (data) => greet(socket, JSON.parse(String(data)))));
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
async function stop(): Promise<void> {
  for (const socket of server.clients) socket.terminate();
  await new Promise((resolve) => server.close(resolve));
}

let port: number;
beforeEach(async () => {
  language = 'en';
  links = [];
  messages = [];
  greet = (socket) => socket.send(snapshot);
  port = await listen();
  channel = createLiveChannel({
    url: `ws://127.0.0.1:${port}/ws`,
    token: 'secret',
    language: () => language,
    onLink: (link) => links.push(link),
    onMessage: (message) => messages.push(message),
  });
});
afterEach(async () => {
  channel.close();
  await stop();
});

describe('the live channel', () => {
  test('sends its token in the first message and is connected from the snapshot on', async () => {
    const hellos: unknown[] = [];
    let answer = (): void => {};
    greet = (socket, hello) => {
      hellos.push(hello);
      answer = () => socket.send(snapshot);
    };
    channel.retry();
    await until(() => expect(hellos).toEqual([{ type: 'hello', token: 'secret', language: 'en' }]));
    expect(links).toEqual(['connecting']);
    answer();
    await until(() => expect(links).toEqual(['connecting', 'connected']));
    expect(messages.map(({ type }) => type)).toEqual(['snapshot']);
  });

  test('says hello again in another language, and counts as connected meanwhile', async () => {
    const hellos: unknown[] = [];
    greet = (socket, hello) => {
      hellos.push(hello);
      socket.send(snapshot);
    };
    channel.retry();
    await until(() => expect(messages).toHaveLength(1));
    language = 'fr';
    channel.renew();
    await until(() => expect(messages).toHaveLength(2));
    expect(hellos.at(-1)).toMatchObject({ language: 'fr' });
    expect(links.filter((link) => link !== 'connected')).toEqual(['connecting']);
    await until(() => expect(server.clients.size).toBe(1));
  });

  test('ignores what it does not understand', async () => {
    greet = (socket) => {
      for (const frame of ['{', '{"type":"moon_updated","data":{}}', snapshot]) socket.send(frame);
    };
    channel.retry();
    await until(() => expect(links.at(-1)).toBe('connected'));
    expect(messages).toHaveLength(1);
  });

  test('connects again by itself once the agent is back', async () => {
    channel.retry();
    await until(() => expect(links.at(-1)).toBe('connected'));
    await stop();
    await until(() => expect(links.at(-1)).toBe('waiting'));
    await listen(port);
    await until(() => expect(links.at(-1)).toBe('connected'));
    expect(messages).toHaveLength(2);
  });

  test('distinguishes a refused token from an agent that is away', async () => {
    greet = (socket) => socket.close(liveCloseCodes.unauthorized);
    channel.retry();
    await until(() => expect(links).toEqual(['connecting', 'refused']));
  });

  test('stays closed once it is closed', async () => {
    channel.retry();
    await until(() => expect(links.at(-1)).toBe('connected'));
    channel.close();
    channel.retry();
    expect(links).toEqual(['connecting', 'connected']);
  });
});
