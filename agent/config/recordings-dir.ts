/** The folder that OBS is to record into: made where it is missing, proven to be writable, and waited for no longer than a file is. */
import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Language, StreamAIError } from '../../shared/errors.ts';
import { fileWork } from '../files/file-work.ts';
import { folderProblem } from './data-dir.ts';

/**
 * @returns false: its drive does not answer now, and nobody can say
 * @throws StreamAIError folder_unreadable, its reason in `language`
 */
export async function prepareRecordingsDir(folder: string, language?: Language): Promise<boolean> {
  const probe = path.join(folder, `.probe-${randomUUID()}`);
  try {
    await fileWork.doIn(folder, async () => {
      await mkdir(folder, { recursive: true });
      await writeFile(probe, '', { flag: 'wx', mode: 0o600 });
      await rm(probe);
    });
    return true;
  } catch (error) {
    if (error instanceof StreamAIError && error.code === 'file_away') return false;
    throw folderProblem(folder, error, language);
  }
}
