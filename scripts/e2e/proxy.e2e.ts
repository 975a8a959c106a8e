/** A network whose only way out is a proxy: a real Squid, which alone knows where the store and the processing server are. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, type TestContext, test, vi } from 'vitest';
import * as z from 'zod';
import { EmbeddedReceiver } from '../../agent/cli/start/embedded-receiver.ts';
import { readProxies } from '../../shared/proxies.ts';
import { commonNodeFlags } from '../launch/commands.mjs';
import { bareEnvironment } from '../rig/agent-process.ts';
import { type Authority, createAuthority } from '../rig/certificates.ts';
import { describePeer } from '../rig/describe-peer.ts';
import { type FaultyReceiver, startFaultyReceiver } from '../rig/faulty-receiver/faulty.ts';
import { freePort } from '../rig/free-port.ts';
import type { GateCall } from '../rig/gate.ts';
import { listen } from '../rig/listen.ts';
import { type Rgw, startRgw } from '../rig/rgw.ts';
import { type Squid, type SquidOptions, startSquid } from '../rig/squid.ts';
import { startTlsFront } from '../rig/tls-front.ts';
import { until } from '../rig/until.ts';
import { mebibyte, preloaded, randomContent, StorageWorld } from './storage-world-fixture.ts';
import { World } from './world-fixture.ts';

vi.setConfig({ maxConcurrency: 3 });

/** Names that only the proxy knows. */
const [store, server, forbidden] = ['store-behind', 'server-behind', 'forbidden-behind'] as const;
const credentials = { user: 'nora', password: 'p@ss:w#rd/é' };
const encoded = Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64');

/** The environment that leads through a proxy. */
function through(
  { name }: Pick<Squid, 'name'>,
  { user, password }: Partial<typeof credentials> = {},
  scheme = 'http',
): Record<string, string> {
  const login = user === undefined ? '' : `${user}:${encodeURIComponent(password ?? '')}@`;
  const address = `${scheme}://${login}${name}`;
  return { HTTP_PROXY: address, https_proxy: address };
}

