import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { disk } from '../../agent/files/disk.ts';
import { freePort } from './free-port.ts';
import { noiseBytes } from './noise.ts';
import type { ObsOptions } from './obs-types.ts';

/** The size and rate that OBS under test records at: small, to spare the machine. */
export const defaultVideo = { width: 320, height: 180, fps: 10 } as const;

/** What an ObsOptions becomes once every default is filled in. */
export type FullObsOptions = Required<ObsOptions>;

/** Makes the recordings' folder, and fills in what the options leave open. */
export async function withDefaults(options: ObsOptions): Promise<FullObsOptions> {
  await mkdir(options.recordingsDir, { recursive: true });
  return {
    // Not any that listen() would give: OBS comes back on the same one after a restart.
    port: options.port ?? (await freePort()),
    password: randomBytes(12).toString('base64url'),
    format: 'mkv',
    split: false,
    elsewhere: false,
    kbps: 2500,
    video: defaultVideo,
    websocket: true,
    outputMode: 'Advanced',
    profile: {},
    ...options,
    recordingsDir: await disk.realpath(options.recordingsDir),
  };
}

type Ini = Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>>;

/**
 * Writes everything that OBS reads at its start, so that it neither asks nor waits: no wizard, no dialog, two scenes,
 * obs-websocket with a known port and password. OBS's words for each key: obs-studio, frontend/OBSApp.cpp and
 * OBSBasic.cpp; obs-websocket, src/Config.cpp.
 * @param configDir OBS's config root, such as ~/.config/obs-studio
 * @param jsonWebsocketConfig true from 30.2 on, where obs-websocket has a file of its own instead of keys in global.ini
 */
export async function writeObsConfig(
  configDir: string,
  options: FullObsOptions,
  jsonWebsocketConfig: boolean,
): Promise<void> {
  const profile = path.join(configDir, 'basic', 'profiles', 'Untitled');
  const scenes = path.join(configDir, 'basic', 'scenes');
  const websocket = path.join(configDir, 'plugin_config', 'obs-websocket');
  await Promise.all([profile, scenes, websocket].map((folder) => mkdir(folder, { recursive: true })));

  // FirstRun=true means that the first run is over; LastVersion (32.1.0 here) keeps OBS from telling what is new.
  const app: Ini = {
    // Nobody looks: drawing the preview in software costs more than recording does.
    BasicWindow: { PreviewEnabled: false },
    General: { FirstRun: true, LastVersion: 0x20010000, ConfirmOnExit: false, EnableAutoUpdates: false },
    Basic: {
      Profile: 'Untitled',
      ProfileDir: 'Untitled',
      SceneCollection: 'Untitled',
      SceneCollectionFile: 'Untitled',
    },
  };
  const websocketKeys: Ini = {
    OBSWebSocket: {
      // At its first load obs-websocket makes a password, and writes down the rest of its settings.
      FirstLoad: options.password === '',
      ServerEnabled: options.websocket,
      ServerPort: options.port,
      ...(options.password !== '' && { AlertsEnabled: false, AuthRequired: true, ServerPassword: options.password }),
    },
  };
  const noise = path.join(configDir, 'noise.bmp');
  await Promise.all([
    writeFile(path.join(configDir, 'global.ini'), ini(jsonWebsocketConfig ? app : { ...app, ...websocketKeys })),
    // From 31.0 on the user's part of global.ini lives here.
    ...(jsonWebsocketConfig ? [writeFile(path.join(configDir, 'user.ini'), ini(app))] : []),
    ...(jsonWebsocketConfig
      ? [writeFile(path.join(websocket, 'config.json'), JSON.stringify(websocketConfig(options)))]
      : []),
    writeFile(path.join(profile, 'basic.ini'), ini(profileSettings(options))),
    writeFile(
      path.join(profile, 'recordEncoder.json'),
      JSON.stringify({ rate_control: 'CBR', bitrate: options.kbps, keyint_sec: 1, preset: 'ultrafast' }),
    ),
    writeFile(path.join(scenes, 'Untitled.json'), JSON.stringify(sceneCollection(noise, options.video))),
    writeFile(noise, noiseBmp(64, 36)),
  ]);
}

function websocketConfig(options: FullObsOptions): object {
  return {
    first_load: options.password === '',
    server_enabled: options.websocket,
    server_port: options.port,
    ...(options.password !== '' && { alerts_enabled: false, auth_required: true, server_password: options.password }),
  };
}

