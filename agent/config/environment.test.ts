import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Language, StreamAIError } from '../../shared/errors.ts';
import { isLoopback } from '../../shared/ip-address.ts';
import { noProxies } from '../../shared/proxies.ts';
import { readEnvironment } from './environment.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'streamai-env-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const read = (env: Record<string, string> = {}, platform: NodeJS.Platform = 'linux') =>
  readEnvironment({ env, platform, home: platform === 'win32' ? 'C:\\Users\\Zoé' : '/home/zoé', root });
const problem = (env: Record<string, string>, language: Language = 'en'): StreamAIError => {
  try {
    readEnvironment({ env, platform: 'linux', home: '/home/zoé', root }, language);
  } catch (error) {
    if (error instanceof StreamAIError) return error;
    throw error;
  }
  throw new Error('was taken');
};

describe('without anything set', () => {
  test('listens on this machine’s loopback at the port of the predecessor, and fixes nothing', () => {
    expect(read()).toEqual({
      host: '127.0.0.1',
      port: 5002,
      dataDir: '/home/zoé/.local/share/streamai',
      devOrigin: null,
      uploadTimeouts: {},
      proxies: noProxies,
      fixed: {},
    });
  });

  test('takes empty values as not set, whatever the variable', () => {
    expect(read({ OBS_PORT: '', VULTR_API_URL: '  ', AGENT_PORT: '', AGENT_HOST: '', OBS_PASSWORD: '' })).toEqual(
      read(),
    );
  });
});

test('reads every variable into its type', () => {
  expect(
    read({
      AGENT_HOST: '::1',
      AGENT_PORT: '0',
      STREAMAI_DATA_DIR: '/data',
      STREAMAI_DEV_ORIGIN: 'http://localhost:5173',
      OBS_HOST: '192.168.1.9',
      OBS_PORT: '4456',
      OBS_PASSWORD: ' päss wörd ',
      VULTR_API_URL: 'https://example.com/api//',
      VULTR_UPLOAD_ENDPOINT: '/in',
      VULTR_STATUS_ENDPOINT: '/state',
      VULTR_API_KEY: 'key',
      VULTR_AUTO_UPLOAD: 'off',
      DEFAULT_SUBTITLE_MODEL: 'Large',
      DEFAULT_PRIORITY: '10',
      RECORDINGS_DIR: '~/Videos',
      UPLOAD_BANDWIDTH_LIMIT: '1.5M',
      STREAMAI_UPLOAD_STALL_TIMEOUT: '30',
      STREAMAI_UPLOAD_ANSWER_TIMEOUT: '86400',
    }),
  ).toEqual({
    host: '::1',
    port: 0,
    dataDir: '/data',
    devOrigin: 'http://localhost:5173',
    uploadTimeouts: { stallMs: 30_000, answerMs: 86_400_000 },
    proxies: noProxies,
    fixed: {
      obsHost: '192.168.1.9',
      obsPort: 4456,
      obsPassword: ' päss wörd ',
      processingUrl: 'https://example.com/api',
      uploadEndpoint: '/in',
      statusEndpoint: '/state',
      processingApiKey: 'key',
      autoUpload: false,
      subtitleModel: 'large',
      priority: 10,
      recordingsDir: '/home/zoé/Videos',
      bandwidthLimit: 1_500_000,
    },
  });
});

test.each([
  ['true', true],
  ['TRUE', true],
  ['1', true],
  ['yes', true],
  [' on ', true],
  ['false', false],
  ['0', false],
  ['No', false],
  ['off', false],
])('VULTR_AUTO_UPLOAD=%s is %s', (value, autoUpload) => {
  expect(read({ VULTR_AUTO_UPLOAD: value }).fixed).toEqual({ autoUpload });
});

