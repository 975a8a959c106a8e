import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type WebSocket as ServerSocket, WebSocketServer } from 'ws';
import type { ServerMessage } from '../../shared/live.ts';
import { type AgentLink, createLiveChannel, type LiveChannel } from './live.ts';

let server: WebSocketServer;
let channel: LiveChannel;
let links: AgentLink[];
let messages: ServerMessage[];
let language: 'en' | 'fr';
let heard: unknown[];
let page: string;
let otherPages: number;
let tokens: string[];
let origin: string;
/** What follows once both sides have proven themselves. */
let greet: (socket: ServerSocket) => void;
/** How it answers a hello. */
let challenge: (socket: ServerSocket, hello: Hello) => void;

interface Hello {
  readonly nonce: string;
  readonly origin: string;
}
/** The agent's. */
let token: string;
const hmac = (key: string, text: string): string => createHmac('sha256', key).update(text).digest('base64');
const theirs = 'n'.repeat(44);
const over = (hello: Hello): string => `${hello.origin} ${hello.nonce} ${theirs}`;
const challengeOf = (proof: string): string =>
  JSON.stringify({ type: 'challenge', data: { nonce: theirs, proof, page } });
/** As the agent does it. */
const honest = (socket: ServerSocket, hello: Hello): void => {
  socket.once('message', (data) => {
    if (JSON.parse(String(data)).proof === hmac(token, `page ${over(hello)}`)) greet(socket);
  });
  socket.send(challengeOf(hmac(token, `agent ${over(hello)}`)));
};

const snapshot = JSON.stringify({
  type: 'snapshot',
  timestamp: '',
  data: { obs: {}, destinations: [], nextSession: {}, sessions: [], settings: {} },
});
const until = (condition: () => void) => vi.waitFor(condition, { timeout: 5000, interval: 5 });

async function listen(port = 0): Promise<number> {
  server = new WebSocketServer({ host: '127.0.0.1', port });
  server.on('connection', (socket) => {
    socket.on('message', (data) => heard.push(JSON.parse(String(data))));
    socket.once('message', (data) => challenge(socket, JSON.parse(String(data))));
  });
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
  heard = [];
  page = 'a';
  otherPages = 0;
  tokens = [];
  token = 'secret';
  challenge = honest;
  greet = (socket) => socket.send(snapshot);
  port = await listen();
  origin = `http://127.0.0.1:${port}`;
  channel = createLiveChannel({
    origin,
    token,
    language: () => language,
    onLink: (link) => links.push(link),
    onMessage: (message) => messages.push(message),
    onToken: (given) => tokens.push(given),
    onOtherPage: () => otherPages++,
  });
});
afterEach(async () => {
  channel.close();
  await stop();
});

