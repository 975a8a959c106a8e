/** An HTTP answer as far as we want to know it, read with a bound. */
// Tests: ../processing.test.ts
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { StreamAIError } from '../../../../../shared/errors.ts';
import { decodeText } from '../../../../decode-text.ts';
import { isPage } from '../../redirect.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | null;
  /** Where a redirect leads; null: it does not say. */
  readonly location: string | null;
  /** What was asked for. */
  readonly url: URL;
  /** The body; empty when it could not be read whole. */
  readonly text: string;
  /** Why the body is not usable: too long, cut off, or in an encoding that we don't know. */
  readonly bodyProblem: Error | null;
  /** Whether it is a web page, by what it begins with; one that could not be read whole by its type. */
  readonly page: boolean;
}

const decoders = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/**
 * Reads a body of at most `maxBytes`, as sent and again after decompression. The status stands whatever happens to the body, so problems with
 * it are handed back rather than thrown.
 */
export async function readAnswer(
  url: URL,
  status: number,
  header: (name: string) => string | null,
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<HttpAnswer> {
  const told = { url, status, retryAfter: header('retry-after'), location: header('location') };
  try {
    const text = await readBody(header('content-encoding'), body, maxBytes);
    return { ...told, text, bodyProblem: null, page: isPage(text) };
  } catch (error) {
    const bodyProblem = error instanceof Error ? error : new Error(String(error));
    return { ...told, text: '', bodyProblem, page: /\bhtml\b/i.test(header('content-type') ?? '') };
  }
}

async function readBody(encoding: string | null, body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxBytes) throw answerInvalid('it is too long');
    chunks.push(chunk);
  }
  const raw = Buffer.concat(chunks);
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity' || raw.length === 0) return decodeText(raw);
  if (!Object.hasOwn(decoders, name)) throw answerInvalid('its encoding is unknown');
  const decode = decoders[name as keyof typeof decoders];
  try {
    return decodeText(await decode(raw, { maxOutputLength: maxBytes }));
  } catch (error) {
    throw answerInvalid('it cannot be unpacked', error);
  }
}

/** @param reason what is wrong with it, as the end of a sentence */
export function answerInvalid(reason: string, cause?: unknown): StreamAIError {
  return new StreamAIError('destination_answer_invalid', { reason }, { cause });
}