test.each([
  ['20M', 20_000_000],
  ['20m', 20_000_000],
  [' 500 k ', 500_000],
  ['1.5M', 1_500_000],
  ['1G', 1_000_000_000],
  ['64000', 64_000],
])('UPLOAD_BANDWIDTH_LIMIT=%s is %i bit/s', (value, bandwidthLimit) => {
  expect(read({ UPLOAD_BANDWIDTH_LIMIT: value }).fixed).toEqual({ bandwidthLimit });
});

describe('OBS_HOST', () => {
  test.each([
    [{ OBS_HOST: '127.0.0.1:4455' }, { obsHost: '127.0.0.1', obsPort: 4455 }],
    [{ OBS_HOST: 'localhost:4460' }, { obsHost: 'localhost', obsPort: 4460 }],
    [{ OBS_HOST: '[::1]' }, { obsHost: '::1' }],
    [{ OBS_HOST: '::1' }, { obsHost: '::1' }],
    [{ OBS_HOST: '[::1]:4455' }, { obsHost: '::1', obsPort: 4455 }],
    [{ OBS_HOST: 'ws://192.168.1.5:4455' }, { obsHost: '192.168.1.5', obsPort: 4455 }],
    [{ OBS_HOST: 'ws://studio/' }, { obsHost: 'studio' }],
    [
      { OBS_HOST: 'studio:4455', OBS_PORT: '4455' },
      { obsHost: 'studio', obsPort: 4455 },
    ],
    [
      { OBS_HOST: 'ws://studio', OBS_PORT: '4460' },
      { obsHost: 'studio', obsPort: 4460 },
    ],
  ])('%j is taken apart', (env, fixed) => {
    expect(read(env).fixed).toEqual(fixed);
  });

  test('that names another port than OBS_PORT is refused', () => {
    const env = { OBS_HOST: 'studio:4455', OBS_PORT: '4460' };
    expect(problem(env)).toMatchObject({
      params: { variable: 'OBS_HOST', reason: 'it names port 4455, but OBS_PORT is 4460' },
    });
    expect(problem(env, 'fr').params.reason).toBe('cette valeur indique le port 4455, mais OBS_PORT est 4460');
  });
});

describe('proxies', () => {
  test('come from the variables that all programs use, small letters first', () => {
    const { proxies } = read({
      http_proxy: 'http://nora:secret@one:3128',
      HTTP_PROXY: 'http://two:3128',
      HTTPS_PROXY: 'three:3128',
      no_proxy: 'Example.com, 10.0.0.0/8',
    });
    expect(proxies.http).toMatchObject({ name: 'one:3128', authorization: expect.stringMatching(/^Basic /) });
    expect(proxies.https).toMatchObject({ name: 'three:3128', authorization: null });
    expect(proxies.except).toEqual(['example.com', '10.0.0.0/8']);
  });

  test('may stand in .env, behind the environment', async () => {
    await writeFile(path.join(root, '.env'), 'HTTP_PROXY=http://file:1\nhttps_proxy=http://file:2\nNO_PROXY=*\n');
    const { proxies } = read({ HTTP_PROXY: 'http://env:3' });
    expect([proxies.http?.name, proxies.https?.name, proxies.except]).toEqual(['env:3', 'file:2', ['*']]);
  });

  test('are left aside where Node’s own switch says so', () => {
    const env = { HTTP_PROXY: 'http://one:3128' };
    expect(read({ ...env, NODE_USE_ENV_PROXY: '0' }).proxies).toEqual(noProxies);
    expect(read({ ...env, NODE_USE_ENV_PROXY: '1' }).proxies.http?.name).toBe('one:3128');
  });

  test('a value that is none is refused without being repeated', () => {
    const refused = problem({ HTTPS_PROXY: 'socks5://nora:secret@proxy:1080' });
    expect(refused).toMatchObject({ code: 'config_invalid', params: { variable: 'HTTPS_PROXY' } });
    expect(JSON.stringify(refused.info())).not.toContain('secret');
  });
});