/** The profile; RecFormat is the key up to 29.1, RecFormat2 later, and each OBS ignores the other one. */
function profileSettings(options: FullObsOptions): Ini {
  const settings: Record<string, Record<string, string | number | boolean>> = ownSettings(options);
  for (const [key, value] of Object.entries(options.profile)) {
    const [section = '', name = ''] = key.split('/', 2);
    settings[section] = { ...settings[section], [name]: value };
  }
  return settings;
}

function ownSettings(options: FullObsOptions): Record<string, Record<string, string | number | boolean>> {
  const format = { RecFormat: options.format, RecFormat2: options.format };
  return {
    General: { Name: 'Untitled' },
    Output: { Mode: options.outputMode },
    AdvOut: {
      ...format,
      RecType: 'Standard',
      RecFilePath: options.recordingsDir,
      RecEncoder: 'obs_x264',
      RecSplitFile: options.split,
      RecSplitFileType: 'Manual',
      TrackIndex: 1,
    },
    SimpleOutput: {
      ...format,
      FilePath: options.recordingsDir,
      RecQuality: 'Small',
      RecEncoder: 'x264',
      StreamEncoder: 'x264',
      Preset: 'ultrafast',
      VBitrate: options.kbps,
    },
    Video: {
      BaseCX: options.video.width,
      BaseCY: options.video.height,
      OutputCX: options.video.width,
      OutputCY: options.video.height,
      FPSType: 0,
      FPSCommon: options.video.fps,
    },
  };
}

/** Two scenes: noise that scrolls (so that frames differ and the bitrate holds), and a plain colour. */
function sceneCollection(noise: string, video: FullObsOptions['video']): object {
  const scroll = { id: 'scroll_filter', name: 'Scroll', settings: { speed_x: 97, speed_y: 31 } };
  return {
    name: 'Untitled',
    current_scene: 'Scene A',
    current_program_scene: 'Scene A',
    scene_order: [{ name: 'Scene A' }, { name: 'Scene B' }],
    sources: [
      { id: 'image_source', name: 'Noise', settings: { file: noise }, filters: [scroll] },
      {
        id: 'color_source_v3',
        name: 'Colour',
        settings: { color: 0xff8b_4513, width: video.width, height: video.height },
      },
      scene('Scene A', 'Noise', video),
      scene('Scene B', 'Colour', video),
    ],
  };
}

function scene(name: string, source: string, { width, height }: FullObsOptions['video']): object {
  const item = {
    name: source,
    id: 1,
    visible: true,
    pos: { x: 0, y: 0 },
    scale: { x: 1, y: 1 },
    bounds_type: 1, // OBS_BOUNDS_STRETCH
    bounds: { x: width, y: height },
  };
  return { id: 'scene', name, settings: { id_counter: 1, items: [item] } };
}

/** Qt and OBS read backslash as an escape in their INI files. */
function ini(sections: Ini): string {
  const lines = Object.entries(sections).flatMap(([name, values]) => [
    `[${name}]`,
    ...Object.entries(values).map(([key, value]) => `${key}=${String(value).replaceAll('\\', '\\\\')}`),
    '',
  ]);
  return lines.join('\n');
}

/** An uncompressed 24-bit BMP of reproducible noise. */
function noiseBmp(width: number, height: number): Buffer {
  const header = 54;
  const file = Buffer.alloc(header + Math.ceil((width * 3) / 4) * 4 * height);
  file.write('BM', 0, 'latin1');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(header, 10);
  file.writeUInt32LE(40, 14); // BITMAPINFOHEADER
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26); // planes
  file.writeUInt16LE(24, 28); // bits per pixel
  noiseBytes(file.length - header, 0).copy(file, header);
  return file;
}

/** The password that obs-websocket has written down; '' while there is none. @param configDir as `writeObsConfig` */
export async function writtenPassword(configDir: string): Promise<string> {
  const text = async (...names: string[]): Promise<string> =>
    readFile(path.join(configDir, ...names), 'utf8').catch(() => '');
  const json = await text('plugin_config', 'obs-websocket', 'config.json');
  const found = /"server_password": ?"([^"]*)"/.exec(json) ?? /^ServerPassword=(.*)$/m.exec(await text('global.ini'));
  return found?.[1] ?? '';
}
