/**
 * OBS, or whoever stands in its place: what it says before it lets the running agent in, what it answers and announces, and what its
 * scenes are called. None of it ends or holds up the agent, and none becomes a path, a key or a template.
 */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { nextSessionSchema } from '../../../shared/domain.ts';
import type { AgentProcess } from '../../rig/agent-process.ts';
import { listen } from '../../rig/listen.ts';
import { opCode, subscription } from '../../rig/simulated-obs/protocol.ts';
import { ObsWebSocketServer } from '../../rig/simulated-obs/server.ts';
import { until } from '../../rig/until.ts';
import { World } from '../world-fixture.ts';
import { countAs } from './hostile-table-fixture.ts';
import { LoneAgent } from './lone-agent-fixture.ts';
import { obsAnswers } from './obs-samples-fixture.ts';

const json = (op: number, d: unknown): string => JSON.stringify({ op, d });
const hello = (more: object = {}): string =>
  json(opCode.hello, { obsWebSocketVersion: '5.7.2', obsStudioVersion: '32.2.2', rpcVersion: 1, ...more });
const identified = json(opCode.identified, { negotiatedRpcVersion: 1 });
const event = (eventType: string, eventData: unknown): string =>
  json(opCode.event, { eventType, eventIntent: 64, eventData });
const started = event('RecordStateChanged', {
  ...{ outputActive: true, outputState: 'OBS_WEBSOCKET_OUTPUT_STARTED', outputPath: '/etc/passwd' },
});

/** What the next recording would be called now; clients are told of it once a second. */
async function suggested({ api }: AgentProcess): Promise<string> {
  return nextSessionSchema.parse((await api.call('GET', '/api/integrated/next-session')).body).suggestedName;
}
const suggests = (agent: AgentProcess, name: string): Promise<unknown> =>
  until(`${name} is suggested`, async () => (await suggested(agent)) === name, { everyMs: 20 });