describe('what is not valid is named with its reason', () => {
  const port = 'must be a whole number between 1 and 65535';
  test.each([
    ['OBS_PORT', '0', port],
    ['OBS_PORT', '65536', port],
    ['OBS_PORT', '4455.5', port],
    ['OBS_PORT', '0x1167', port],
    ['OBS_PORT', '-1', port],
    ['OBS_PORT', 'four', port],
    ['OBS_PORT', '１２３', port],
    ['AGENT_PORT', '70000', 'must be a whole number between 0 and 65535'],
    ['DEFAULT_PRIORITY', '11', 'must be a whole number between 1 and 10'],
    ['DEFAULT_PRIORITY', '1e1', 'must be a whole number between 1 and 10'],
    ['VULTR_AUTO_UPLOAD', 'maybe', 'must be true or false'],
    ['VULTR_AUTO_UPLOAD', 'constructor', 'must be true or false'],
    ['DEFAULT_SUBTITLE_MODEL', 'huge', 'must be one of tiny, base, small, medium, large'],
    ['VULTR_API_URL', 'example.com', 'is not an address such as https://example.com'],
    ['VULTR_API_URL', 'ftp://example.com', 'is not an address such as https://example.com'],
    ['VULTR_API_URL', 'https://', 'is not an address such as https://example.com'],
    ['VULTR_API_URL', 'https://user:pass@example.com', 'is not an address such as https://example.com'],
    ['VULTR_API_URL', 'https://user@example.com', 'is not an address such as https://example.com'],
    ['VULTR_API_URL', 'https://example.com/?key=1', 'is not an address such as https://example.com'],
    ['VULTR_UPLOAD_ENDPOINT', 'upload', 'does not start with / or has blanks'],
    ['VULTR_API_KEY', 'two words', 'has characters that a key cannot have'],
    ['OBS_HOST', 'http://localhost', 'is not a host name'],
    ['OBS_HOST', 'wss://localhost', 'is not a host name'],
    ['OBS_HOST', 'localhost:', 'is not a host name'],
    ['OBS_HOST', 'localhost:99999', 'is not a host name'],
    ['OBS_HOST', '256.0.0.1', 'is not a host name'],
    ['HTTP_PROXY', 'http://', 'is not a proxy such as http://proxy.example.com:3128'],
    ['AGENT_HOST', '127.0.0.1:5002', 'must be an address such as 127.0.0.1'],
    ['AGENT_HOST', 'a b', 'must be an address such as 127.0.0.1'],
    ['STREAMAI_DEV_ORIGIN', 'http://evil.com:5173', /on this machine/],
    ['STREAMAI_DEV_ORIGIN', 'http://localhost:5173/', /on this machine/],
    ['STREAMAI_DEV_ORIGIN', 'null', /on this machine/],
    ['UPLOAD_BANDWIDTH_LIMIT', 'fast', /such as 20M/],
    ['UPLOAD_BANDWIDTH_LIMIT', '20MB', /such as 20M/],
    ['UPLOAD_BANDWIDTH_LIMIT', '-5M', /such as 20M/],
    ['UPLOAD_BANDWIDTH_LIMIT', '1,5M', /such as 20M/],
    ['UPLOAD_BANDWIDTH_LIMIT', '1k', 'must be at least 64000'],
    ['RECORDINGS_DIR', 'x'.repeat(4001), 'must have at most 4000 characters'],
  ])('%s=%s', (variable, value, reason) => {
    const error = problem({ [variable]: value });
    expect(error).toMatchObject({
      code: 'config_invalid',
      params: { variable, reason: expect.stringMatching(reason) },
    });
    // A whole sentence: “OBS_HOST is not valid: it is not a host name.”
    expect(error.message).toMatch(/^[A-Z_]+ is not valid: it (?:is|must|has|does)\b.*\.$/);
  });

  test.each([
    ['OBS_PORT', '0', 'doit être un nombre entier entre 1 et 65535'],
    ['STREAMAI_UPLOAD_STALL_TIMEOUT', '0', 'doit être un nombre entier entre 1 et 86400'],
    ['UPLOAD_BANDWIDTH_LIMIT', 'fast', /^cette valeur doit être un débit/],
    ['VULTR_AUTO_UPLOAD', 'maybe', 'doit être true ou false'],
    ['VULTR_API_URL', 'example.com', 'n’est pas une adresse telle que https://example.com'],
    ['AGENT_HOST', 'a b', 'doit être une adresse telle que 127.0.0.1'],
    ['AGENT_HOST', '0.0.0.0', /laisserait entrer/],
    ['STREAMAI_DEV_ORIGIN', 'null', /^cette valeur doit être l’origine/],
  ])('%s=%s in French too', (variable, value, reason) => {
    expect(problem({ [variable]: value }, 'fr').params).toEqual({ variable, reason: expect.stringMatching(reason) });
  });

  test('never repeats a secret', () => {
    expect(problem({ VULTR_API_KEY: 'sécret key' }).message).not.toContain('cret k');
    expect(problem({ VULTR_API_URL: 'https://u:hunter2@h' }).message).not.toContain('hunter2');
  });
});

