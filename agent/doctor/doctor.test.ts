import { spawnSync } from 'node:child_process';
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { DoctorReport } from '../../shared/doctor.ts';
import { doctorChecks } from '../../shared/doctor.ts';
import { openDatabase } from '../storage/database.ts';
import { type Machine, machine, ourDock, simple, webServer } from './machine-fixture.ts';
import { reportText } from './report-text.ts';
import { examine } from './run-checks.ts';

const isRoot = process.getuid?.() === 0;

/** What a person reads first: the first fault, and where there is none the first warning. */
function first({ checks }: DoctorReport): { check: string; code: string | undefined } {
  const worst = checks.find(({ state }) => state === 'fault') ?? checks.find(({ state }) => state === 'warning');
  return { check: worst?.code ?? 'none', code: worst?.notices[0]?.code };
}

const report = async (of: Machine): Promise<DoctorReport> => examine(await of.world());

test('where all is well, every check is good', async () => {
  const { checks, counts } = await report(await machine());
  expect(checks.filter(({ state }) => state !== 'good')).toEqual([]);
  expect(counts).toEqual({ good: Object.keys(doctorChecks).length, warning: 0, fault: 0, skipped: 0 });
});

/** How a machine is broken, and what has to be named first. */
type Broken = readonly [name: string, check: string, code: string, how: (one: Machine) => unknown];

const session = `INSERT INTO sessions (id, name, name_key, state, started_by, started_at, duration_ms, auto_upload, subtitle_model, priority, notes, metadata)
  VALUES ('s', 'Lesson 7', 'lesson 7', 'recorded', 'rest', 1, 1, 1, 'base', 1, '', '{"scenes":[],"pauses":[]}');`;
const recording = (file: string): string =>
  `${session} INSERT INTO recordings (id, session_id, number, path, state, bytes, started_at)
    VALUES ('r', 's', 1, '${file}', 'ready', 9, 1);`;
const upload = (
  state: string,
): string => `INSERT INTO uploads (id, session_id, recording_id, destination, state, subtitle_model, priority, manual,
    bytes_total, created_at, error) VALUES ('u', 's', 'r', 'processing', '${state}', 'base', 1, 0, 9, 1,
    '{"code":"destination_auth","message":"The key was refused."}');`;

const noAgent = ({ now }: Machine): void => {
  now.agent = 'none';
};
/** Takes a port as another program does that speaks no HTTP. */
async function squat(port: number): Promise<void> {
  const server = createServer((socket) => socket.on('error', () => {}).end('220 no OBS here\r\n'));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
}