describe('before it has let the agent in', () => {
  let victim: LoneAgent;
  let server: WebSocketServer;
  let script: (socket: WebSocket) => void = () => {};
  let met = Promise.withResolvers<void>();
  let number = 0;

  beforeAll(async () => {
    server = new WebSocketServer({
      host: '127.0.0.1',
      port: 0,
      handleProtocols: (offered) => [...offered][0] ?? false,
    });
    await once(server, 'listening');
    server.on('connection', (socket) => {
      socket.on('error', () => {});
      // Answered when all that was said before has been heard; a connection that the agent ends instead has been heard, too.
      socket.once('pong', () => met.resolve());
      socket.once('close', () => met.resolve());
      script(socket);
      if (socket.readyState === socket.OPEN) socket.ping();
    });
    const address = server.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    victim = await LoneAgent.start({ OBS_PORT: port });
  });
  afterAll(async () => {
    await victim?.dispose();
    for (const client of server?.clients ?? []) client.terminate();
    server?.close();
  });
  countAs('OBS');

  const said: [string, (socket: WebSocket) => void][] = [
    ['nothing', () => {}],
    ['no JSON', (socket) => socket.send('OBS')],
    ['an empty message', (socket) => socket.send('')],
    ['a list', (socket) => socket.send('[]')],
    ['null', (socket) => socket.send('null')],
    ['a number', (socket) => socket.send('7')],
    ['an object of nothing', (socket) => socket.send('{}')],
    ['no operation', (socket) => socket.send('{"d": {}}')],
    ['an operation that is none', (socket) => socket.send('{"op": "__proto__", "d": {}}')],
    ['an operation of nobody', (socket) => socket.send('{"op": 99, "d": {}}')],
    ['a hello of nothing', (socket) => socket.send('{"op": 0}')],
    ['a hello of null', (socket) => socket.send('{"op": 0, "d": null}')],
    ['a hello with a list', (socket) => socket.send('{"op": 0, "d": []}')],
    ['a version of another protocol', (socket) => socket.send(hello({ rpcVersion: 9 }))],
    ['a version that is a text', (socket) => socket.send(hello({ rpcVersion: 'one' }))],
    ['a version of 1e300', (socket) => socket.send(hello({ rpcVersion: 1e300 }))],
    ['a challenge that is none', (socket) => socket.send(hello({ authentication: 7 }))],
    ['a challenge of nothing', (socket) => socket.send(hello({ authentication: {} }))],
    ['a challenge of numbers', (socket) => socket.send(hello({ authentication: { challenge: 1, salt: 2 } }))],
    ['a challenge without salt', (socket) => socket.send(hello({ authentication: { challenge: 'a' } }))],
    [
      'an endless salt',
      (socket) => socket.send(hello({ authentication: { challenge: 'a', salt: 'b'.repeat(5_000_000) } })),
    ],
    ['welcome before the hello', (socket) => socket.send(identified)],
    ['a start before the hello', (socket) => socket.send(started)],
    [
      'a start after the hello, before the welcome',
      (socket) => [hello(), started].forEach((text) => void socket.send(text)),
    ],
    [
      'answers that nobody asked for',
      (socket) => {
        for (const requestId of ['1', '', '__proto__', 7])
          socket.send(json(opCode.requestResponse, { requestId, requestStatus: { result: true } }));
      },
    ],
    [
      'a welcome of nothing',
      (socket) =>
        [hello({ authentication: { challenge: 'a', salt: 'b' } }), json(opCode.identified, {})].forEach(
          (text) => void socket.send(text),
        ),
    ],
    [
      'requests of its own',
      (socket) => socket.send(json(opCode.request, { requestType: 'GetSettings', requestId: '1' })),
    ],
    ['an identification of its own', (socket) => socket.send(json(opCode.identify, { rpcVersion: 1 }))],
    [
      'a prototype',
      (socket) => socket.send('{"__proto__": {"op": 0}, "op": 0, "d": {"__proto__": {"rpcVersion": 1}}}'),
    ],
    ['deep JSON', (socket) => socket.send(`${'['.repeat(100_000)}`)],
    ['a large message', (socket) => socket.send(hello({ more: 'x'.repeat(10_000_000) }))],
    ['binary', (socket) => socket.send(Buffer.from(hello()))],
    ['MessagePack', (socket) => socket.send(Buffer.from('82a26f7000a16480', 'hex'))],
    ['bytes that are no UTF-8', (socket) => socket.send(Buffer.from([0xff, 0xfe]), { binary: false })],
    ['a piece without an end', (socket) => socket.send('{"op": 0', { fin: false })],
    ['a thousand pings', (socket) => Array.from({ length: 1000 }, () => socket.ping())],
    ...[1000, 1001, 1008, 1011, 3000, 4000, 4001, 4002, 4007, 4008, 4009, 4010, 4011, 4012, 4999].map(
      (code): [string, (socket: WebSocket) => void] => [
        `goodbye with ${code}`,
        (socket) => socket.close(code, '<b>\u001b[31m'),
      ],
    ),
    ['no goodbye', (socket) => socket.terminate()],
  ];
  test.each(said)('%s', async (_, talk) => {
    met = Promise.withResolvers<void>();
    script = talk;
    // Another password is tried at once.
    number += 1;
    await victim.agent.api.call('PUT', '/api/settings', { obsPassword: `password ${number}` });
    await met.promise;
    await victim.expectWell();
    const { obs, sessions } = (await victim.agent.api.status()) as Awaited<ReturnType<typeof victim.agent.api.status>>;
    expect(obs.state).not.toBe('connected');
    expect(JSON.stringify(obs)).not.toMatch(/\\u001b|<b>/);
    expect(sessions).toEqual([]);
  });
});

