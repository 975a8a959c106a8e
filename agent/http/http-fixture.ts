/** For tests: one HTTP request exactly as given, with any Host, path and headers, which `fetch` would not send. */
import { request } from 'node:http';

export interface Probe {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | readonly Buffer[];
}
export interface ProbeAnswer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
  /** The body, where it is JSON. */
  readonly json: unknown;
  /** The code of an error's answer. */
  readonly code: string | undefined;
}

/** Sends a request on its own connection. A list as body is sent in chunks, without Content-Length. */
export function probe(port: number, { method = 'GET', path, headers = {}, body }: Probe): Promise<ProbeAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false, timeout: 10_000 });
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
    outgoing.on('error', reject);
    // The server took the upgrade: there is no answer of the ordinary kind.
    outgoing.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve(answerOf(response.statusCode ?? 0, response.headers, ''));
    });
    outgoing.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () => resolve(answerOf(response.statusCode ?? 0, response.headers, text)));
    });
    if (typeof body === 'string' || Buffer.isBuffer(body)) {
      // Node leaves it out for methods that mostly have no body, such as DELETE.
      if (!outgoing.hasHeader('content-length')) outgoing.setHeader('content-length', Buffer.byteLength(body));
      outgoing.end(body);
    } else {
      for (const chunk of body ?? []) outgoing.write(chunk);
      outgoing.end();
    }
  });
}

function answerOf(status: number, headers: NodeJS.Dict<string | string[]>, text: string): ProbeAnswer {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // Not JSON: `text` has it.
  }
  const code = (json as { error?: { code?: string } } | undefined)?.error?.code;
  return { status, headers, text, json, code };
}