describe('the live channel', () => {
  test('is connected once the agent has proven itself, and it to the agent', async () => {
    let answer = (): void => {};
    greet = (socket) => {
      answer = () => socket.send(snapshot);
    };
    channel.retry();
    await until(() => expect(heard).toHaveLength(2));
    const [hello, proof] = heard as [Hello, object];
    expect(hello).toEqual({ type: 'hello', nonce: expect.stringMatching(/^.{43}=$/), origin, language: 'en' });
    expect(proof).toEqual({ type: 'proof', proof: hmac(token, `page ${over(hello)}`) });
    expect(links).toEqual(['connecting']);
    expect(channel.key()).toBeNull();
    answer();
    await until(() => expect(links).toEqual(['connecting', 'connected']));
    expect(messages.map(({ type }) => type)).toEqual(['snapshot']);
    expect(channel.key()).toBe(hmac(token, `page ${over(hello)}`));
  });

  test.each<[string, (hello: Hello) => string]>([
    ['says at once what an agent would say', () => snapshot],
    ['has another token', (hello) => challengeOf(hmac('other', `agent ${over(hello)}`))],
    ['has none', (hello) => challengeOf(hmac('', `agent ${over(hello)}`))],
    ['sends our nonce back', ({ nonce }) => challengeOf(nonce)],
    [
      'proves itself for another address',
      (hello) => challengeOf(hmac(token, `agent ${over({ ...hello, origin: 'http://127.0.0.1:1' })}`)),
    ],
    ['plays an older proof again', (hello) => challengeOf(hmac(token, `agent ${over({ ...hello, nonce: theirs })}`))],
    ['has our own proof', (hello) => challengeOf(hmac(token, `page ${over(hello)}`))],
    ['sends nonsense', () => '{'],
  ])('tells nothing to a stranger on the agent’s port that %s', async (_, answer) => {
    challenge = (socket, hello) => {
      for (const frame of [answer(hello), snapshot]) socket.send(frame);
      socket.on('close', () => heard.push('closed'));
      // One that sends no challenge is not waited for here.
      if (!answer(hello).includes('challenge')) socket.close();
    };
    channel.retry();
    await until(() => expect(heard.at(-1)).toBe('closed'));
    expect(heard).toEqual([expect.objectContaining({ type: 'hello' }), 'closed']);
    expect(JSON.stringify(heard)).not.toContain(token);
    expect(messages).toEqual([]);
    expect(channel.key()).toBeNull();
  });

  test('believes nobody where it has no token itself', async () => {
    channel.close();
    challenge = (socket, hello) => socket.send(challengeOf(hmac('', `agent ${over(hello)}`)));
    channel = createLiveChannel({
      ...{ origin, token: null, language: () => language, onToken: () => {}, onOtherPage: () => otherPages++ },
      onLink: (link) => links.push(link),
      onMessage: (message) => messages.push(message),
    });
    channel.retry();
    await until(() => expect(links.at(-1)).toBe('refused'));
    expect(heard).toHaveLength(1);
  });

  test('has no key for REST any more once it is lost', async () => {
    channel.retry();
    await until(() => expect(links.at(-1)).toBe('connected'));
    await stop();
    await until(() => expect(links.at(-1)).toBe('waiting'));
    expect(channel.key()).toBeNull();
    await listen();
  });

  test('begins anew in another language, or asks for a session, and counts as connected meanwhile', async () => {
    greet = (socket) => {
      socket.send(snapshot);
      socket.on('message', () => socket.send(snapshot));
    };
    channel.retry();
    await until(() => expect(messages).toHaveLength(1));
    language = 'fr';
    channel.renew();
    await until(() => expect(messages).toHaveLength(2));
    expect(heard.at(-1)).toEqual({ type: 'language', language: 'fr' });
    channel.ask('a');
    await until(() => expect(messages).toHaveLength(3));
    expect(heard.at(-1)).toEqual({ type: 'session', id: 'a' });
    expect(links.filter((link) => link !== 'connected')).toEqual(['connecting']);
  });

  test('ignores what it does not understand', async () => {
    greet = (socket) => {
      for (const frame of ['{', '{"type":"moon_updated"}', snapshot]) socket.send(frame);
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

  test('tells when the agent that is back serves another page, and not when it serves the same', async () => {
    for (const [now, expected] of [
      ['a', 0],
      ['a', 0],
      ['b', 1],
    ] as const) {
      page = now;
      const before = heard.length;
      channel.retry();
      await until(() => expect(heard.length + otherPages * 2).toBeGreaterThan(before + 1));
      expect(otherPages).toBe(expected);
      await stop();
      await until(() => expect(links.at(-1)).toBe('waiting'));
      await listen(port);
    }
  });

  test('distinguishes an agent with another token from one that is away', async () => {
    challenge = (socket, hello) => socket.send(challengeOf(hmac('other', `agent ${over(hello)}`)));
    channel.retry();
    await until(() => expect(links).toEqual(['connecting', 'refused']));
  });

  test('comes with a pass, says so, and goes on with the token that it is given, also once the pass has ended', async () => {
    channel.close();
    token = 'pass.of-this-agent';
    greet = (socket) => {
      socket.send(JSON.stringify({ type: 'token', data: { token: 'the-token' } }));
      socket.send(snapshot);
    };
    channel = createLiveChannel({
      ...{ origin, token, language: () => language, onOtherPage: () => otherPages++ },
      onToken: (given) => tokens.push(given),
      onLink: (link) => links.push(link),
      onMessage: (message) => messages.push(message),
    });
    channel.retry();
    await until(() => expect(links.at(-1)).toBe('connected'));
    expect(tokens).toEqual(['the-token']);
    expect(messages.map(({ type }) => type)).toEqual(['snapshot']);
    expect(heard[0]).toMatchObject({ type: 'hello', pass: true });
    expect(JSON.stringify(heard)).not.toContain(token);
    await stop();
    await until(() => expect(links.at(-1)).toBe('waiting'));
    token = 'the-token';
    heard = [];
    await listen(port);
    await until(() => expect(links.at(-1)).toBe('connected'));
    expect(heard[0]).not.toHaveProperty('pass');
  });

  test('takes no token from who has not proven itself', async () => {
    challenge = (socket) => socket.send(JSON.stringify({ type: 'token', data: { token: 'theirs' } }));
    channel.retry();
    await until(() => expect(heard).toHaveLength(1));
    challenge = honest;
    await stop();
    await until(() => expect(links.at(-1)).toBe('waiting'));
    await listen(port);
    await until(() => expect(links.at(-1)).toBe('connected'));
    expect(tokens).toEqual([]);
  });

  test('goes on with another token, also where the one before was refused', async () => {
    channel.retry();
    await until(() => expect(links.at(-1)).toBe('connected'));
    const before = channel.key();
    token = 'next';
    channel.useToken('next');
    expect(channel.key()).toBeNull();
    await until(() => expect(channel.key()).not.toBeNull());
    expect(channel.key()).not.toBe(before);
    token = 'another';
    await stop();
    await until(() => expect(links.at(-1)).toBe('waiting'));
    await listen(port);
    await until(() => expect(links.at(-1)).toBe('refused'));
    channel.useToken('another');
    await until(() => expect(links.at(-1)).toBe('connected'));
  });

  test('stays closed once it is closed', async () => {
    channel.retry();
    await until(() => expect(links.at(-1)).toBe('connected'));
    channel.close();
    channel.retry();
    expect(links).toEqual(['connecting', 'connected']);
  });
});