describe('in another protocol', () => {
  let victim: LoneAgent;
  let port: number;
  let met = Promise.withResolvers<void>();
  let answer: string | Buffer;
  let number = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => {
      sockets.delete(socket);
      met.resolve();
    });
    socket.once('data', () => socket.end(answer));
  });

  beforeAll(async () => {
    port = await listen(server);
    victim = await LoneAgent.start({ OBS_PORT: String(port) });
  });
  afterAll(async () => {
    await victim?.dispose();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  countAs('OBS');

  test.each<[string, string | Buffer]>([
    ['a page', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'],
    ['a redirect', 'HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n'],
    ['a question for a password', 'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n'],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n'],
    [
      'a wrong key',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAA\r\n\r\n',
    ],
    ['no key', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'],
    [
      'an extension that nobody asked for',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Extensions: x\r\n\r\n',
    ],
    ['endless headers', `HTTP/1.1 101 Switching Protocols\r\n${'X-A: b\r\n'.repeat(20_000)}`],
    ['SSH', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['zeros', Buffer.alloc(10_000)],
    ['TLS', Buffer.from('15030100020228', 'hex')],
  ])('%s', async (_, given) => {
    met = Promise.withResolvers<void>();
    answer = given;
    number += 1;
    await victim.agent.api.call('PUT', '/api/settings', { obsPassword: `password ${number}` });
    await met.promise;
    await victim.expectWell();
    expect((await victim.agent.api.status()).obs.state).not.toBe('connected');
  });
});

describe('once it has let the agent in', () => {
  let victim: LoneAgent;
  let obs: ObsWebSocketServer;
  let answers: Record<string, unknown> = obsAnswers;
  const password = 'the password of this OBS';

  beforeAll(async () => {
    obs = new ObsWebSocketServer({
      password,
      hello: { obsWebSocketVersion: '5.7.2', obsStudioVersion: '32.2.2' },
      answer: async (type) =>
        type in answers ? { code: 100, data: answers[type] as Record<string, unknown> } : { code: 204, comment: 'no' },
    });
    const port = await obs.listen(0);
    victim = await LoneAgent.start({ OBS_PORT: String(port), OBS_PASSWORD: password, VULTR_AUTO_UPLOAD: 'false' });
    await victim.agent.live.until('connected', (state) => state.obs.state === 'connected');
    await victim.agent.api.call('PUT', '/api/settings', { nameTemplate: '{scene}' });
  });
  afterAll(async () => {
    await victim?.dispose();
    await obs?.crash();
  });
  afterEach(async () => {
    await victim.expectWell();
    answers = obsAnswers;
  });
  countAs('OBS');

  const long = 'x'.repeat(100_000);
  test.each<[string, Record<string, unknown>]>([
    ['a version of another kind', { GetVersion: { ...obsAnswers.GetVersion, obsVersion: 32 } }],
    ['an endless version', { GetVersion: { ...obsAnswers.GetVersion, obsVersion: long } }],
    [
      'a hundred thousand requests',
      { GetVersion: { ...obsAnswers.GetVersion, availableRequests: Array.from({ length: 100_000 }, () => 'A') } },
    ],
    ['requests that are no names', { GetVersion: { ...obsAnswers.GetVersion, availableRequests: [1, null, {}] } }],
    [
      'a recording that is neither on nor off',
      { GetRecordStatus: { ...obsAnswers.GetRecordStatus, outputActive: 'yes' } },
    ],
    ['a negative duration', { GetRecordStatus: { ...obsAnswers.GetRecordStatus, outputDuration: -1 } }],
    ['a size that is a text', { GetRecordStatus: { ...obsAnswers.GetRecordStatus, outputBytes: '1' } }],
    ['statistics of nothing', { GetStats: {} }],
    ['statistics that are a list', { GetStats: [] }],
    ['no answer at all', { GetVersion: null }],
  ])('%s in its first answers is no connection', async (_, changed) => {
    answers = { ...obsAnswers, ...changed };
    obs.cutConnections();
    await victim.agent.live.until('it is not connected', (state) => state.obs.state !== 'connected');
    await victim.agent.live.until(
      'it was tried again',
      (state, told) => told?.type === 'obs_updated' || state.obs.problem !== null,
    );
    expect((await victim.agent.api.status()).obs.state).not.toBe('connected');
    answers = obsAnswers;
    await victim.agent.live.until('connected again', (state) => state.obs.state === 'connected', 60_000);
  });

  /** Heard, once what was announced after it is there. */
  async function announce(...events: readonly [type: string, data: unknown][]): Promise<void> {
    for (const [type, data] of events) obs.broadcast(subscription.all, type, data as Record<string, unknown>);
    const scene = `After ${performance.now()}`.replace('.', '-');
    obs.broadcast(subscription.scenes, 'CurrentProgramSceneChanged', { sceneName: scene });
    await suggests(victim.agent, scene);
  }
  test.each<[string, string, unknown]>([
    ['an event of nothing', 'RecordStateChanged', undefined],
    ['a state of nobody', 'RecordStateChanged', { outputState: 'OBS_WEBSOCKET_OUTPUT_EXPLODED', outputPath: '/a.mkv' }],
    ['a state that is a function', 'RecordStateChanged', { outputState: 'toString', outputPath: '/a.mkv' }],
    ['a state that is a list', 'RecordStateChanged', { outputState: ['OBS_WEBSOCKET_OUTPUT_STARTED'] }],
    ['an event of nobody', 'RobotUprising', { at: 'once' }],
    ['an event that is a prototype', '__proto__', { outputState: 1 }],
    ['an error', 'error', { message: 'x' }],
    ['a new listener', 'newListener', 'x'],
    ['its end', 'ExitStarted', {}],
    ['a file that is none', 'RecordFileChanged', { newOutputPath: 7 }],
    ['a file of no recording', 'RecordFileChanged', { newOutputPath: '/etc/passwd' }],
    ['a file with NUL', 'RecordFileChanged', { newOutputPath: '/a\u0000b.mkv' }],
    ['an endless file', 'RecordFileChanged', { newOutputPath: `/${long}` }],
    ['a replay of ours', 'ReplayBufferSaved', { savedReplayPath: '/etc/passwd' }],
    ['a scene that is none', 'CurrentProgramSceneChanged', { sceneName: null }],
    ['an endless scene', 'CurrentProgramSceneChanged', { sceneName: long }],
    ['a scene that was never there', 'SceneNameChanged', { oldSceneName: '\u0000', sceneName: long }],
    ['a profile that is a prototype', 'CurrentProfileChanged', { profileName: { toString: 1 } }],
    ['a list of scenes that is none', 'SceneListChanged', 'x'],
    ['a stream that is none', 'StreamStateChanged', { outputState: 1e300 }],
    [
      'an end of no recording',
      'RecordStateChanged',
      { outputState: 'OBS_WEBSOCKET_OUTPUT_STOPPED', outputPath: '/etc/passwd' },
    ],
  ])('%s', async (_, type, data) => {
    await announce([type, data]);
    expect(await victim.agent.api.sessions()).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['ConnectionClosed', { code: 4009 }],
    ['ConnectionError', { message: 'x' }],
    ['Identified', { negotiatedRpcVersion: 1 }],
  ])('an event that is called %s, as the socket’s own are, is survived', async (type, data) => {
    obs.broadcast(subscription.all, type, data as Record<string, unknown>);
    const sceneName = `After ${type}`;
    await until('it hears OBS again', async () => {
      obs.broadcast(subscription.scenes, 'CurrentProgramSceneChanged', { sceneName });
      return (await suggested(victim.agent)) === sceneName;
    });
  });
});

describe('a scene’s name', () => {
  let world: World;
  let current = 'Scene A';
  let client: Awaited<ReturnType<World['obsClient']>>;

  beforeAll(async () => {
    world = await World.start({ obs: 'simulated', env: { VULTR_AUTO_UPLOAD: 'false' } });
    client = await world.obsClient();
    await world.agent.api.call('PUT', '/api/settings', { nameTemplate: '{scene}' });
  });
  afterAll(() => world?.dispose());
  countAs('OBS');

  async function rename(scene: string): Promise<void> {
    await client.call('SetSceneName', { sceneName: current, newSceneName: scene });
    current = scene;
  }
  let rows = 0;
  /** @returns what the next recording is called once the shown scene is called so */
  async function suggestedFor(scene: string): Promise<string> {
    rows += 1;
    const between = `Between ${rows}`;
    await rename(between);
    await suggests(world.agent, between);
    await rename(scene);
    const name = async (): Promise<string | null> => {
      const now = await suggested(world.agent);
      return now === between ? null : now;
    };
    return until('another name is suggested', name, { everyMs: 20 });
  }

  test.each([
    '../../etc/passwd',
    '..\\..\\evil',
    '..',
    '.',
    '...',
    '.hidden',
    '/etc/passwd',
    'C:\\Windows\\evil',
    'C:',
    '\\\\host\\share',
    '\\\\.\\pipe\\x',
    'CON',
    'con.mkv',
    'NUL',
    'COM¹',
    'LPT1.txt',
    'name:stream',
    'dot.',
    'blank ',
    '-rf',
    '--help',
    '~',
    '$HOME',
    '$(touch evil)',
    '`touch evil`',
    '; touch evil',
    '%CCYY-%MM',
    '%00',
    '%n',
    '{take}',
    '{counter} {date} {client}',
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '"><svg onload=alert(1)>',
    'javascript:alert(1)',
    "'; DROP TABLE sessions; --",
    '%_\\',
    'a*b?c',
    'a|b',
    'a\u0000b',
    'a\u001b[31mb',
    'a\u202eb',
    'a\u2028b',
    'a\nb\r\nc',
    'a\u00adb',
    '\ud800',
    'e\u0301\u0301\u0301',
    '🎬',
    '\u{e0001}tag',
    'ﷺ'.repeat(300),
    'x'.repeat(1000),
    '__proto__',
    'constructor',
    '{"a": 1}',
    '&lt;b&gt;',
  ])('%j is made a file’s name that leads nowhere', async (scene) => {
    const name = await suggestedFor(scene);
    expect(name).not.toMatch(/[<>:"/\\|?*\p{Cc}\u202a-\u202e\u2066-\u2069]|^\.|[. ]$/u);
    expect(name).not.toMatch(/^(con|nul|com\d|lpt\d)(\.|$)/i);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(220);
    expect([...name].length).toBeLessThanOrEqual(80);
  });

  describe('a search', () => {
    beforeAll(async () => {
      const { id } = await world.agent.api.start({ sessionName: 'Lesson 1' });
      await world.agent.api.command('stop');
      await world.agent.live.recorded(id);
    });

    const find = (text: string) =>
      world.agent.api.call('GET', `/api/integrated/recordings?q=${encodeURIComponent(text)}`);
    test('finds words', async () => {
      expect(await find('lesson')).toMatchObject({ body: { sessions: [{ name: 'Lesson 1' }] } });
    });

    test.each([
      ...[
        '%',
        '_',
        '%%',
        'Less%',
        '%Lesson%',
        'L_sson',
        'Lesson\\',
        '\\%',
        '*',
        'Lesson*',
        '^Lesson',
        'L?sson',
        '[L]esson',
      ],
      ...["'", '"', "' OR '1'='1", '" OR ""="', "Lesson' --", '; DROP TABLE sessions', 'Lesson;', '/* */', '--'],
      ...[
        'NEAR(Lesson 1)',
        'Lesson OR 1',
        'Lesson AND NOT x',
        'NOT x',
        'name:Lesson',
        '{name}:Lesson',
        '-Lesson',
        '(',
        ')',
      ],
      ...['\u0000x', '.*', 'Less.n', '$', '(?:Lesson)', '#', '$(name)'],
    ])('by %j is by its letters alone', async (text) => {
      const { status, body } = await find(text);
      expect([200, 400]).toContain(status);
      expect(JSON.stringify(body)).not.toContain('Lesson 1');
    });
  });

  test.each(['../../evil', '%CCYY{take}', 'CON', '$(touch evil)'])(
    '%j is recorded inside OBS’s folder',
    async (scene) => {
      await suggestedFor(scene);
      const { id } = await world.agent.api.start({});
      await world.agent.api.command('stop');
      const { recordings } = await world.agent.live.recorded(id);
      expect(recordings.map((recording) => path.dirname(recording.path))).toEqual([world.obs.recordingsDir]);
    },
  );
});
