/** The form that names where the server finds the file, instead of the file itself. */
import type { OpenFile } from '../../../files/open-recording.ts';
import type { SendJob } from '../destination.ts';
import { hashFile } from './file-body.ts';
import { fieldsForm } from './form.ts';
import type { HttpAnswer } from './http/http-answer.ts';
import type { Connection, PostLimits } from './post-file.ts';

/** A server is given the time to fetch at no less than this, bytes per second. */
const slowestFetch = 1_000_000;

/** What one POST carries. */
export interface PostedBody {
  readonly contentType: string;
  readonly contentLength: number;
  /** Where it needs another patience than usual. */
  readonly limits: Partial<PostLimits>;
  /** Called again, it makes the same anew. */
  chunks(connection: Connection): AsyncGenerator<Buffer>;
  /** Whether the server can hardly have had anything of it when its connection broke. */
  barelyBegun(): boolean;
}
export type Post = (body: PostedBody) => Promise<HttpAnswer>;

/**
 * Posts the link and, while the server fetches, computes what it must have got.
 * @returns the server's answer, and the SHA-256 of the local file, hex
 */
export async function sendSource(
  job: SendJob,
  link: string,
  handle: OpenFile,
  answerMs: number,
  post: Post,
): Promise<{ answer: HttpAnswer; sha256: string }> {
  const { upload, content } = job;
  const form = fieldsForm({
    subtitle_model: upload.subtitleModel,
    priority: String(upload.priority),
    filename: job.fileName,
    source_url: link,
  });
  const stop = new AbortController();
  const hashing = hashFile(handle, AbortSignal.any([job.signal, stop.signal]));
  hashing.catch(() => {});
  try {
    const answer = await post({
      contentType: form.contentType,
      contentLength: form.body.length,
      limits: { answerMs: answerMs + Math.ceil((content.bytes * 1000) / slowestFetch) },
      // It is there with its first bytes.
      barelyBegun: () => false,
      async *chunks(connection) {
        yield form.body;
        connection.sent();
      },
    });
    // A refusal needs no checksum.
    if (answer.status >= 300) stop.abort();
    return { answer, sha256: answer.status >= 300 ? '' : await hashing };
  } finally {
    stop.abort();
    // No read is left when the file is closed.
    await hashing.catch(() => {});
  }
}
