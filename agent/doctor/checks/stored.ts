/** What the database tells: uploads that do not go on, files that are gone, rows that make no sense. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { fileWork } from '../../files/file-work.ts';
import { type Checks, codeOf, fault, faultOf, orNull, warning } from '../check.ts';
import type { NamedFile, StuckUpload } from '../stored-data.ts';

/** So many files are looked for; of more, the newest. */
const mostFiles = 500;
/** So many names are told. */
const mostNames = 10;

export const storedChecks = {
  async stored_data(facts) {
    if ((await orNull(facts.environment())) === null) return null;
    try {
      const stored = await facts.stored();
      if (stored === null) return null;
      const names = stored.damaged();
      if (names.length === 0) return [];
      return [fault('doctor_rows_damaged', { count: names.length, names: names.slice(0, mostNames).join(', ') })];
    } catch (error) {
      return [faultOf(error)];
    }
  },

  async uploads(facts) {
    const stored = await orNull(facts.stored());
    if (stored === null) return null;
    const told = (uploads: readonly StuckUpload[]) => ({
      count: uploads.length,
      file: path.basename(uploads[0]?.file ?? ''),
      reason: uploads[0]?.error?.message ?? '',
    });
    const failed = stored.uploads('failed');
    const waiting = stored.uploads('waiting');
    return [
      ...(failed.length === 0 ? [] : [fault('doctor_uploads_failed', told(failed))]),
      ...(waiting.length === 0 ? [] : [warning('doctor_uploads_waiting', told(waiting))]),
    ];
  },

  async recordings(facts) {
    const stored = await orNull(facts.stored());
    if (stored === null) return null;
    const looked = await Promise.all(stored.files().slice(0, mostFiles).map(isGone));
    const gone = looked.filter((file) => file !== null);
    const lost = gone.filter(({ uploaded }) => !uploaded);
    const told = (files: readonly NamedFile[]) => ({ count: files.length, file: files[0]?.path ?? '' });
    if (lost.length > 0) return [fault('doctor_files_lost', told(lost))];
    return gone.length === 0 ? [] : [warning('doctor_files_moved', told(gone))];
  },
} satisfies Checks;

/** @returns the file where it is gone; null: it is there, or its drive does not answer */
async function isGone(file: NamedFile): Promise<NamedFile | null> {
  try {
    await fileWork.do(file.path, () => stat(file.path));
    return null;
  } catch (error) {
    return /^(ENOENT|ENOTDIR)$/.test(codeOf(error)) ? file : null;
  }
}