describe('AGENT_HOST', () => {
  test.each(['127.0.0.1', '127.8.8.8', 'localhost', 'LOCALHOST', '::1', '[::1]', '0:0:0:0:0:0:0:1'])(
    '%s is this machine alone',
    (host) => {
      expect(read({ AGENT_HOST: host }).host).toBe(host.replace(/[[\]]/g, '').toLowerCase());
    },
  );

  test.each([
    '0.0.0.0',
    '::',
    '192.168.1.5',
    'studio.local',
    'fe80::1',
    '128.0.0.1',
    '::ffff:127.0.0.1',
    '127.0.0.1.evil.com',
  ])('%s is refused, unless remote use is allowed in so many words', (host) => {
    expect(problem({ AGENT_HOST: host })).toMatchObject({ code: 'config_invalid', params: { variable: 'AGENT_HOST' } });
    expect(() => read({ AGENT_HOST: host, STREAMAI_ALLOW_REMOTE: '0' })).toThrow();
    expect(read({ AGENT_HOST: host, STREAMAI_ALLOW_REMOTE: '1' }).host).toBe(host);
  });

  test.each(['127.evil.com', 'localhost.evil.com', '0', '', '127.1'])('%j is no loopback', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});

describe('.env', () => {
  const dotEnv = (text: string) => writeFile(path.join(root, '.env'), text);

  test('fills in what the environment leaves out or empty', async () => {
    await dotEnv('OBS_PORT=4460\nOBS_HOST="studio"\n# a comment\nDEFAULT_PRIORITY=3\nVULTR_AUTO_UPLOAD=\n');
    expect(read({ OBS_PORT: '4470', DEFAULT_PRIORITY: '' }).fixed).toEqual({
      obsPort: 4470,
      obsHost: 'studio',
      priority: 3,
    });
  });

  test('may begin with the mark that Windows’ editors leave, and have its line ends', async () => {
    await dotEnv('\uFEFFOBS_PORT=4460\r\nOBS_HOST=studio\r\n');
    expect(read().fixed).toEqual({ obsPort: 4460, obsHost: 'studio' });
  });

  test('is read by dotenv’s rules, and a # within a value is part of it', async () => {
    await dotEnv('export OBS_PASSWORD=my#pass\nVULTR_API_KEY="k#1" # mine\nOBS_HOST=one\nOBS_HOST=two\n');
    expect(read().fixed).toEqual({ obsPassword: 'my#pass', processingApiKey: 'k#1', obsHost: 'two' });
  });

  test.each([
    ['UTF-16, as Windows PowerShell 5 writes it', Buffer.from('\uFEFFOBS_PASSWORD=pä#ss\r\n', 'utf16le')],
    ['UTF-16, the other way round', Buffer.from('\uFEFFOBS_PASSWORD=pä#ss\r\n', 'utf16le').swap16()],
    ['UTF-8 with its mark', Buffer.from('\uFEFFOBS_PASSWORD=pä#ss\r\n')],
  ])('may be in %s', async (_, bytes) => {
    await writeFile(path.join(root, '.env'), bytes);
    expect(read().fixed).toEqual({ obsPassword: 'pä#ss' });
  });

  test.each([
    ['UTF-16 without its mark', Buffer.from('OBS_PASSWORD=pass\r\n', 'utf16le'), '.env'],
    ['an old code page', Buffer.from('# Zoë\nOBS_PASSWORD=pä\n', 'latin1'), 'OBS_PASSWORD'],
  ])('in %s is refused', async (_, bytes, variable) => {
    await writeFile(path.join(root, '.env'), bytes);
    expect(problem({})).toMatchObject({
      code: 'config_invalid',
      params: { variable, reason: expect.stringContaining('UTF-8') },
    });
    expect(problem({}, 'fr').params.reason).toMatch(/enregistrez/);
  });

  test('in an old code page may be, where that touches nothing of ours', async () => {
    await writeFile(path.join(root, '.env'), Buffer.from('# Zoë\nOTHER=ä\nOBS_HOST=studio\n', 'latin1'));
    expect(read().fixed).toEqual({ obsHost: 'studio' });
  });

  test('may hold what is not ours', async () => {
    await dotEnv('PATH=/x\nOTHER=1\nnonsense\n=\n');
    expect(read().fixed).toEqual({});
  });

  test('that is no file is said', async () => {
    await mkdir(path.join(root, '.env'));
    expect(problem({})).toMatchObject({ code: 'config_invalid', params: { variable: '.env' } });
  });
});

describe('folders', () => {
  test('that are relative start beside package.json, not where the agent was started', () => {
    expect(read({ STREAMAI_DATA_DIR: 'data' }).dataDir).toBe(path.posix.resolve(root, 'data'));
  });

  test('obey Windows’ rules there', () => {
    const windows = (value: string) => read({ RECORDINGS_DIR: value }, 'win32').fixed.recordingsDir;
    expect(windows('D:\\Vidéos')).toBe('D:\\Vidéos');
    expect(windows('~\\Videos')).toBe('C:\\Users\\Zoé\\Videos');
    expect(windows('\\\\nas\\share\\obs')).toBe('\\\\nas\\share\\obs');
  });
});

describe('what OBS’s folders are called here', () => {
  test('is read from one line, with this machine’s folders made whole', () => {
    const { fixed } = read({ OBS_PATH_MAPPINGS: ' D:\\Rec=/mnt/rec ; \\\\nas\\video = ~/video;' });
    expect(fixed.pathMappings).toEqual([
      { obs: 'D:\\Rec', here: '/mnt/rec' },
      { obs: '\\\\nas\\video', here: '/home/zoé/video' },
    ]);
    expect(read({ OBS_PATH_MAPPINGS: '/home/x/rec = Z:\\rec' }, 'win32').fixed.pathMappings).toEqual([
      { obs: '/home/x/rec', here: 'Z:\\rec' },
    ]);
  });

  test.each([
    ['D:\\Rec', 'OBS_PATH_MAPPINGS.0.here', 'must not be empty'],
    ['Rec = /mnt/rec', 'OBS_PATH_MAPPINGS.0.obs', 'is not a full path'],
    ['\\\\nas = /mnt/rec', 'OBS_PATH_MAPPINGS.0.obs', 'is not a full path'],
    ['D:\\a = /a; D:Rec = /mnt/rec', 'OBS_PATH_MAPPINGS.1.obs', 'is not a full path'],
    ['D:\\a = /a\n/b', 'OBS_PATH_MAPPINGS.0.here', 'must not have a semicolon or a line end'],
  ])('%j is refused', (text, variable, reason) => {
    const found = problem({ OBS_PATH_MAPPINGS: text });
    expect(found).toMatchObject({ code: 'config_invalid', params: { variable } });
    expect(String(found.params?.reason)).toContain(reason);
    expect(String(problem({ OBS_PATH_MAPPINGS: text }, 'fr').params?.reason)).not.toContain('is not');
  });
});