await describePeer(['ceph', 'openssl', 'squid'], 'through a proxy', () => {
  let rgw: Rgw;
  let authority: Authority;
  beforeAll(async () => {
    rgw = await startRgw();
    authority = await createAuthority();
  });
  afterAll(async () => {
    await authority?.dispose();
    await rgw?.stop();
  });

  const squidFor = async ({ onTestFinished }: TestContext, options: Partial<SquidOptions> = {}): Promise<Squid> => {
    const squid = await startSquid({ names: [store, server], forbidden: [forbidden], ...options });
    onTestFinished(() => squid.dispose());
    return squid;
  };
  const receiverFor = async ({ onTestFinished }: TestContext): Promise<FaultyReceiver> => {
    const dir = await mkdtemp(path.join(os.tmpdir(), 'streamai-received-'));
    onTestFinished(() => rm(dir, { recursive: true, force: true }));
    const receiver = await startFaultyReceiver({ dir, port: await freePort() });
    onTestFinished(() => receiver.close());
    return receiver;
  };
  /** A world until the test's end, whose store is behind the proxy. */
  const worldBehind = async (
    { onTestFinished }: TestContext,
    env: Record<string, string>,
    secure: boolean,
  ): Promise<StorageWorld> => {
    const trust = { NODE_EXTRA_CA_CERTS: authority.file };
    const place = secure ? { secured: { certificate: await authority.sign([store]), host: store } } : { host: store };
    const storage = await StorageWorld.start(rgw, { ...trust, ...env }, place);
    onTestFinished(() => storage.dispose());
    return storage;
  };
  const proxies = async ({ agent }: Pick<World, 'agent'>): Promise<(string | null)[]> =>
    (await agent.api.status()).destinations.map(({ proxy }) => proxy);

  describe.concurrent('to Object Storage', { timeout: 150_000 }, () => {
    test.for([
      ['https, through a tunnel', true],
      ['http, handed over whole', false],
    ] as const)(
      '%s, with a password: arrives, is proven, and the password stands nowhere',
      async ([, secure], context) => {
        const squid = await squidFor(context, { credentials });
        const storage = await worldBehind(context, through(squid, credentials), secure);
        const { agent, gate } = storage;
        const content = randomContent(40 * mebibyte);
        const { sessionId } = await storage.recorded('Behind', content);
        await storage.send(sessionId);
        const upload = await storage.arrived(sessionId);
        await storage.expectStored(upload, content);
        expect(upload).toMatchObject({ attempts: 1, parts: { done: 3, total: 3 } });
        expect(await agent.api.call('POST', `/api/integrated/uploads/${upload.id}/verify`)).toMatchObject({
          body: { verified: true, problem: null },
        });

        const requests = await squid.requests();
        const way = secure ? /^CONNECT store-behind:\d+$/ : /^(GET|HEAD|PUT|POST|DELETE) http:\/\/store-behind:\d+\//;
        expect(requests.length).toBeGreaterThan(0);
        // An object is looked for before it is there.
        const well = ({ status }: { status: number }): boolean => status < 400 || status === 404;
        expect(requests.filter((each) => !well(each) || !way.test(each.request))).toEqual([]);
        // Nobody came another way, and the password went no further than the proxy.
        expect(gate.calls.length).toBeGreaterThan(5);
        expect(gate.calls.filter(({ headers }) => headers['proxy-authorization'] !== undefined)).toEqual([]);
        if (!secure) expect(gate.calls.filter(({ headers }) => headers.via === undefined)).toEqual([]);
        // The receiver of the tests is on this machine.
        expect(await proxies(storage)).toEqual([null, squid.name]);
        const told = [
          await readFile(path.join(agent.dataDir, 'agent.log'), 'utf8'),
          JSON.stringify([await agent.api.status(), agent.live.events]),
        ].join();
        expect(told).toContain(squid.name);
        for (const secret of [credentials.password, encodeURIComponent(credentials.password), encoded]) {
          expect(told).not.toContain(secret);
        }
      },
    );

    test.for([
      ['https', true],
      ['http', false],
    ] as const)('%s, by a proxy that is spoken to over TLS itself', async ([, secure], context) => {
      const squid = await squidFor(context, { credentials });
      // A name that this machine knows.
      const host = 'proxy.storage.test';
      const front = await startTlsFront(`http://${squid.name}`, await authority.sign([host]));
      context.onTestFinished(() => front.close());
      const name = `${host}:${front.port}`;
      const storage = await worldBehind(context, through({ name }, credentials, 'https'), secure);
      const content = randomContent(20 * mebibyte);
      const { sessionId } = await storage.recorded('Over TLS', content);
      await storage.send(sessionId);
      const upload = await storage.arrived(sessionId);
      await storage.expectStored(upload, content);
      expect(upload.attempts).toBe(1);
      expect(front.accepted).toBeGreaterThan(0);
      expect(await proxies(storage)).toEqual([null, name]);
    });

    test.for([
      ['https', true],
      ['http', false],
    ] as const)(
      '%s: the proxy is killed in mid-upload; once it is back the upload goes on',
      async ([, secure], context) => {
        const squid = await squidFor(context);
        const storage = await worldBehind(context, through(squid), secure);
        const content = randomContent(96 * mebibyte);
        const { sessionId } = await storage.recorded('Killed', content);
        storage.link.setRate(200e6);
        await storage.send(sessionId);
        const parts = async (): Promise<boolean> => ((await storage.upload(sessionId)).parts?.done ?? 0) >= 2;
        await until('two parts are there', parts, { ms: 60_000, detail: () => storage.agent.logTail() });
        await squid.kill();
        const log = async (): Promise<boolean> => (await storage.agent.logTail()).includes('proxy_unreachable');
        await until('the proxy is missed', log, { ms: 60_000, detail: () => storage.agent.logTail() });
        storage.link.setRate(null);
        const { parts: there } = await storage.upload(sessionId);
        storage.gate.forget();
        await squid.start();
        const upload = await storage.arrived(sessionId, 90_000);
        await storage.expectStored(upload, content);
        // What was there stayed there.
        const again = storage.gate.calls.filter(({ verb, status }) => verb === 'part' && status === 200);
        expect(there?.done).toBeGreaterThanOrEqual(2);
        expect(again.length).toBeLessThanOrEqual((there?.total ?? 0) - (there?.done ?? 0));
      },
    );

    // Its reset reaches the proxy alone: that passes on what it has taken, megabytes, and then ends the connection in order.
    test('a part is given up on a silent line: what the proxy still passes on of it is torn and no part, and it is sent once more', async (context) => {
      const squid = await squidFor(context);
      const storage = await worldBehind(context, through(squid), true);
      const { gate, link } = storage;
      link.setRate(80e6);
      const content = randomContent(40 * mebibyte);
      const { sessionId } = await storage.recorded('Silent', content);
      await storage.send(sessionId);
      await until('parts are on their way', async () => storage.partBytes > 200_000);
      link.cut();
      const isGivenUp = async (): Promise<boolean> => (await storage.agent.logTail()).includes('a part is sent again');
      await until('a part is given up', isGivenUp, { ms: 60_000, detail: () => storage.agent.logTail() });
      link.restore();
      link.setRate(null);
      const upload = await storage.arrived(sessionId);
      await storage.expectStored(upload, content);
      expect(upload.attempts).toBe(1);
      const of = (wanted: GateCall['end']): GateCall[] =>
        gate.calls.filter(({ verb, end }) => verb === 'part' && end === wanted);
      await until('all have ended', async () => of('open').length === 0, { ms: 30_000 });
      expect(of('lost').length).toBeGreaterThan(0);
      expect(of('lost').filter(({ status, bodyBytes }) => status !== null || bodyBytes >= 16 * mebibyte)).toEqual([]);
      expect(
        of('delivered')
          .map(({ part }) => part)
          .sort(),
      ).toEqual([1, 2, 3]);
    });
  });

  describe('the embedded receiver', () => {
    const film = randomContent(3 * mebibyte);
    const sha256 = createHash('sha256').update(film).digest('hex');
    /** Where the film is, by a name that only the proxy knows, over TLS and without. */
    const sources = async ({ onTestFinished }: TestContext): Promise<{ tls: string; plain: string }> => {
      const source = createServer((_, response) => response.end(film));
      const port = await listen(source);
      onTestFinished(() => void source.close());
      const front = await startTlsFront(`http://127.0.0.1:${port}`, await authority.sign([server]));
      onTestFinished(() => front.close());
      return { tls: `https://${server}:${front.port}/film.mkv`, plain: `http://${server}:${port}/film.mkv` };
    };
    const send = async ({ url, apiKey }: { url: string; apiKey: string }, source: string): Promise<unknown> => {
      const body = new FormData();
      body.append('source_url', source);
      const answer = await fetch(`${url}/upload`, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}` },
        body,
      });
      return { ...((await answer.json()) as object), status: answer.status };
    };

    test('fetches links through it, and what is on this machine straight', async (context) => {
      const squid = await squidFor(context, { credentials });
      const { tls, plain } = await sources(context);
      vi.stubEnv('NODE_EXTRA_CA_CERTS', authority.file);
      context.onTestFinished(() => void vi.unstubAllEnvs());
      const dir = await mkdtemp(path.join(os.tmpdir(), 'streamai-embedded-'));
      context.onTestFinished(() => rm(dir, { recursive: true, force: true }));
      const quiet = { onDied: () => {}, onBack: () => {}, onLog: () => {} };
      const proxies = readProxies(through(squid, credentials));
      const receiver = await EmbeddedReceiver.start({ dir, proxies, ...quiet });
      context.onTestFinished(() => receiver.close());
      const access = receiver.access();
      if (access === null) throw new Error('it does not run');
      for (const source of [tls, plain]) expect(await send(access, source)).toMatchObject({ status: 200, sha256 });
      const asked = [`CONNECT ${new URL(tls).host}`, `GET ${plain}`];
      expect((await squid.requests()).map(({ request }) => request)).toEqual(asked);
      const straight = plain.replace(server, '127.0.0.1');
      expect(await send(access, straight)).toMatchObject({ status: 200, sha256 });
      expect(await squid.requests()).toHaveLength(asked.length);
    });

    test('alone, without leave to fetch from private addresses: asks the proxy for nothing that it has not looked up itself', async (context) => {
      const squid = await squidFor(context);
      const { tls, plain } = await sources(context);
      const dir = await mkdtemp(path.join(os.tmpdir(), 'streamai-alone-'));
      context.onTestFinished(() => rm(dir, { recursive: true, force: true }));
      const main = path.resolve(import.meta.dirname, '../../server/main.ts');
      const child = spawn(process.execPath, [...commonNodeFlags, main, '--dir', dir], {
        env: { ...bareEnvironment(), ...through(squid), VULTR_API_KEY: 'key' },
        stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
      });
      context.onTestFinished(async () => {
        child.kill();
        await once(child, 'exit');
      });
      const [line] = await once(createInterface({ input: child.stdout as Readable }), 'line');
      const access = { ...z.object({ url: z.string() }).parse(JSON.parse(String(line))), apiKey: 'key' };
      for (const source of [tls, plain, 'https://169.254.169.254/', plain.replace(server, 'localhost')]) {
        expect(await send(access, source), source).toMatchObject({ status: 422 });
      }
      expect(await squid.requests()).toEqual([]);
    });
  });

  test.for([
    ['1', true],
    ['0', false],
  ] as const)(
    'NODE_USE_ENV_PROXY=%s: as it says, and OBS is found straight either way',
    async ([value, isUsed], context) => {
      const squid = await squidFor(context);
      const receiver = await receiverFor(context);
      const processingUrl = `http://${server}:${receiver.port}`;
      const env = { ...through(squid), NODE_USE_ENV_PROXY: value };
      const world = await World.start({ obs: 'simulated', env, processingUrl });
      context.onTestFinished(() => world.dispose());
      expect(await proxies(world)).toEqual([isUsed ? squid.name : null, null]);
      const { body } = await world.agent.api.call('POST', '/api/destinations/processing/test');
      expect(body).toMatchObject({ ok: isUsed });
      const asked = (await squid.requests()).map(({ request }) => request);
      expect(new Set(asked)).toEqual(new Set(isUsed ? [`GET ${processingUrl}/health`] : []));
      if (!isUsed) return;
      const { id } = await world.agent.api.start({ sessionName: 'Behind', autoUpload: true });
      await world.written(500_000);
      await world.agent.api.command('stop');
      await world.arrived(id);
      const paths = (await squid.requests()).map(({ request }) => request.split('/').slice(0, 4).join('/'));
      expect(paths).toContain(`POST ${processingUrl}/upload`);
      expect(paths.filter((each) => !each.includes(server))).toEqual([]);
    },
  );

  test('NO_PROXY leads past it', async (context) => {
    const squid = await squidFor(context);
    const receiver = await receiverFor(context);
    // A name that this machine knows.
    const processingUrl = `http://server.storage.test:${receiver.port}`;
    const NODE_OPTIONS = preloaded('preload-names-fixture.ts');
    const start = async (NO_PROXY: string): Promise<World> => {
      const world = await World.start({
        obs: 'simulated',
        processingUrl,
        env: { ...through(squid), NO_PROXY, NODE_OPTIONS },
      });
      context.onTestFinished(() => world.dispose());
      return world;
    };
    const world = await start('example.com,.storage.test');
    const asked = await world.agent.api.call('POST', '/api/destinations/processing/test');
    expect(asked).toMatchObject({ body: { ok: true } });
    expect(await proxies(world)).toEqual([null, null]);
    expect(await squid.requests()).toEqual([]);
    const other = await start('example.com');
    const refused = await other.agent.api.call('POST', '/api/destinations/processing/test');
    expect(refused).toMatchObject({ body: { ok: false, problem: { code: expect.stringMatching(/^proxy_/) } } });
  });

  test('what a proxy does not do is said in words of its own', { timeout: 120_000 }, async (context) => {
    const squid = await squidFor(context, { credentials });
    const start = async (login: typeof credentials): Promise<World> => {
      const world = await World.start({ obs: 'simulated', env: through(squid, login) });
      context.onTestFinished(() => world.dispose());
      return world;
    };
    const keys = { objectStorageBucket: 'Bucket', objectStorageAccessKey: 'a', objectStorageSecretKey: 's' };
    const problem = async ({ agent }: World, objectStorageEndpoint: string): Promise<unknown> => {
      const change = { ...keys, objectStorageEndpoint };
      expect(await agent.api.call('PUT', '/api/settings', change)).toMatchObject({ status: 200 });
      const { body } = await agent.api.call('POST', '/api/destinations/object-storage/test');
      return (body as { problem: unknown }).problem;
    };
    const world = await start(credentials);
    const { name: proxy } = squid;
    for (const scheme of ['http', 'https']) {
      expect(await problem(world, `${scheme}://${forbidden}`)).toMatchObject({
        code: 'proxy_refused',
        params: { proxy, host: forbidden, status: 403 },
        message: expect.stringContaining(`${proxy} does not let StreamAI through to ${forbidden}`),
        fix: expect.stringContaining('NO_PROXY'),
      });
      expect(await problem(world, `${scheme}://nowhere-behind`)).toMatchObject({ code: 'proxy_failed' });
    }
    const stranger = await start({ ...credentials, password: 'wrong-password' });
    for (const scheme of ['http', 'https']) {
      expect(await problem(stranger, `${scheme}://${store}`)).toMatchObject({
        code: 'proxy_auth',
        message: expect.stringContaining(proxy),
        fix: expect.stringContaining('HTTPS_PROXY'),
      });
    }
    await squid.kill();
    expect(await problem(world, `https://${store}`)).toMatchObject({
      code: 'proxy_unreachable',
      params: { proxy, reason: 'ECONNREFUSED' },
    });
    expect((await world.agent.api.status()).destinations[1]).toMatchObject({ proxy, reachable: false });
  });

  test('a recording goes to a processing server behind it, and its task is tracked there', async (context) => {
    const squid = await squidFor(context, { credentials });
    const receiver = await receiverFor(context);
    const processingUrl = `http://${server}:${receiver.port}`;
    const world = await World.start({ obs: 'simulated', env: through(squid, credentials), processingUrl });
    context.onTestFinished(() => world.dispose());
    const { id } = await world.agent.api.start({ sessionName: 'Behind', autoUpload: true });
    await world.written(500_000);
    await world.agent.api.command('stop');
    const session = await world.arrived(id);
    expect(session.recordings[0]?.uploads[0]?.task).toMatchObject({ status: 'completed_simple' });
    expect(await proxies(world)).toEqual([squid.name, null]);

    const seen = (await squid.requests()).map(({ request }) => request.replace(/\/status\/.*/, '/status/'));
    expect(new Set(seen)).toEqual(
      new Set([`GET ${processingUrl}/health`, `POST ${processingUrl}/upload`, `GET ${processingUrl}/status/`]),
    );
    expect(receiver.requests.filter(({ headers }) => headers.via === undefined)).toEqual([]);
    expect(receiver.requests.filter(({ headers }) => headers['proxy-authorization'] !== undefined)).toEqual([]);
  });
});