const broken: readonly Broken[] = [
  ['Node too old', 'node', 'doctor_node_old', ({ now }) => (now.program = { nodeVersion: 'v20.11.0' })],
  [
    'Node for another processor',
    'node',
    'doctor_node_emulated',
    ({ now }) => (now.program = { arch: 'x64', machine: 'arm64' }),
  ],
  [
    'dependencies missing',
    'program_files',
    'doctor_modules_missing',
    ({ now, root }) => (now.program = { modules: [path.join(root, 'node_modules', 'hono')] }),
  ],
  [
    'dock not built',
    'program_files',
    'doctor_dock_missing',
    ({ root }) => rm(path.join(root, 'dock', 'dist', 'index.html')),
  ],
  [
    'data folder missing',
    'data_folder',
    'doctor_data_folder_missing',
    async (one) => {
      noAgent(one);
      await rm(one.dataDir, { recursive: true });
    },
  ],
  [
    'data folder is a file',
    'data_folder',
    'folder_unreadable',
    async (one) => {
      await rm(one.dataDir, { recursive: true });
      await writeFile(one.dataDir, '');
    },
  ],
  ['data folder open to all', 'data_folder_private', 'doctor_folder_open', ({ dataDir }) => chmod(dataDir, 0o755)],
  [
    'database open to all',
    'data_folder_private',
    'doctor_folder_open',
    ({ dataDir }) => chmod(path.join(dataDir, 'streamai.db'), 0o666),
  ],
  [
    'log is a link',
    'data_folder_private',
    'folder_unreadable',
    ({ dataDir, home }) => symlink(home, path.join(dataDir, 'agent.log')),
  ],
  [
    'an agent that hangs has the data folder',
    'data_folder_use',
    'agent_silent',
    (one) => {
      noAgent(one);
      const held = openDatabase(path.join(one.dataDir, 'streamai.db'));
      onTestFinished(() => held.close());
    },
  ],
  [
    'port taken by another program',
    'port',
    'port_in_use',
    async (one) => {
      noAgent(one);
      await squat(one.port);
    },
  ],
  [
    'port taken by another StreamAI',
    'port',
    'doctor_port_other_agent',
    async (one) => {
      noAgent(one);
      await webServer(
        (_, response) => response.end('{"status":"healthy","version":"0.1.0","timestamp":"x"}'),
        one.port,
      );
    },
  ],
  [
    'listens at an address of another machine',
    'port',
    'doctor_address_unusable',
    (one) => {
      noAgent(one);
      one.dotEnv.push('AGENT_HOST=192.0.2.1', 'STREAMAI_ALLOW_REMOTE=1');
    },
  ],
  ['agent down', 'agent', 'agent_not_running', noAgent],
  [
    'another version runs',
    'agent',
    'doctor_other_version',
    ({ now }) => (now.agent = { url: 'http://127.0.0.1:1', version: '1.0.0' }),
  ],
  [
    'autostart off',
    'autostart',
    'doctor_autostart_off',
    ({ now }) => (now.autostart = { on: false, command: null, programExists: null }),
  ],
  [
    'autostart of a program that is gone',
    'autostart',
    'doctor_autostart_broken',
    ({ now }) => (now.autostart = { on: true, command: ['/gone/streamai', 'start'], programExists: false }),
  ],
  ['database of a newer version', 'stored_data', 'database_newer', ({ sql }) => sql('PRAGMA user_version = 9999')],
  [
    'a damaged row',
    'stored_data',
    'doctor_rows_damaged',
    ({ sql }) => sql(`${session} UPDATE sessions SET duration_ms = 9100000000000000, metadata = 'x'`),
  ],
  ['no OBS', 'obs_installed', 'setup_obs_not_found', ({ obsRoot }) => rm(obsRoot, { recursive: true })],
  [
    'OBS 27',
    'obs_installed',
    'setup_obs_too_old',
    ({ obsRoot }) => writeFile(path.join(obsRoot, 'global.ini'), `[General]\nLastVersion=${27 << 24}\n`),
  ],
  [
    'OBS never started',
    'obs_installed',
    'setup_never_started',
    async ({ obsRoot, now }) => {
      await rm(obsRoot, { recursive: true });
      await mkdir(obsRoot);
      now.runningObs = [];
    },
  ],
  [
    'OBS runs twice',
    'obs_running',
    'doctor_obs_twice',
    async ({ home, now }) => {
      const other = path.join(home, '.var', 'app', 'com.obsproject.Studio', 'config', 'obs-studio');
      await mkdir(other, { recursive: true });
      now.runningObs = [...now.runningObs, other];
    },
  ],
  [
    'the other OBS runs',
    'obs_configurations',
    'doctor_obs_other_configuration',
    async ({ home, now }) => {
      const other = path.join(home, 'snap', 'obs-studio', 'current', '.config', 'obs-studio');
      await mkdir(other, { recursive: true });
      await writeFile(path.join(other, 'global.ini'), '[OBSWebSocket]\nServerEnabled=false\nServerPort=4477\n');
      now.runningObs = [other];
    },
  ],
  [
    'OBS does not run',
    'obs_running',
    'doctor_obs_not_running',
    async ({ now, obs }) => {
      now.runningObs = [];
      await obs.dispose();
    },
  ],
  [
    'WebSocket off',
    'obs_websocket',
    'obs_websocket_disabled',
    async ({ writeWebsocket, obs }) => {
      await writeWebsocket({ server_enabled: false });
      await obs.dispose();
    },
  ],
  [
    'WebSocket settings damaged',
    'obs_websocket',
    'setup_file_damaged',
    ({ obsRoot }) =>
      writeFile(path.join(obsRoot, 'plugin_config', 'obs-websocket', 'config.json'), '{"server_enabled": tr'),
  ],
  [
    'OBS built without WebSocket',
    'obs_plugin',
    'setup_no_websocket',
    ({ plugins }) => rm(path.join(plugins, 'obs-websocket.so')),
  ],
  ['safe mode', 'obs_plugin', 'doctor_obs_safe_mode', ({ obs }) => obs.dispose()],
  [
    'another program has OBS’s port',
    'obs_port',
    'doctor_obs_port_other',
    async ({ obs }) => {
      await obs.dispose();
      await squat(obs.port);
    },
  ],
  [
    'wrong password',
    'obs_password',
    'obs_password_wrong',
    ({ dotEnv }) => dotEnv.push('OBS_PASSWORD=aWrongOne12345678'),
  ],
  ['OBS without docks', 'obs_browser', 'setup_no_docks', ({ plugins }) => rm(path.join(plugins, 'obs-browser.so'))],
  ['Wayland', 'obs_browser', 'doctor_wayland', ({ now }) => (now.env.XDG_SESSION_TYPE = 'wayland')],
  ['no dock', 'obs_dock', 'doctor_dock_absent', ({ writeDocks }) => writeDocks([])],
  [
    'dock with an old token',
    'obs_dock',
    'doctor_dock_address',
    (one) => one.writeDocks([{ ...ourDock(one), url: `http://127.0.0.1:${one.port}/#token=old` }]),
  ],
  [
    'two docks',
    'obs_dock',
    'doctor_dock_twice',
    (one) => one.writeDocks([ourDock(one), { ...ourDock(one), title: 'StreamAI 2', uuid: '0'.repeat(32) }]),
  ],
  [
    'recording folder missing',
    'recording_folder',
    'doctor_recording_folder_missing',
    ({ dotEnv, home }) => dotEnv.push(`RECORDINGS_DIR=${home}/gone`),
  ],
  [
    'plain MP4',
    'recording_format',
    'doctor_format_fragile',
    ({ writeProfile, recordings }) => writeProfile(simple(recordings, 'RecFormat2=mp4')),
  ],
  [
    'recording shares the stream’s encoder',
    'recording_format',
    'doctor_shared_encoder',
    ({ writeProfile, recordings }) => writeProfile(simple(recordings, 'RecQuality=Stream')),
  ],
  [
    'automatic remux',
    'recording_format',
    'doctor_auto_remux',
    ({ writeProfile, recordings }) => writeProfile(simple(recordings, '[Video]', 'AutoRemux=true')),
  ],
  [
    'a file that was never uploaded is gone',
    'recordings',
    'doctor_files_lost',
    ({ sql, home }) => sql(recording(`${home}/gone.mkv`)),
  ],
  [
    'an upload failed',
    'uploads',
    'doctor_uploads_failed',
    ({ sql, root }) => sql(recording(`${root}/.env`) + upload('failed')),
  ],
  [
    'an upload waits',
    'uploads',
    'doctor_uploads_waiting',
    ({ sql, root }) => sql(recording(`${root}/.env`) + upload('waiting')),
  ],
  [
    'an unknown variable',
    'env_file',
    'doctor_env_note',
    ({ dotEnv }) => dotEnv.push('VULTR_API_URI=https://example.com'),
  ],
  ['a variable that cannot be', 'env_file', 'config_invalid', ({ dotEnv }) => dotEnv.push('AGENT_PORT=many')],
  [
    '.env in UTF-16',
    'env_file',
    'doctor_env_utf16',
    async ({ root, dotEnv }) => {
      const text = `${dotEnv.splice(0).join('\r\n')}\r\n`;
      await writeFile(path.join(root, '.env'), Buffer.from(`\uFEFF${text}`, 'utf16le'), { mode: 0o600 });
    },
  ],
  [
    '.env in UTF-16 without its mark',
    'env_file',
    'config_invalid',
    async ({ root, dotEnv }) => {
      await writeFile(path.join(root, '.env'), Buffer.from(dotEnv.splice(0).join('\n'), 'utf16le'), { mode: 0o600 });
    },
  ],
  [
    '.env that others can read',
    'env_file',
    'doctor_env_open',
    async ({ root, dotEnv }) => {
      await writeFile(path.join(root, '.env'), dotEnv.splice(0).join('\n'));
      await chmod(path.join(root, '.env'), 0o644);
    },
  ],
  [
    '.env wins over the dock',
    'env_file',
    'doctor_env_wins',
    ({ sql }) => sql(`INSERT INTO settings VALUES ('processingUrl', '"https://example.com"')`),
  ],
  ['a proxy', 'proxy', 'doctor_proxy', ({ dotEnv }) => dotEnv.push('HTTP_PROXY=http://127.0.0.1:9')],
  [
    'processing server away',
    'processing',
    'destination_unreachable',
    ({ dotEnv }) => dotEnv.push('VULTR_API_URL=http://127.0.0.1:9'),
  ],
  [
    'processing server refuses the key',
    'processing',
    'destination_auth',
    async ({ dotEnv }) =>
      dotEnv.push(`VULTR_API_URL=${await webServer((_, response) => response.writeHead(401).end('{"detail":"no"}'))}`),
  ],
  [
    'wrong secret of Object Storage',
    'object_storage',
    'storage_secret_wrong',
    ({ dotEnv }) => dotEnv.push('VULTR_OBJECT_STORAGE_SECRET_KEY=wrong'),
  ],
  [
    'no such bucket',
    'object_storage',
    'storage_bucket_missing',
    ({ dotEnv }) => dotEnv.push('VULTR_OBJECT_STORAGE_BUCKET=other'),
  ],
  [
    'the clock is off',
    'object_storage',
    'doctor_clock',
    async ({ dotEnv }) => {
      const url = await webServer((_, response) =>
        response.setHeader('Date', new Date(Date.now() - 3_600_000).toUTCString()).end(),
      );
      dotEnv.push(`VULTR_OBJECT_STORAGE_ENDPOINT=${url}`);
    },
  ],
];

