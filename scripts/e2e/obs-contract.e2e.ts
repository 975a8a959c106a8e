import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, realpath, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EventSubscription, OBSWebSocket, type OBSWebSocketError } from 'obs-websocket-js';
import { OBSWebSocket as JsonOBSWebSocket } from 'obs-websocket-js/json';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { describePeer } from '../rig/describe-peer.ts';
import { startObs } from '../rig/obs.ts';
import { defaultVideo } from '../rig/obs-config.ts';
import type { ObsOptions, RigObs } from '../rig/obs-types.ts';
import { peersOfObs } from '../rig/peers.ts';
import { run } from '../rig/processes.ts';
import { readBoxes, readMatroska } from '../rig/simulated-obs/read-container.ts';
import { isSimulated, startSimulatedObs } from '../rig/simulated-obs.ts';
import { until } from '../rig/until.ts';

/** What every OBS that we support is held against; the flags are where OBS's versions themselves differ. */
interface Target {
  readonly name: string;
  readonly start: (options: ObsOptions) => Promise<RigObs>;
  readonly kind: RigObs['kind'];
  readonly version: RegExp;
  readonly format: 'mkv' | 'hybrid_mp4';
  /** SplitRecordFile, CreateRecordChapter, RecordFileChanged (obs-websocket 5.5) and SetRecordDirectory (5.3). */
  readonly modern: boolean;
}

const old = { version: /^29\.0\./, format: 'mkv', modern: false } as const;
const modern = { version: /^32\.2\./, format: 'hybrid_mp4', modern: true } as const;

const targets: readonly Target[] = [
  {
    ...modern,
    name: 'simulated OBS 32.2',
    kind: 'simulated',
    start: (options) => startSimulatedObs({ ...options, plays: '32.2' }),
  },
  {
    ...old,
    name: 'simulated OBS 29.0',
    kind: 'simulated',
    start: (options) => startSimulatedObs({ ...options, plays: '29.0' }),
  },
  { ...modern, name: 'real OBS 32.2', kind: 'newest', start: (options) => startObs('newest', options) },
  { ...old, name: 'real OBS 29.0', kind: 'system', start: (options) => startObs('system', options) },
];

/** Every request that StreamAI makes, whatever the version. */
const requests = [
  'BroadcastCustomEvent',
  'GetHotkeyList',
  'GetOutputList',
  'GetOutputSettings',
  'GetOutputStatus',
  'GetPersistentData',
  'GetProfileList',
  'GetProfileParameter',
  'GetRecordDirectory',
  'GetRecordStatus',
  'GetSceneCollectionList',
  'GetSceneList',
  'GetStats',
  'GetVersion',
  'GetVideoSettings',
  'PauseRecord',
  'ResumeRecord',
  'SetCurrentProgramScene',
  'SetPersistentData',
  'SetProfileParameter',
  'StartRecord',
  'StopRecord',
  'ToggleRecord',
  'ToggleRecordPause',
  'TriggerHotkeyByName',
];
const modernRequests = ['CreateRecordChapter', 'SetRecordDirectory', 'SplitRecordFile'];

const outputName = 'adv_file_output';
/** Long enough for an event to come, when one comes. */
const silenceMs = 600;

interface RecordEvent {
  readonly outputActive: boolean;
  readonly outputState: string;
  readonly outputPath?: string | null;
}

for (const target of targets) await describePeer(peersOfObs[target.kind], target.name, () => contract(target));

