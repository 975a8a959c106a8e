/**
 * Tries path mappings before they are taken: every folder is there and can be read, and, where OBS is connected, OBS's folder is among
 * them and is the same one, as far as that can be seen without writing into it: by the file that OBS writes now, or wrote last.
 */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ErrorCode, type ErrorParams, type Language, StreamAIError } from '../../shared/errors.ts';
import type { PathMapping } from '../../shared/path-mappings.ts';
import { folderProblem } from '../config/data-dir.ts';
import { fileWork } from '../files/file-work.ts';
import { type Asking, maybe } from './asking.ts';
import type { ObsConnection } from './connection.ts';
import { pathHere } from './path-mapping.ts';
import { recordOutputs } from './protocol.ts';

/** A share shows a new file only after some seconds (nfs(5), `acdirmin`; mount.cifs(8), `actimeo`). ms */
const appearsWithinMs = 10_000;
const lookEveryMs = 500;

export interface MappingCheckOptions {
  readonly obs: Pick<ObsConnection, 'connected' | 'askAsTold'>;
  readonly language?: Language | undefined;
  /** For how long the file that OBS writes is waited for, ms; left out: ten seconds. */
  readonly appearsWithinMs?: number;
}

/**
 * @throws StreamAIError folder_unreadable (its reason in `language`) | file_away, of a folder on this machine; path_mapping_misses when
 *   OBS records into none of the mapped folders; path_mapping_differs when what OBS has written there is not to be seen here. Each with
 *   the setting's name as `field`.
 */
export async function checkPathMappings(
  mappings: readonly PathMapping[],
  { obs, language, appearsWithinMs: patienceMs = appearsWithinMs }: MappingCheckOptions,
): Promise<void> {
  for (const { here } of mappings) await namesIn(here, language);
  const told: Asking = { ask: (request, data) => obs.askAsTold(request, data) };
  const directory = obs.connected ? (await maybe(told, 'GetRecordDirectory'))?.recordDirectory : undefined;
  if (!directory) return;
  const folder = pathHere(directory, mappings);
  if (folder === null) throw problem('path_mapping_misses', { folder: directory });
  const differs = problem('path_mapping_differs', { folder: directory, here: folder });
  if (!(await isThere(folder))) throw differs;
  const { file, isWritten } = await newestFile(told);
  const place = file === null ? null : pathHere(file, mappings);
  if (place === null || (await isThere(place))) return;
  // One that is written may be late to be seen. One of before may have been moved away; not all that there was.
  const found = isWritten ? await appears(place, patienceMs) : (await namesIn(folder, language)).length > 0;
  if (!found) throw differs;
}

const problem = (code: ErrorCode, params: ErrorParams): StreamAIError =>
  new StreamAIError(code, { ...params, field: 'pathMappings' });

async function namesIn(folder: string, language?: Language): Promise<string[]> {
  try {
    return await fileWork.doIn(folder, () => readdir(folder));
  } catch (error) {
    if (error instanceof StreamAIError) throw problem('file_away', { file: path.basename(folder) });
    const { code, params } = folderProblem(folder, error, language);
    throw problem(code, params ?? {});
  }
}

async function isThere(file: string): Promise<boolean> {
  return fileWork
    .do(file, () => stat(file))
    .then(
      () => true,
      () => false,
    );
}

/** The file that OBS writes now, or the first one of its last recording, as OBS calls it; null: OBS has recorded none since its start. */
async function newestFile(obs: Asking): Promise<{ readonly file: string | null; readonly isWritten: boolean }> {
  const files: string[] = [];
  for (const outputName of recordOutputs) {
    const file = (await maybe(obs, 'GetOutputSettings', { outputName }))?.outputSettings.path;
    if (typeof file !== 'string') continue;
    if ((await maybe(obs, 'GetOutputStatus', { outputName }))?.outputActive) return { file, isWritten: true };
    files.push(file);
  }
  // Which of several outputs was the last one is not told.
  return { file: files.length === 1 ? (files[0] ?? null) : null, isWritten: false };
}

async function appears(file: string, withinMs: number): Promise<boolean> {
  for (const until = performance.now() + withinMs; performance.now() < until; ) {
    await delay(lookEveryMs, undefined, { ref: false });
    if (await isThere(file)) return true;
  }
  return false;
}
