/** The same answers as other stores write them: nothing is sent again for it, and nothing overlooked. */
import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { jobFor, tempFile } from '../job-fixture.ts';
import { abortMultipart, createMultipart } from './s3/operations.ts';
import { type StorageWorld, startMemoryWorld } from './storage-world-fixture.ts';

const partBytes = 16 * 1024 * 1024;
const { signal } = new AbortController();

let world: StorageWorld;
beforeEach(async () => {
  world = await startMemoryWorld();
});

/** The parts that came to the store, with such an answer. */
const partsAt = (answered: (status: number | null) => boolean): number[] =>
  world.gate.calls.filter(({ verb, status }) => verb === 'part' && answered(status)).map(({ part }) => part);

/** Between tags, quotes come as one reference or the other, as encoders like it. */
const quotes = (reference: string) => (xml: string) =>
  xml.replace(/>[^<]+</g, (text) => text.replaceAll(/"|&quot;/g, reference));
/** A text's characters as numbers, all of them. */
const numbered = (xml: string): string =>
  xml.replace(/<(Key|UploadId|ETag|IsTruncated)>([^<]+)</g, (_, tag: string, text: string) => {
    const plain = text
      .replaceAll('&quot;', '"')
      .replaceAll('&amp;', '&')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>');
    return `<${tag}>${[...plain].map((each) => `&#x${each.codePointAt(0)?.toString(16)};`).join('')}<`;
  });

const writers: [how: string, write: (xml: string) => string][] = [
  ['quotes by their number', quotes('&#34;')],
  ['quotes by their hexadecimal number', quotes('&#x22;')],
  ['quotes by their name', quotes('&quot;')],
  ['no quotes', (xml) => xml.replace(/(?<=<ETag>)("|&quot;)|("|&quot;)(?=<\/ETag>)/g, '')],
  ['every character by its number', numbered],
  ['a byte order mark', (xml) => `\uFEFF${xml}`],
  ['a prefix of a namespace', (xml) => xml.replace(/<(\/?)([A-Z])/g, '<$1s3:$2')],
  ['lines and blanks between tags', (xml) => xml.replace(/></g, '>\n    <').replace(/^<\?xml.*?\?>\s*/, '$&\n')],
];

describe.each(writers)('with %s', (_, write) => {
  beforeEach(() => {
    world.gate.rules = { onAnswer: ({ verb }) => (verb === 'part' || verb === 'head' ? undefined : { body: write }) };
  });

  test('an upload that was cut off goes on from the parts that are there', async () => {
    const content = randomBytes(partBytes + 1000);
    const job = await jobFor(await tempFile(content));
    const off = new AbortController();
    world.onStep = (step) => {
      if (/^part . stored$/.test(step)) off.abort(new Error('called off'));
    };
    await expect(world.driver.send({ ...job, signal: off.signal })).rejects.toThrow('called off');
    world.onStep = () => {};
    await vi.waitFor(() => expect(world.underWay()).toBe(0), { timeout: 5000, interval: 10 });
    const there = partsAt((status) => status === 200);
    world.gate.forget();
    await world.driver.send(job);
    expect(there.length).toBeGreaterThan(0);
    expect(partsAt(() => true)).toEqual([1, 2].filter((part) => !there.includes(part)));
    const [stored] = await world.arrived();
    expect(stored?.equals(content)).toBe(true);
  });

  test('what others left half-sent is found, and ended', async () => {
    const key = 'Régie "1" & <2>/take.mkv';
    const uploadId = await createMultipart(world.client, key, 'video/mp4', signal);
    expect(await world.driver.orphans(signal)).toMatchObject([{ key, uploadId, bytes: 0 }]);
    await abortMultipart(world.client, { key, uploadId }, signal);
    expect(await world.driver.orphans(signal)).toEqual([]);
  });
});