function contract(target: Target): void {
  let folder: string;
  let rig: RigObs;
  let obs: OBSWebSocket;
  let events: RecordEvent[];

  beforeAll(async () => {
    folder = await realpath(await mkdtemp(path.join(os.tmpdir(), 'streamai-contract-')));
    rig = await target.start({ recordingsDir: folder, format: target.format, split: true });
  });

  afterAll(async () => {
    await rig?.dispose();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    obs = await connect();
    events = [];
    obs.on('RecordStateChanged', (event) => events.push(event as RecordEvent));
  });

  afterEach(async () => {
    if (!rig.running) return;
    if ((await obs.call('GetRecordStatus')).outputActive) await stop();
    await obs.disconnect();
  });

  test('accepts the password and tells its versions', async () => {
    const client = new OBSWebSocket();
    const hello = await client.connect(url(), rig.password);
    const version = await client.call('GetVersion');
    await client.disconnect();
    expect(hello).toMatchObject({ rpcVersion: 1, negotiatedRpcVersion: 1 });
    expect(hello.obsWebSocketVersion).toBe(version.obsWebSocketVersion);
    expect(version.obsVersion).toMatch(target.version);
    expect(rig.version).toMatch(target.version);
    expect(version.availableRequests).toEqual(expect.arrayContaining(requests));
    const newer = version.availableRequests.filter((name) => modernRequests.includes(name));
    expect(newer.sort()).toEqual(target.modern ? modernRequests : []);
  });

  test('speaks JSON as well as MessagePack', async () => {
    const client = new JsonOBSWebSocket();
    await client.connect(url(), rig.password);
    const viaJson = await client.call('GetVersion');
    await client.disconnect();
    expect(viaJson.obsVersion).toBe((await obs.call('GetVersion')).obsVersion);
  });

  test.each([
    ['a wrong password', 'wrong'],
    ['no password', undefined],
  ])('closes with 4009 for %s', async (_what, password) => {
    await expect(new OBSWebSocket().connect(url(), password)).rejects.toMatchObject({ code: 4009 });
  });

  test('starts, records and stops with its events in order', async () => {
    const started = await start();
    expect(events.map(short)).toEqual(['STARTING', 'STARTED']);
    expect(events[0]).toEqual({
      outputActive: false,
      outputPath: null,
      outputState: 'OBS_WEBSOCKET_OUTPUT_STARTING',
    });
    expect(started).toEqual({
      outputActive: true,
      outputPath: expect.stringMatching(/\/\d{4}-\d\d-\d\d \d\d-\d\d-\d\d\.(mkv|mp4)$/),
      outputState: 'OBS_WEBSOCKET_OUTPUT_STARTED',
    });
    expect(path.dirname(started.path)).toBe(folder);
    await soon('the file exists', () => existsSync(started.path));

    const { outputPath } = await obs.call('StopRecord');
    expect(outputPath).toBe(started.path);
    await state('STOPPED');
    expect(events.slice(2)).toEqual([
      { outputActive: false, outputPath: null, outputState: 'OBS_WEBSOCKET_OUTPUT_STOPPING' },
      { outputActive: false, outputPath: started.path, outputState: 'OBS_WEBSOCKET_OUTPUT_STOPPED' },
    ]);
    await idle();
  });

  test('tells what it records', async () => {
    const before = await obs.call('GetRecordStatus');
    expect(before).toMatchObject({
      outputActive: false,
      outputPaused: false,
      outputTimecode: '00:00:00.000',
      outputDuration: 0,
    });
    const started = await start();
    const during = await obs.call('GetRecordStatus');
    expect(Object.keys(during).sort()).toEqual(Object.keys(before).sort());
    expect(during).toMatchObject({ outputActive: true, outputPaused: false });
    const later = await soon('time passes', async () => {
      const status = await obs.call('GetRecordStatus');
      return status.outputDuration > 0 && status.outputBytes > 0 && status;
    });
    expect(later.outputTimecode).toMatch(/^00:00:\d\d\.\d{3}$/);
    const { outputSettings } = await obs.call('GetOutputSettings', { outputName });
    expect(outputSettings).toMatchObject({
      path: started.path,
      directory: folder,
      extension: target.format === 'mkv' ? 'mkv' : 'mp4',
      format: '%CCYY-%MM-%DD %hh-%mm-%ss',
      split_file: true,
    });
    const { outputs } = await obs.call('GetOutputList');
    expect(outputs).toContainEqual(expect.objectContaining({ outputName, outputActive: true }));
    const stats = await obs.call('GetStats');
    expect(stats).toMatchObject({ outputSkippedFrames: expect.any(Number), outputTotalFrames: expect.any(Number) });
    expect(stats.availableDiskSpace).toBeGreaterThan(0);
    await stop();
    expect(await obs.call('GetRecordStatus')).toMatchObject({ outputActive: false, outputDuration: 0 });
  });

  test('counts bytes from the first recording on for hybrid formats, from each one’s beginning for others', async () => {
    const bytesAtStart = async (): Promise<number> => (await obs.call('GetRecordStatus')).outputBytes;
    await start();
    const first = await until('bytes are counted', async () => {
      const bytes = await bytesAtStart();
      return bytes > 20_000 && bytes;
    });
    await stop();
    await start();
    const second = await bytesAtStart();
    if (target.modern) expect(second).toBeGreaterThanOrEqual(first);
    else expect(second).toBeLessThan(first);
    await stop();
  });

  test('pauses and resumes', async () => {
    await start();
    await recordSome();
    await obs.call('PauseRecord');
    await state('PAUSED');
    expect(events.at(-1)).toEqual({
      outputActive: false,
      outputPath: null,
      outputState: 'OBS_WEBSOCKET_OUTPUT_PAUSED',
    });
    expect(await code('PauseRecord')).toBe(502);
    expect(await obs.call('GetRecordStatus')).toMatchObject({ outputActive: true, outputPaused: true });
    await delay(silenceMs);
    await obs.call('ResumeRecord');
    await state('RESUMED');
    expect(events.at(-1)).toEqual({
      outputActive: true,
      outputPath: null,
      outputState: 'OBS_WEBSOCKET_OUTPUT_RESUMED',
    });
    expect(await code('ResumeRecord')).toBe(503);
    await recordSome();
    expect(await obs.call('ToggleRecordPause')).toEqual({ outputPaused: true });
    await state('PAUSED', 2);
    // Stopped at once, real OBS can hang its output for good.
    await delay(silenceMs);
    await stop();
    expect(events.map(short)).toEqual(['STARTING', 'STARTED', 'PAUSED', 'RESUMED', 'PAUSED', 'STOPPING', 'STOPPED']);
  });

  test('refuses a second start while it records', async () => {
    await start();
    expect(await code('StartRecord')).toBe(500);
    if (target.modern) expect(await code('SetRecordDirectory', { recordDirectory: folder })).toBe(500);
    await stop();
  });

  test('refuses what makes no sense while nothing is recorded', async () => {
    expect(await code('StopRecord')).toBe(501);
    expect(await code('ResumeRecord')).toBe(503);
    expect(await code('SplitRecordFile')).toBe(target.modern ? 501 : 204);
    expect(await code('CreateRecordChapter', { chapterName: 'x' })).toBe(target.modern ? 501 : 204);
    // Pausing is answered with success all the same.
    expect(await code('PauseRecord')).toBe(100);
    await delay(silenceMs);
    expect(events).toEqual([]);
  });

  test.each([
    ['NoSuchRequest', undefined, 204],
    ['GetProfileParameter', undefined, 301],
    ['GetProfileParameter', { parameterCategory: 'Output' }, 300],
    ['GetProfileParameter', { parameterCategory: 5, parameterName: 'x' }, 401],
    ['GetProfileParameter', { parameterCategory: '', parameterName: 'x' }, 403],
    ['SetProfileParameter', { parameterCategory: 'a', parameterName: 'b', parameterValue: 5 }, 401],
    ['GetOutputSettings', { outputName: 'no_such_output' }, 600],
    ['TriggerHotkeyByName', { hotkeyName: 'NoSuchHotkey' }, 600],
    ['SetCurrentProgramScene', { sceneName: 'no such scene' }, 600],
    ['GetPersistentData', { realm: 'no such realm', slotName: 'x' }, 600],
    ['BroadcastCustomEvent', { eventData: {} }, 403],
    ['BroadcastCustomEvent', { eventData: 'x' }, 401],
  ])('answers %s %j with %i', async (type, data, expected) => {
    expect(await code(type, data)).toBe(expected);
  });

  test('names files after FilenameFormatting, whatever characters it has', async () => {
    const today = new Date().getDate().toString().padStart(2, '0');
    const extension = target.format === 'mkv' ? 'mkv' : 'mp4';
    for (const [format, name] of [
      ['été 日本 🎬 100%% %DD', `été 日本 🎬 100% ${today}.${extension}`],
      ["it's #1; a=b & c", `it's #1; a=b & c.${extension}`],
      ['100% a%%DD', `100 a%DD.${extension}`],
      ['sub\\folder/name', `sub/folder/name.${extension}`],
    ] as const) {
      await setFormat(format);
      const started = await start();
      await stop();
      expect(started.path).toBe(`${folder}/${name}`);
      expect(existsSync(started.path)).toBe(true);
    }
    await setFormat(null);
  });

  test('numbers a name that exists', async () => {
    await setFormat('same');
    const first = await start();
    await stop();
    const second = await start();
    await setFormat(null);
    await stop();
    expect([first, second].map(({ path: file }) => path.parse(file).name)).toEqual(['same', 'same (2)']);
  });

  test('keeps profile parameters apart from their defaults', async () => {
    const unset = { parameterValue: null, defaultParameterValue: null };
    const own = { parameterCategory: 'StreamAI', parameterName: 'Marker' };
    expect(await obs.call('GetProfileParameter', own)).toEqual(unset);
    for (const parameterValue of ['été 日本 🎬', '', ' spaces ', 'a\nb\\n#c;d=e']) {
      await obs.call('SetProfileParameter', { ...own, parameterValue });
      expect(await obs.call('GetProfileParameter', own)).toEqual({ ...unset, parameterValue });
    }
    expect(await code('SetProfileParameter', { ...own, parameterValue: null })).toBe(100);
    expect(await obs.call('GetProfileParameter', own)).toEqual(unset);
    expect(await code('SetProfileParameter', { ...own, parameterValue: null })).toBe(600);

    const format = { parameterCategory: 'Output', parameterName: 'FilenameFormatting' };
    const defaultParameterValue = '%CCYY-%MM-%DD %hh-%mm-%ss';
    for (const value of ['x', '', null]) {
      await setFormat(value);
      expect(await obs.call('GetProfileParameter', format)).toEqual({
        parameterValue: value ?? defaultParameterValue,
        defaultParameterValue,
      });
    }
    expect(await obs.call('GetProfileParameter', { parameterCategory: 'Output', parameterName: 'Mode' })).toEqual({
      parameterValue: 'Advanced',
      defaultParameterValue: 'Simple',
    });
  });

  test('keeps persistent data', async () => {
    const slot = { realm: 'OBS_WEBSOCKET_DATA_REALM_GLOBAL', slotName: 'streamai' };
    await obs.call('SetPersistentData', { ...slot, slotValue: { a: [1, 'é'] } });
    // Older ones read their own UTF-8 as Latin-1.
    const text = target.modern ? 'é' : 'Ã©';
    expect(await obs.call('GetPersistentData', slot)).toEqual({ slotValue: { a: [1, text] } });
    const other = { ...slot, slotName: 'other' };
    expect(await obs.call('GetPersistentData', other)).toEqual({ slotValue: null });
  });

  test('describes profile, scenes and video', async () => {
    expect(await obs.call('GetProfileList')).toEqual({ currentProfileName: 'Untitled', profiles: ['Untitled'] });
    expect(await obs.call('GetSceneCollectionList')).toMatchObject({ currentSceneCollectionName: 'Untitled' });
    expect(await obs.call('GetRecordDirectory')).toEqual({ recordDirectory: folder });
    const { scenes, currentProgramSceneName } = await obs.call('GetSceneList');
    expect(scenes.map(({ sceneName }) => sceneName)).toEqual(['Scene B', 'Scene A']);
    expect(currentProgramSceneName).toBe('Scene A');
    expect(await obs.call('GetVideoSettings')).toEqual({
      baseHeight: defaultVideo.height,
      baseWidth: defaultVideo.width,
      fpsDenominator: 1,
      fpsNumerator: defaultVideo.fps,
      outputHeight: defaultVideo.height,
      outputWidth: defaultVideo.width,
    });
  });

  test('announces the scene that was switched to', async () => {
    const switched: unknown[] = [];
    obs.on('CurrentProgramSceneChanged', (event) => switched.push(event));
    for (const sceneName of ['Scene B', 'Scene A']) {
      await obs.call('SetCurrentProgramScene', { sceneName });
      await soon(`${sceneName} is on`, () => switched.length > 0);
      expect(switched.splice(0)).toEqual([
        { sceneName, ...(target.modern && { sceneUuid: expect.stringMatching(/^[0-9a-f-]{36}$/) }) },
      ]);
    }
  });

  test('announces scenes that are made, renamed and removed', async () => {
    const heard: string[] = [];
    let renamed: unknown;
    obs.on('SceneListChanged', ({ scenes }) =>
      heard.push(
        scenes
          .map((scene) => scene.sceneName)
          .sort()
          .join(', '),
      ),
    );
    obs.on('SceneNameChanged', (event) => {
      renamed = event;
    });
    const list = (names: string) => soon(`the scenes are ${names}`, () => heard.at(-1) === names);
    await obs.call('CreateScene', { sceneName: 'Scene C' });
    await list('Scene A, Scene B, Scene C');
    await obs.call('SetSceneName', { sceneName: 'Scene C', newSceneName: 'Scène D' });
    expect(await soon('it is renamed', () => renamed)).toEqual({
      oldSceneName: 'Scene C',
      sceneName: 'Scène D',
      ...(target.modern && { sceneUuid: expect.stringMatching(/^[0-9a-f-]{36}$/) }),
    });
    await obs.call('RemoveScene', { sceneName: 'Scène D' });
    await list('Scene A, Scene B');
  });

  test('sends only the events that were subscribed to', async () => {
    const general = await connect(EventSubscription.General);
    const heard: string[] = [];
    general.on('RecordStateChanged', () => heard.push('RecordStateChanged'));
    general.on('CustomEvent', () => heard.push('CustomEvent'));
    await start();
    await stop();
    await obs.call('BroadcastCustomEvent', { eventData: { hello: 'été' } });
    await soon('the event comes', () => heard.length > 0);
    expect(heard).toEqual(['CustomEvent']);
    await general.reidentify({ eventSubscriptions: EventSubscription.Outputs });
    await start();
    await soon('the events come', () => heard.length > 2);
    expect(heard).toEqual(['CustomEvent', 'RecordStateChanged', 'RecordStateChanged']);
    await general.disconnect();
    await stop();
  });

  test('splits: STOPPED names the first file, and both are whole', async () => {
    const changed: string[] = [];
    // Typed in obs-websocket-js; absent before 5.5.
    obs.on('RecordFileChanged', ({ newOutputPath }) => changed.push(newOutputPath));
    const started = await start();
    await recordSome();
    const others = new Set(await readdir(folder));
    if (target.modern) await obs.call('SplitRecordFile');
    else await press('SplitFile');
    const second = await soon('a second file exists', async () => {
      const name = (await readdir(folder)).find((file) => !others.has(file) && file !== path.basename(started.path));
      return name !== undefined && path.join(folder, name);
    });
    await soon('the first file is whole', () => isWhole(started.path));
    const { outputSettings } = await obs.call('GetOutputSettings', { outputName });
    expect(outputSettings.path).toBe(started.path);
    const stopped = await stop();
    expect(stopped.outputPath).toBe(started.path);
    expect(changed).toEqual(target.modern ? [second] : []);
    await soon('the second file is whole', () => isWhole(second));
  });

  test('rewrites only the beginning when it finalises', async () => {
    const { path: file } = await start();
    const growing = await soon('bytes are on disk', async () => {
      const bytes = existsSync(file) ? await readFile(file) : Buffer.alloc(0);
      return bytes.length > 2000 && bytes;
    });
    expect(isFinalised(growing)).toBe(false);
    if (target.modern) await obs.call('CreateRecordChapter', { chapterName: 'Chapter é' });
    await stop();
    await soon('it is whole', () => isWhole(file));
    const final = await readFile(file);
    const changed = [...growing.keys()].filter((at) => growing[at] !== final[at]);
    const [first, last] = target.format === 'mkv' ? [44, 720] : [11, 47];
    expect(changed.length).toBeGreaterThan(0);
    expect(changed.at(0)).toBeGreaterThanOrEqual(first);
    expect(changed.at(-1)).toBeLessThanOrEqual(last);
    if (target.modern) expect(final.includes(Buffer.from('Chapter é'))).toBe(true);
    const types = (target.format === 'mkv' ? readMatroska(final) : readBoxes(final)).map(({ type }) => type);
    const [beginning, end] =
      target.format === 'mkv' ? [['EBML', 'Segment', 'SeekHead'], 'Cues'] : [['ftyp', 'mdat'], 'moov'];
    expect(types.slice(0, beginning.length)).toEqual(beginning);
    expect(types.at(-1)).toBe(end);
  });

  test('records by hotkey, with the same events', async () => {
    const { hotkeys } = await obs.call('GetHotkeyList');
    const names = ['StartRecording', 'StopRecording', 'PauseRecording', 'UnpauseRecording', 'SplitFile'];
    expect(hotkeys).toEqual(expect.arrayContaining(names.map((name) => `OBSBasic.${name}`)));
    expect(hotkeys.includes('OBSBasic.AddChapterMarker')).toBe(target.modern);
    await press('StartRecording');
    await state('STARTED');
    await recordSome();
    await press('PauseRecording');
    await state('PAUSED');
    await delay(silenceMs);
    await press('UnpauseRecording');
    if (target.modern) {
      await state('RESUMED');
      await recordSome();
      await press('StopRecording');
      await state('STOPPED');
      expect(events.map(short)).toEqual(['STARTING', 'STARTED', 'PAUSED', 'RESUMED', 'STOPPING', 'STOPPED']);
      return idle();
    }
    // Before 5.2 TriggerHotkeyByName never lets go of a key: the other one of a pair is dead until OBS restarts.
    await press('StopRecording');
    await delay(silenceMs);
    expect(events.map(short)).toEqual(['STARTING', 'STARTED', 'PAUSED']);
    await stop();
  });

  test('answers success to a start that fails behind a dialog', async () => {
    const where = { parameterCategory: 'AdvOut', parameterName: 'RecFilePath' };
    const parameterValue = path.join(folder, 'no', 'such', 'folder');
    await obs.call('SetProfileParameter', { ...where, parameterValue });
    expect(await code('StartRecord')).toBe(100);
    await delay(silenceMs);
    expect(events).toEqual([]);
    expect(await obs.call('GetRecordStatus')).toMatchObject({ outputActive: false });
    await obs.call('SetProfileParameter', { ...where, parameterValue: folder });
  });

  if (target.format === 'mkv') {
    test('begins to stop, and no more, while its muxer hangs', async () => {
      await freshObs();
      const { path: file } = await start();
      await recordSome();
      const release = await hangMuxer(rig, file);
      await obs.call('StopRecord');
      await state('STOPPING');
      await delay(silenceMs);
      // It takes a second one, which changes nothing.
      await obs.call('StopRecord');
      await delay(silenceMs);
      expect(events.map(short)).toEqual(['STARTING', 'STARTED', 'STOPPING']);
      const { outputActive, outputDuration } = await obs.call('GetRecordStatus');
      expect(outputActive).toBe(true);
      await delay(silenceMs);
      expect(await obs.call('GetRecordStatus')).toMatchObject({ outputActive, outputDuration });
      await rig.kill();
      release();
      await freshObs();
    });
  }

  test('leaves its file when it is killed, and comes back on the same port', async () => {
    await freshObs();
    const { path: file } = await start();
    await soon('bytes are on disk', () => existsSync(file) && stat(file).then(({ size }) => size > 0));
    const framesBefore = await soon('frames are rendered', async () => {
      const { renderTotalFrames } = await obs.call('GetStats');
      return renderTotalFrames > 3 * defaultVideo.fps && renderTotalFrames;
    });
    const closed = new Promise<OBSWebSocketError>((resolve) => obs.once('ConnectionClosed', resolve));
    await rig.kill();
    expect((await closed).code).toBe(1006);
    expect(rig.running).toBe(false);
    // FFmpeg's formats are written by a process of their own, which outlives OBS and finalises what it got.
    if (target.format === 'mkv') await soon('the file is whole', () => isWhole(file));
    else expect(await isWhole(file)).toBe(false);
    const { port } = rig;
    await rig.restart();
    expect(rig.port).toBe(port);
    obs = await connect();
    expect(await obs.call('GetRecordStatus')).toMatchObject({ outputActive: false });
    // Another run of OBS: its frames begin anew.
    expect((await obs.call('GetStats')).renderTotalFrames).toBeLessThan(framesBefore);
  });

  /** The dialog of a failed start is still open, or its muxer hangs. */
  async function freshObs(): Promise<void> {
    await rig.kill();
    await rig.restart();
    obs = await connect();
    obs.on('RecordStateChanged', (event) => events.push(event as RecordEvent));
  }

  function url(): string {
    return `ws://${rig.host}:${rig.port}`;
  }

  async function connect(eventSubscriptions?: number): Promise<OBSWebSocket> {
    const client = new OBSWebSocket();
    await client.connect(url(), rig.password, eventSubscriptions === undefined ? {} : { eventSubscriptions });
    return client;
  }

  async function start() {
    events.length = 0;
    await obs.call('StartRecord');
    const event = await state('STARTED');
    if (typeof event.outputPath !== 'string') throw new Error('STARTED has no path');
    return Object.defineProperty({ ...event, path: event.outputPath }, 'path', { enumerable: false });
  }

  async function stop(): Promise<RecordEvent> {
    await obs.call('StopRecord');
    const event = await state('STOPPED');
    await idle();
    return event;
  }

  /** STOPPED is not quite the end: for some milliseconds the output still counts as active, and a start is lost. */
  async function idle(): Promise<void> {
    await soon('the output is idle', async () => !(await obs.call('GetRecordStatus')).outputActive);
  }

  /**
   * Lets some frames be recorded. Real OBS's record output can hang for good (no frames, no STOPPED) when it is paused
   * within a fifth of a second after STARTED, resumed that soon after a pause, or paused or stopped that soon after a
   * resume.
   */
  async function recordSome(): Promise<void> {
    const { outputDuration: from } = await obs.call('GetRecordStatus');
    const enough = async () => (await obs.call('GetRecordStatus')).outputDuration >= from + 600;
    await soon('frames are recorded', enough);
  }

  async function state(name: string, count = 1): Promise<RecordEvent> {
    return await soon(`OBS says ${name}`, () => events.filter((event) => short(event) === name).at(count - 1));
  }

  async function press(name: string): Promise<void> {
    await obs.call('TriggerHotkeyByName', { hotkeyName: `OBSBasic.${name}` });
  }

  async function setFormat(format: string | null): Promise<void> {
    const parameter = { parameterCategory: 'Output', parameterName: 'FilenameFormatting', parameterValue: format };
    expect(await code('SetProfileParameter', parameter)).toBe(100);
  }

  /** A request's status code; 100 is success. Takes what obs-websocket-js's types forbid. */
  async function code(type: string, data?: Record<string, unknown>): Promise<number> {
    const call = obs.call.bind(obs) as (type: string, data?: Record<string, unknown>) => Promise<unknown>;
    return await call(type, data).then(
      () => 100,
      (error: OBSWebSocketError) => error.code,
    );
  }

  async function isWhole(file: string): Promise<boolean> {
    return isFinalised(await readFile(file));
  }

  function isFinalised(file: Buffer): boolean {
    if (target.format === 'mkv') {
      const segment = readMatroska(file).find(({ type }) => type === 'Segment');
      return segment?.size !== undefined && segment.at + segment.size === file.length;
    }
    const boxes = readBoxes(file);
    const last = boxes.at(-1);
    return boxes[1]?.type === 'mdat' && last?.type === 'moov' && last.at + (last.size ?? 0) === file.length;
  }
}

/** Lets the program that writes this file do nothing more. @returns lets it go on */
async function hangMuxer(rig: RigObs, file: string): Promise<() => void> {
  if (isSimulated(rig)) {
    rig.misbehave({ stop: 'hangs' });
    return () => rig.misbehave({ stop: 'normal' });
  }
  // Its command line names the file; so does the one of the shell that started it.
  const pids = (await run('pgrep', ['--full', file])).trim().split('\n').map(Number);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  return () => {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  };
}

function short({ outputState }: RecordEvent): string {
  return outputState.replace('OBS_WEBSOCKET_OUTPUT_', '');
}

/** Looks often: OBS's steps take milliseconds. */
function soon<T>(what: string, ask: () => T | Promise<T>) {
  return until(what, ask, { ms: 5000, everyMs: 10 });
}
