/** Proves afresh that the processing server has what the local file is now, as far as it says: by the checksum in its status. */
import { type ErrorInfo, errorInfo, StreamAIError } from '../../../../shared/errors.ts';
import { fileFailure, measureFile, openFile } from '../../../files/recording-file.ts';
import type { ProxyFinder } from '../connect.ts';
import { hashFile } from './file-body.ts';
import { getBounded } from './http/get.ts';
import { answerFailure } from './http/http-failure.ts';
import { parseJson } from './http/json.ts';
import { readTask } from './http/task-answer.ts';

const answerBytes = 256 * 1024;
const answerMs = 10_000;

/**
 * @param url of the task's status
 * @returns what is wrong; null: proven
 */
export async function verifyTask(
  url: URL,
  apiKey: string | null,
  path: string,
  signal: AbortSignal,
  proxyFor?: ProxyFinder,
): Promise<ErrorInfo | null> {
  try {
    const answer = await getBounded(url, { apiKey, timeoutMs: answerMs, maxBytes: answerBytes, signal, proxyFor });
    if (answer.status === 404) return errorInfo('copy_missing');
    const failure = answerFailure(answer, Date.now(), apiKey);
    if (failure !== null) throw failure;
    const told = readTask(parseJson(answer.text), apiKey);
    if (told === null || told.sha256 === null || told.refused || told.status === 'error')
      return errorInfo('copy_unproven');
    return (await hashOf(path, signal)) === told.sha256 ? null : errorInfo('copy_differs');
  } catch (error) {
    signal.throwIfAborted();
    const failure = fileFailure(error, path);
    if (failure instanceof StreamAIError) return failure.info();
    throw failure;
  }
}

async function hashOf(path: string, signal: AbortSignal): Promise<string> {
  const handle = await openFile(path, await measureFile(path));
  try {
    return await hashFile(handle, signal);
  } finally {
    await handle.close();
  }
}
