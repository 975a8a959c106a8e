/** Proves afresh that the processing server has what the local file is now, as far as it says: by the checksum in its status. */
import * as z from 'zod';
import { type ErrorInfo, errorInfo, StreamAIError } from '../../../../shared/errors.ts';
import { fileFailure, measureFile, openFile } from '../../../files/recording-file.ts';
import { hashFile } from './file-body.ts';
import { sha256Schema } from './http/answer-fields.ts';
import { getBounded } from './http/get.ts';
import { answerFailure, parseJson } from './http/http-failure.ts';

const answerBytes = 256 * 1024;
const answerMs = 10_000;

const schema = z.object({ status: z.string(), sha256: sha256Schema });

/**
 * @param url of the task's status
 * @returns what is wrong; null: proven
 */
export async function verifyTask(
  url: URL,
  apiKey: string | null,
  path: string,
  signal: AbortSignal,
): Promise<ErrorInfo | null> {
  try {
    const answer = await getBounded(url, { apiKey, timeoutMs: answerMs, maxBytes: answerBytes, signal });
    if (answer.status === 404) return errorInfo('copy_missing');
    const failure = answerFailure(answer, Date.now(), apiKey);
    if (failure !== null) throw failure;
    const said = schema.safeParse(parseJson(answer.text));
    if (!said.success || said.data.status === 'error') return errorInfo('copy_unproven');
    return (await hashOf(path, signal)) === said.data.sha256 ? null : errorInfo('copy_differs');
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
