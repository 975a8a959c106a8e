/** Forms that are sent to the processing server: read within their bounds, or refused with a status and a reason. */
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { test } from 'vitest';
import { Problem } from '../../../server/http/problem.ts';
import { fileLabel, storedName } from '../../../server/intake/file-name.ts';
import { readForm } from '../../../server/intake/form.ts';
import { fuzz, fuzzTimeoutMs } from './fuzz-fixture.ts';
import { broken } from './mutate-fixture.ts';

const boundary = 'form-boundary-7MA4YWxkTrZu0gW';
const piece = (headers: string, body: string): string => `--${boundary}\r\n${headers}\r\n\r\n${body}\r\n`;
const field = (name: string, value: string): string => piece(`Content-Disposition: form-data; name="${name}"`, value);
const file = (filename: string, type: string, body: string): string =>
  piece(`Content-Disposition: form-data; name="file"; filename="${filename}"\r\nContent-Type: ${type}`, body);
const end = `--${boundary}--\r\n`;
const film = 'film'.repeat(500);
const bytes = (texts: readonly string[]): [Buffer, ...Buffer[]] =>
  texts.map((text) => Buffer.from(text)) as [Buffer, ...Buffer[]];

const bodies = {
  valid: bytes([
    `${field('subtitle_model', 'small')}${field('priority', '3')}${file('take 1.mkv', 'video/mp4', film)}${end}`,
    `${file('Été "1".mkv', 'application/octet-stream', film)}${field('priority', '10')}${end}`,
    `${field('source_url', 'http://example.com/a.mkv')}${end}`,
    `preamble\r\n${piece(`Content-Disposition: form-data; name="file"; filename*=UTF-8''%e2%82%ac.mkv\r\nContent-Transfer-Encoding: base64`, 'Zmlsbg==')}${end}epilogue`,
  ]),
  words: bytes([
    ...[
      `--${boundary}`,
      `--${boundary}--`,
      '\r\n',
      '\r\n\r\n',
      '\r',
      '\n',
      '--',
      '\u0000',
      '\r\n ',
      ': ',
      ':',
      ';',
      '=',
    ],
    ...[
      'Content-Disposition: ',
      'form-data',
      '; name="',
      '; filename="',
      "; filename*=utf-8''",
      '"',
      '\\"',
      '%zz',
      '%00',
    ],
    ...['Content-Type: ', 'Content-Type: multipart/mixed; boundary=x', 'charset=utf-7', 'Content-Transfer-Encoding: '],
    ...['base64', 'quoted-printable', '../../etc/passwd', 'C:\\x', 'name="__proto__"', 'constructor', 'Header: x\r\n'],
  ]),
  most: 128 * 1024,
};
const types = {
  valid: bytes([
    `multipart/form-data; boundary=${boundary}`,
    `multipart/form-data; boundary="${boundary}"`,
    `Multipart/Form-Data; charset=utf-8; boundary=${boundary}; x=y`,
  ]),
  words: bytes(['; ', 'boundary=', '"', '\\', '=', ';', ' ', '*', "''", '%', 'a'.repeat(100), boundary, 'é']),
  most: 4096,
};
/** Silence that long is no slow machine: everything has been given. ms */
const stallMs = 5000;
const never = new AbortController();

/** What it throws at once is thrown later. */
const begun = async (work: () => Promise<void>): Promise<void> => work();

async function within(ms: number, work: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`it has not ended after ${ms} ms`)), ms);
  await Promise.race([work, promise]).finally(() => clearTimeout(timer));
}

test(
  'any form',
  async (context) => {
    await fuzz(context, {
      name: 'multipart forms',
      make: (random) => {
        const body = broken(random, bodies);
        const type = random.chance(0.8) ? random.pick(types.valid) : broken(random, types);
        const cuts = Array.from({ length: random.int(0, 5) }, () => random.int(0, body.length)).sort((a, b) => a - b);
        return { type: type.toString('latin1'), body, cuts };
      },
      async read({ type, body, cuts }) {
        const incoming = new IncomingMessage(new Socket());
        incoming.headers['content-type'] = type;
        incoming.complete = true;
        for (const [index, cut] of [...cuts, body.length].entries())
          incoming.push(body.subarray(cuts[index - 1] ?? 0, cut));
        incoming.push(null);
        let told = 0;
        const reading = begun(() =>
          readForm(incoming, {
            signal: never.signal,
            maxBytes: body.length,
            stallMs,
            onField: (name, value) => {
              told += name.length + value.length;
            },
            onFile: async (_name, stream, filename) => {
              const label = fileLabel(filename ?? '');
              if (label.length > 255 * 2 || /[/\\\p{Cc}]/u.test(label)) throw new Error(`a file called ${label}`);
              if (!/^recording(\.[a-z0-9]{1,8})?$/.test(storedName(label)))
                throw new Error(`stored as ${storedName(label)}`);
              for await (const chunk of stream as AsyncIterable<Buffer>) told += chunk.length;
            },
          }),
        );
        await within(2 * stallMs, reading).catch((error: unknown) => {
          if (!(error instanceof Problem)) throw error;
          if (error.status < 400 || error.status >= 500 || error.status === 408) throw error;
        });
        if (told > 2 * body.length) throw new Error(`${told} bytes were made of ${body.length}`);
        incoming.destroy();
      },
      show: ({ type, body, cuts }) => JSON.stringify({ type, body: body.toString('latin1'), cuts }),
    });
  },
  fuzzTimeoutMs,
);
