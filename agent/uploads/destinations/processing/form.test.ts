import { expect, test } from 'vitest';
import { formFileName, multipartForm } from './form.ts';

test.each([
  ['plain.mkv', 'plain.mkv'],
  ['Été 録画 🎬.mp4', 'Été 録画 🎬.mp4'],
  ['say "hi".mkv', 'say %22hi%22.mkv'],
  ['a\r\nContent-Type: evil.mkv', 'a%0D%0AContent-Type: evil.mkv'],
  ['back\\slash.mkv', 'back_slash.mkv'],
  ['nul\0 tab\t.mkv', 'nul_ tab_.mkv'],
  ['half \ud83c pair', 'half \ufffd pair'],
])('the file name %j stands in the form as %j', (name, expected) => {
  expect(formFileName(name)).toBe(expected);
});

test('the form is what another parser reads back', async () => {
  const form = multipartForm({ subtitle_model: 'base', priority: '7' }, { fileName: 'Été 録画.mkv', container: 'mkv' });
  const body = Buffer.concat([form.before, Buffer.from('film\r\n--'), form.after]);
  const parsed = await new Response(body, { headers: { 'content-type': form.contentType } }).formData();
  expect([...parsed.keys()]).toEqual(['subtitle_model', 'priority', 'file']);
  expect(parsed.get('subtitle_model')).toBe('base');
  expect(parsed.get('priority')).toBe('7');
  const file = parsed.get('file');
  if (!(file instanceof File)) throw new Error('no file');
  expect([file.name, file.type, await file.text()]).toEqual(['Été 録画.mkv', 'video/x-matroska', 'film\r\n--']);
});

test.each([
  ['mkv', 'video/x-matroska'],
  ['mp4', 'video/mp4'],
  ['mov', 'video/quicktime'],
  ['flv', 'video/x-flv'],
  ['ts', 'video/mp2t'],
  ['unknown', 'application/octet-stream'],
  [null, 'application/octet-stream'],
] as const)('a file of kind %s is announced as %s', (container, type) => {
  expect(multipartForm({}, { fileName: 'x', container }).before.toString()).toContain(
    `\r\nContent-Type: ${type}\r\n\r\n`,
  );
});
