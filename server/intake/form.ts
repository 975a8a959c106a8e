import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { Problem } from '../http/problem.ts';

/** Bounds on everything in a form but the file itself. Ours is three fields; a client may add some of its own. */
const limits = { fields: 32, files: 8, parts: 40, fieldSize: 64 * 1024, headerPairs: 32, headerSize: 16 * 1024 };

/**
 * How often it is looked whether anything arrived, in the time that nothing may. Looks count, not time: between two of them what
 * arrived while this machine slept or was busy is read.
 */
const looksPerStall = 4;

/** What a form may weigh beyond its file: boundaries, headers and fields, in bytes. */
export const formOverhead = 4 * 1024 * 1024;

export type FormReader = {
  /** Ends the reading, with the signal's reason. */
  signal: AbortSignal;
  /** The most bytes that the body may have. */
  maxBytes: number;
  /** How long the client may send nothing, in ms. Waiting for our own disk does not count. */
  stallMs: number;
  onField: (name: string, value: string) => void;
  /** Must read the stream to its end, or drain it; the form is read once this has resolved. */
  onFile: (name: string, stream: Readable, filename: string | undefined) => Promise<void>;
};

/**
 * Reads a multipart/form-data body as a stream, with backpressure down to the socket. Rejects, with every `onFile`
 * finished first, when the client goes away, stalls, sends something broken or too much, or a callback throws. It does
 * not destroy the request, so that the refusal can still be answered.
 */
export function readForm(incoming: IncomingMessage, reader: FormReader): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const parser = createParser(incoming);
  const files: Promise<void>[] = [];
  const streams: Readable[] = [];
  let received = 0;
  let stillLooks = 0;
  let finished = false;

  const finish = async (error?: Error) => {
    if (finished) return;
    finished = true;
    clearInterval(stallCheck);
    reader.signal.removeEventListener('abort', onAbort);
    if (error) {
      incoming.unpipe(parser);
      for (const stream of streams) stream.destroy(error);
    }
    const results = await Promise.allSettled(files);
    const failed = results.find((result) => result.status === 'rejected');
    if (error) reject(error);
    else if (failed) reject(failed.reason);
    else resolve();
  };
  const fail = (error: unknown) => void finish(error instanceof Error ? error : new Error(String(error)));
  const onAbort = () => fail(reader.signal.reason);
  const tooMany = () => fail(new Problem(413, 'The form has too many parts'));
  const stallCheck = setInterval(() => {
    stillLooks = incoming.isPaused() ? 0 : stillLooks + 1;
    if (stillLooks > looksPerStall) fail(new Problem(408, 'The upload stopped arriving'));
  }, reader.stallMs / looksPerStall);

  // Whatever its types say, busboy gives no name where a part has none.
  parser.on('field', (name: string | undefined, value, _nameTruncated, truncated) => {
    if (finished) return;
    try {
      if (truncated) throw new Problem(413, 'A form field is too long');
      reader.onField(name ?? '', value);
    } catch (error) {
      fail(error);
    }
  });
  parser.on('file', (name: string | undefined, stream, filename) => {
    streams.push(stream);
    // Whoever reads the stream hears of its error; without a listener it would end the process.
    stream.on('error', () => {});
    const done = finished ? Promise.resolve(void stream.resume()) : reader.onFile(name ?? '', stream, filename);
    files.push(done);
    done.catch(fail);
  });
  parser.on('fieldsLimit', tooMany).on('filesLimit', tooMany).on('partsLimit', tooMany);
  parser.on('error', () => fail(new Problem(400, 'The body is not a complete multipart form')));
  parser.on('finish', () => void finish());

  incoming.on('data', (chunk: Buffer) => {
    received += chunk.length;
    stillLooks = 0;
    if (received > reader.maxBytes) fail(new Problem(413, `The upload is larger than this receiver accepts`));
  });
  const gone = () => {
    if (!incoming.complete) fail(new Problem(400, 'The connection was lost during the upload'));
  };
  incoming.on('error', gone).on('close', gone);
  reader.signal.addEventListener('abort', onAbort);
  if (reader.signal.aborted) onAbort();
  else if (incoming.destroyed) gone();
  else incoming.pipe(parser);
  return promise;
}

function createParser(incoming: IncomingMessage): BusboyInstance {
  try {
    const headers = { 'content-type': incoming.headers['content-type'] ?? '' };
    return new Busboy({ headers, limits, highWaterMark: 256 * 1024, fileHwm: 256 * 1024 });
  } catch (cause) {
    throw new Problem(400, 'The Content-Type has no usable multipart boundary', { cause });
  }
}
