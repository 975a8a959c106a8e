/**
 * Another user's program that has the agent's port at [::1], which browsers try first for `localhost`: it hands everything on to the
 * agent, so that all looks well, and listens. It hears no token, proof or key, in every browser that shows the dock.
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import WebSocket from 'ws';
import { liveCloseCodes } from '../../../shared/live.ts';
import { ensureDockBuilt } from '../../build/dock.ts';
import { type ChromiumKind, launchChromium } from '../../rig/chromium.ts';
import { hasIpv6 } from '../../rig/listen.ts';
import { World } from '../world-fixture.ts';
import { countAs } from './hostile-table-fixture.ts';

countAs('local user');

let world: World;
const port = (): number => Number(new URL(world.agent.url).port);

beforeAll(async () => {
  await ensureDockBuilt();
  world = await World.start({ obs: 'simulated' });
});
afterAll(() => world?.dispose());

class Relay {
  /** All that it was sent. */
  heard = '';
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((client) => {
    const agent = connect(port(), '127.0.0.1');
    for (const [from, to] of [
      [client, agent],
      [agent, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => to.destroy());
      from.pipe(to);
    }
    client.on('data', (data) => {
      this.heard += data.toString('latin1');
    });
  });

  static async start(): Promise<Relay> {
    const relay = new Relay();
    relay.#server.listen({ host: '::1', port: port(), ipv6Only: true });
    await once(relay.#server, 'listening');
    return relay;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** A browser opens the dock at localhost, as somebody has typed or saved it. @returns what it used as keys, and where it is then */
async function openAtLocalhost(kind: ChromiumKind): Promise<{ keys: string[]; at: string }> {
  const browser = await launchChromium(kind);
  onTestFinished(() => browser.close());
  const page = await browser.newPage({ locale: 'en' });
  const keys: string[] = [];
  page.on('request', (request) => keys.push(request.headers().authorization ?? ''));
  await page.goto(`http://localhost:${port()}/#token=${world.agent.token}`);
  await page.waitForFunction(() => document.querySelector('[data-record-state="idle"]') !== null);
  return { keys: keys.filter((key) => key !== '').map((key) => key.replace('Bearer ', '')), at: page.url() };
}

const kinds: readonly ChromiumKind[] = ['today', 'embedded', 'oldest'];

test.each(kinds)('a dock that is opened as localhost lands at 127.0.0.1 with its token: Chromium %s', async (kind) => {
  expect(world.agent.output).not.toContain('[::1]');
  expect((await openAtLocalhost(kind)).at).toBe(`${world.agent.url}/`);
});

test.skipIf(!hasIpv6)('while the agent runs, nobody else can have its port at [::1]', async () => {
  await expect(Relay.start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

describe.skipIf(!hasIpv6)('who took the port while the agent was down', () => {
  let relay: Relay;
  beforeAll(async () => {
    await world.agent.kill();
    relay = await Relay.start();
    await world.agent.start();
  });
  afterAll(() => relay?.close());

  test('is told of, with the address that is safe', () => {
    expect(world.agent.output).toMatch(/^! Another program has StreamAI’s port at the address \[::1\].*127\.0\.0\.1/m);
  });

  test.each(kinds)('hears no token, proof or key: Chromium %s', async (kind) => {
    relay.heard = '';
    const { keys, at } = await openAtLocalhost(kind);
    expect(at).toBe(`${world.agent.url}/`);
    expect(keys.length).toBeGreaterThan(0);
    // The page was asked for there, and the live channel was not.
    expect(relay.heard).toContain(`Host: localhost:${port()}`);
    expect(relay.heard).not.toMatch(/upgrade: *websocket|authorization:|"nonce"|"proof"/i);
    for (const secret of [world.agent.token, ...keys]) expect(relay.heard).not.toContain(secret);
  });

  test.each(['localhost', '[::1]'])('gets no proof to hand on to a page that was opened at %s before', async (name) => {
    const socket = new WebSocket(`ws://[::1]:${port()}/ws`, { headers: { host: `${name}:${port()}` } });
    const messages: string[] = [];
    socket.on('message', (data) => messages.push(String(data)));
    await once(socket, 'open');
    const closed = once(socket, 'close');
    socket.send(JSON.stringify({ type: 'hello', nonce: 'A'.repeat(43), origin: `http://${name}:${port()}` }));
    expect((await closed)[0]).toBe(liveCloseCodes.unauthorized);
    expect(messages).toEqual([]);
  });

  test.each(['localhost', '[::1]'])('is given no live channel and no answer as a page at %s', async (name) => {
    const origin = `http://${name}:${port()}`;
    const socket = new WebSocket(`ws://127.0.0.1:${port()}/ws`, { origin });
    socket.on('error', () => {});
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.statusCode).toBe(403);
    socket.terminate();
    const headers = { origin, authorization: `Bearer ${world.agent.token}` };
    expect((await fetch(`${world.agent.url}/api/settings`, { headers })).status).toBe(403);
  });
});
