/** A store, or whoever stands in its place, keeps nobody waiting for ever, and fills no memory. */
import type { Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { cpuMs, longestTurnMs } from '../../../../cpu-fixture.ts';
import { rawServer } from '../../processing/send-fixture.ts';
import type { S3Client } from './client.ts';
import { Connection } from './connection.ts';
import { listMultiparts, listParts } from './operations.ts';
import { startFakeStore } from './scripted-store-fixture.ts';
import { parseXml } from './xml.ts';

const { signal } = new AbortController();
const answerMs = 300;

/** Writes a text to a socket in pieces, every so many ms, for as long as the test lasts. */
function drip(socket: Socket, text: string, bytes: number, everyMs: number): void {
  let at = 0;
  const timer = setInterval(() => {
    if (at >= text.length || socket.destroyed) return clearInterval(timer);
    socket.write(text.slice(at, at + bytes));
    at += bytes;
  }, everyMs);
  onTestFinished(() => clearInterval(timer));
}

const head = (length: number): string => `HTTP/1.1 200 OK\r\nETag: "x"\r\nContent-Length: ${length}\r\n\r\n`;

async function exchange(handle: (socket: Socket) => void): Promise<{ text: string; ms: number }> {
  const url = await rawServer((socket) => void socket.once('data', () => handle(socket)));
  const connection = new Connection({ origin: new URL(url), proxy: null });
  onTestFinished(() => connection.close());
  // undici takes a moment to load, which is none of the answer's.
  await import('undici');
  const began = performance.now();
  const { text } = await connection.exchange({
    ...{ method: 'GET', path: '/', headers: {}, body: null, signal, answerMs },
  });
  return { text, ms: performance.now() - began };
}

describe('an answer that drips', () => {
  test.each([
    ['its body', head(10_000), 'x'.repeat(10_000), 1],
    ['its chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\nx\r\n'.repeat(5000), 6],
    ['its head', 'HTTP/1.1 200 OK\r\nX: ', 'x'.repeat(10_000), 1],
    ['interim answers', '', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(1000), 1],
  ] as const)('%s: it is given up', { timeout: 20_000 }, async (_, first, rest, bytes) => {
    const began = performance.now();
    const answer = exchange((socket) => {
      socket.write(first);
      drip(socket, rest, bytes, 20);
    });
    await expect(answer).rejects.toMatchObject({ code: 'storage_timeout' });
    // The connection, the answer's beginning, and the answer have their time each.
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test('at a slow line’s pace is read to its end, however long that takes', { timeout: 20_000 }, async () => {
    const body = 'x'.repeat(8 * 1024);
    const { text, ms } = await exchange((socket) => {
      socket.write(head(body.length));
      drip(socket, body, 256, 60);
    });
    expect(text).toBe(body);
    expect(ms).toBeGreaterThan(3 * answerMs);
  });
});

describe('a list without end', () => {
  const upload = (number: number): string => `<Upload><Key>k${number}</Key><UploadId>u${number}</UploadId></Upload>`;
  const uploads = (count: number, inner: string): string =>
    `<ListMultipartUploadsResult>${inner}${Array.from({ length: count }, (_, number) => upload(number)).join('')}</ListMultipartUploadsResult>`;
  const parts = (count: number, inner: string): string =>
    `<ListPartsResult>${inner}${Array.from({ length: count }, (_, number) => `<Part><PartNumber>${number + 1}</PartNumber><ETag>"x"</ETag><Size>1</Size></Part>`).join('')}</ListPartsResult>`;
  async function storeThat(body: (page: number) => string): Promise<{ client: S3Client; calls: readonly unknown[] }> {
    let page = 0;
    const store = await startFakeStore(() => ({ status: 200, body: body(++page) }));
    onTestFinished(() => store.close());
    return store;
  }

  test.each([
    ['30,000 uploads a page', 30_000],
    ['one more than S3 gives', 1001],
  ])('%s are no answer of S3’s', async (_, count) => {
    const { client } = await storeThat(() => uploads(count, '<IsTruncated>false</IsTruncated>'));
    await expect(listMultiparts(client, '', signal)).rejects.toMatchObject({ code: 'storage_answer_invalid' });
    const other = await storeThat(() => parts(count, '<IsTruncated>false</IsTruncated>'));
    const listed = listParts(other.client, { key: 'k', uploadId: 'u' }, signal);
    await expect(listed).rejects.toMatchObject({ code: 'storage_answer_invalid' });
  });

  test('page after page: ten thousand are read', { timeout: 30_000 }, async () => {
    const truncated = '<IsTruncated>true</IsTruncated>';
    const { client, calls } = await storeThat((page) =>
      uploads(
        1000,
        `${truncated}<NextKeyMarker>${page}</NextKeyMarker><NextUploadIdMarker>${page}</NextUploadIdMarker>`,
      ),
    );
    expect(await listMultiparts(client, '', signal)).toHaveLength(10_000);
    expect(calls).toHaveLength(10);
    const other = await storeThat((page) =>
      parts(1000, `${truncated}<NextPartNumberMarker>${page}</NextPartNumberMarker>`),
    );
    expect(await listParts(other.client, { key: 'k', uploadId: 'u' }, signal)).toHaveLength(10_000);
  });

  test('pages without an entry end, too', { timeout: 30_000 }, async () => {
    const { client, calls } = await storeThat((page) =>
      uploads(0, `<IsTruncated>true</IsTruncated><NextKeyMarker>${page}</NextKeyMarker>`),
    );
    expect(await listMultiparts(client, '', signal)).toEqual([]);
    expect(calls.length).toBeLessThanOrEqual(100);
  });
});

test('a document beyond all lists is not even looked at', async () => {
  const text = `<a>${'<b/>'.repeat(500_000)}</a>`;
  expect(await cpuMs(async () => expect(await parseXml(text)).toBeUndefined())).toBeLessThan(longestTurnMs);
});

test.each([
  ['<a>', '<b/>', '</a>'],
  ['<a>', '<b c="d"/>', '</a>'],
  ['<a>', '<b/>:text', '</a>'],
  ['', '<a>', ''],
  ['<a>', '&#34;', '</a>'],
  ['', '<!---->', ''],
  ['<L>', '<Upload><Key>k</Key></Upload>', '</L>'],
  ['<a>', '<![CDATA[]]>', '</a>'],
  ['', '<', ''],
  ['<a b="', '&amp;', '"/>'],
])('%s%s…%s as long as an answer can be is understood, or not, in no time', async (before, piece, after) => {
  await parseXml('<loaded/>');
  // Up to the number of elements that a list has, up to its length, and beyond.
  const elements = piece.match(/<(?!\/)/g)?.length ?? 0;
  for (const length of [13_000 * piece.length, 640 * 1024, 4 * 1024 * 1024]) {
    const count = Math.floor((length - before.length - after.length) / piece.length);
    for (const pieces of [
      count,
      Math.floor(13_000 / (elements + 1)) - 2,
      Math.floor(13_000 / Math.max(1, elements)) - 2,
    ]) {
      const text = before + piece.repeat(pieces) + after;
      expect(await cpuMs(() => parseXml(text))).toBeLessThan(longestTurnMs);
    }
  }
});
