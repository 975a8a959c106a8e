import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Asking } from './asking.ts';
import { checkPathMappings } from './path-mapping-check.ts';

/** An OBS on Windows that records into D:\Rec. @param file what it records now, or recorded last; null: nothing since its start */
function obsWith(file: string | null, active: boolean, connected = true) {
  const answers: Readonly<Record<string, unknown>> = {
    GetRecordDirectory: { recordDirectory: 'D:/Rec' },
    GetOutputStatus: { outputActive: active },
    GetOutputSettings: { outputSettings: file === null ? {} : { path: file } },
  };
  const askAsTold = (async (request: string, data?: { outputName?: string }) => {
    if (data?.outputName !== undefined && data.outputName !== 'adv_file_output') throw new Error('there is none');
    return answers[request];
  }) as Asking['ask'];
  return { obs: { connected, askAsTold }, appearsWithinMs: 1500 };
}

async function folderHere(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-mapped-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

describe('a mapping is tried', () => {
  test('one whose folder is not there, or is a file, is refused with the reason, also without OBS', async () => {
    const here = path.join(await folderHere(), 'none');
    const mappings = [{ obs: 'D:\\Rec', here }];
    const { obs } = obsWith(null, false, false);
    const refused = { code: 'folder_unreadable', params: { folder: here, field: 'pathMappings' } };
    await expect(checkPathMappings(mappings, { obs, language: 'fr' })).rejects.toMatchObject(refused);
    await writeFile(here, '');
    await expect(checkPathMappings(mappings, { obs })).rejects.toMatchObject(refused);
  });

  test('without OBS, a folder that is there is taken', async () => {
    const { obs } = obsWith(null, false, false);
    await expect(checkPathMappings([{ obs: 'X:\\', here: await folderHere() }], { obs })).resolves.toBeUndefined();
  });

  test('one that OBS’s folder is not in names that folder', async () => {
    const mappings = [{ obs: 'D:\\Videos', here: await folderHere() }];
    await expect(checkPathMappings(mappings, obsWith(null, false))).rejects.toMatchObject({
      code: 'path_mapping_misses',
      params: { folder: 'D:/Rec', field: 'pathMappings' },
    });
  });

  test('of a drive whose folder is not here is another drive', async () => {
    const here = await folderHere();
    const check = (): Promise<void> => checkPathMappings([{ obs: 'D:\\', here }], obsWith(null, false));
    await expect(check()).rejects.toMatchObject({
      code: 'path_mapping_differs',
      params: { folder: 'D:/Rec', here: path.join(here, 'Rec') },
    });
    await mkdir(path.join(here, 'Rec'));
    await expect(check()).resolves.toBeUndefined();
  });

  test('what OBS writes now has to be seen there, some seconds late if need be', async () => {
    const here = await folderHere();
    const check = (): Promise<void> => checkPathMappings([{ obs: 'd:/rec', here }], obsWith('D:/Rec/now.mkv', true));
    await writeFile(path.join(here, 'other.mkv'), '');
    await expect(check()).rejects.toMatchObject({ code: 'path_mapping_differs' });
    const late = delay(700).then(() => writeFile(path.join(here, 'now.mkv'), ''));
    await expect(check()).resolves.toBeUndefined();
    await late;
  });

  test('what OBS recorded last may have been moved away; an empty folder is the one that a share is mounted on', async () => {
    const here = await folderHere();
    const check = (): Promise<void> => checkPathMappings([{ obs: 'D:/Rec', here }], obsWith('D:/Rec/last.mkv', false));
    await expect(check()).rejects.toMatchObject({ code: 'path_mapping_differs' });
    await writeFile(path.join(here, 'older.mkv'), '');
    await expect(check()).resolves.toBeUndefined();
  });
});
