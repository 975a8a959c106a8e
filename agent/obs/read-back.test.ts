import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Asking } from './asking.ts';
import { readSetup } from './read-back.ts';

const answers: Readonly<Record<string, unknown>> = {
  GetProfileList: { currentProfileName: 'P' },
  GetSceneCollectionList: { currentSceneCollectionName: 'C' },
  GetCurrentProgramScene: { currentProgramSceneName: 'S' },
  GetVideoSettings: { outputWidth: 1920, outputHeight: 1080, fpsNumerator: 60, fpsDenominator: 1 },
};

/** What OBS answers whose recordings go to this folder; anything else it does not know. */
const obsWith = (recordDirectory: string): Asking =>
  ({
    ask: async (request: string) => {
      const answer = request === 'GetRecordDirectory' ? { recordDirectory } : answers[request];
      if (answer === undefined) throw new Error(`unknown request ${request}`);
      return answer;
    },
  }) as unknown as Asking;

const foreign =
  process.platform === 'win32' ? ['/home/zoé/Videos', 'D:Videos', 'Videos'] : ['D:/Videos', '\\\\nas\\rec', 'Videos'];

test.each(foreign)('OBS’s folder %s is of another machine: no path here stands for it', async (folder) => {
  expect((await readSetup(obsWith(folder))).directory).toBeNull();
});

test('OBS’s folder of this machine is written as this system does', async () => {
  const folder = path.join(tmpdir(), 'Vidéos');
  expect((await readSetup(obsWith(folder.replaceAll('\\', '/')))).directory).toBe(folder);
  expect((await readSetup(obsWith(''))).directory).toBeNull();
});
