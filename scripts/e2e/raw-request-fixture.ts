/** One HTTP request as a test wants it, header for header; nothing is added, nothing is checked. */
import { request } from 'node:http';

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Sends the body in chunks, its length unsaid. */
  readonly chunked?: boolean;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Sends it to the agent at `url`; `Host` is the agent's own unless given. */
export function rawRequest(url: string, { method, path, headers, body, chunked }: RawRequest): Promise<RawAnswer> {
  const { hostname, port, host } = new URL(url);
  return new Promise((resolve, reject) => {
    // Said outright: left to itself, Node frames no body of a DELETE.
    const framing: Record<string, string> =
      body === undefined
        ? {}
        : chunked === true
          ? { 'transfer-encoding': 'chunked' }
          : { 'content-length': String(Buffer.byteLength(body)) };
    const call = request(
      { hostname, port, method, path, agent: false, setHost: false, headers: { host, ...framing, ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    call.on('error', reject);
    if (chunked === true) {
      for (let from = 0; from < (body ?? '').length; from += 10_000)
        call.write((body ?? '').slice(from, from + 10_000));
      call.end();
    } else call.end(body);
  });
}