test.for(broken)('%s: that is named first', async ([, check, code, how]) => {
  const one = await machine();
  await how(one);
  const found = await report(one);
  expect({ ...first(found), text: reportText(found, 'en') }).toMatchObject({ check, code });
  expect(found.checks.find((each) => each.code === check)?.notices[0]?.message).not.toMatch(/[{}]/);
});

test.runIf(isRoot && process.platform === 'linux')('a disk that is nearly full is named first', async () => {
  const one = await machine();
  const full = path.join(one.home, 'full');
  await mkdir(full);
  expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', full]).status).toBe(0);
  onTestFinished(() => void spawnSync('umount', [full]));
  one.dotEnv.push(`RECORDINGS_DIR=${full}`);
  expect(first(await report(one))).toEqual({ check: 'recording_folder', code: 'doctor_disk_nearly_full' });
});

test('an OBS with a password that can be guessed, or with none, is told of', async () => {
  const one = await machine();
  const { obs } = one;
  await obs.dispose();
  one.now.runningObs = [];
  await one.writeWebsocket({ server_password: 'streamer1' });
  const of = async (): Promise<string | undefined> =>
    (await report(one)).checks.find(({ code }) => code === 'obs_password')?.notices[0]?.code;
  expect(await of()).toBe('doctor_obs_password_weak');
  await one.writeWebsocket({ auth_required: false });
  expect(await of()).toBe('setup_open_server');
});
