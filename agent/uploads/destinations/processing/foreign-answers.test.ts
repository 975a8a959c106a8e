/** Answers as other processing servers give them, over real connections: what arrived, and what the user reads. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { jobFor, tempFile } from '../job-fixture.ts';
import { destination, httpServer } from './send-fixture.ts';

const film = createHash('sha256').update('film').digest('hex');
type Bytes = Uint8Array | string;

/** A server that answers every upload so. @returns how the upload ends */
async function sentTo(status: number, body: Bytes, headers: Record<string, string> = {}): Promise<unknown> {
  const url = await httpServer((request, response) => {
    request.resume().on('end', () => response.writeHead(status, headers).end(body));
  });
  return destination(url, { apiKey: 'k3y' }).send(await jobFor(await tempFile('film')));
}

describe('an arrival', () => {
  const text = `{"task_id": "tä1", "size": 4, "sha256": "${film}"}`;
  test.each<[how: string, body: Bytes, headers: Record<string, string>]>([
    ['after a byte order mark', `\uFEFF${text}`, {}],
    ['in UTF-16', Buffer.from(`\uFEFF${text}`, 'utf16le'), {}],
    ['packed, after a byte order mark', gzipSync(`\uFEFF${text}`), { 'content-encoding': 'gzip' }],
    ['as a page', text, { 'content-type': 'text/html' }],
    ['between blank lines', `\r\n\r\n${text}\n`, {}],
    ['within data', `{"success": true, "data": ${text}}`, {}],
  ])('%s is one', async (_, body, headers) => {
    expect(await sentTo(200, body, headers)).toMatchObject({ sha256: film, task: { id: 'tä1' } });
  });

  test.each([200, 201, 202])('with HTTP %i is one', async (status) => {
    expect(await sentTo(status, text)).toMatchObject({ task: { id: 'tä1' } });
  });

  test('is compared with the file wherever size and checksum stand', async () => {
    await expect(sentTo(200, '{"data": {"id": "t", "size": 5}}')).rejects.toMatchObject({
      code: 'destination_size_mismatch',
    });
    await expect(sentTo(200, `{"task": {"id": "t", "sha256": "${'0'.repeat(64)}"}}`)).rejects.toMatchObject({
      code: 'destination_checksum_mismatch',
    });
  });
});

describe('a refusal comes in the server’s words', () => {
  test.each<[status: number, body: Bytes, code: string, words: string]>([
    [400, '{"error": "No audio track"}', 'destination_rejected', 'No audio track'],
    [400, '{"error": {"message": "No audio track"}}', 'destination_rejected', 'No audio track'],
    [400, '\uFEFF{"message": "No audio track"}', 'destination_rejected', 'No audio track'],
    [422, '{"errors": [{"detail": "No audio track"}]}', 'destination_rejected', 'No audio track'],
    [422, '{"title": "No audio track", "status": 422}', 'destination_rejected', 'No audio track'],
    [400, 'No audio track', 'destination_rejected', 'No audio track'],
    [400, Buffer.from('\uFEFF{"error": "Pas de son"}', 'utf16le'), 'destination_rejected', 'Pas de son'],
    [401, '{"error": "k3y has expired"}', 'destination_auth', '… has expired'],
    [413, '<html><title>Too big: 1 GB at most</title></html>', 'destination_too_large', 'Too big: 1 GB at most'],
    [429, '{"message": "Only 3 an hour"}', 'destination_busy', 'Only 3 an hour'],
    [503, 'Down for an hour', 'destination_busy', 'Down for an hour'],
    [500, '{"error": "Disk on fire"}', 'destination_failed', 'Disk on fire'],
    [200, '{"success": false, "error": "No audio track"}', 'destination_rejected', 'No audio track'],
    [201, '{"ok": false, "message": "No audio track"}', 'destination_rejected', 'No audio track'],
    [200, '{"error": {"message": "No audio track"}}', 'destination_rejected', 'No audio track'],
    [200, '{"message": "No audio track"}', 'destination_answer_invalid', 'No audio track'],
  ])('HTTP %i %s', async (status, body, code, words) => {
    const failure = sentTo(status, body);
    await expect(failure).rejects.toMatchObject({ code });
    const told = await failure.catch((error) => [error.info('en').message, error.info('fr').message]);
    for (const message of told as string[]) expect(message).toContain(words);
    expect(JSON.stringify(told)).not.toContain('k3y');
  });
});
