import { describe, expect, test } from 'vitest';
import { looksLikeError, multipartsSchema, parseXml, partsSchema, readXml, resolveReferences } from './xml.ts';

test.each([
  ['&#34;a&#34;', '"a"'],
  ['&#x22;a&#X22;', '"a"'],
  ['&#034;', '"'],
  ['&quot;&apos;&lt;&gt;&amp;', `"'<>&`],
  ['&amp;#34;', '&#34;'],
  ['&amp;amp;', '&amp;'],
  ['&#38;#34;', '&#34;'],
  ['&#xe9;&#233;&#x1F3AC;', 'éé🎬'],
  ['&#10;&#xA;&#13;', '\n\n\r'],
  ['a & b', 'a & b'],
  ['&nbsp;', '&nbsp;'],
  ['&constructor;', '&constructor;'],
  ['&#0;', '&#0;'],
  ['&#x110000;', '&#x110000;'],
  ['&#;&#x;', '&#;&#x;'],
  ['&#34', '&#34'],
])('%j is read as %j', (written, meant) => {
  expect(resolveReferences(written)).toBe(meant);
});

const md5 = '0cc175b9c0f1b6a831c399e269772661';
const list = (etag: string, start = ''): string =>
  `${start}<ListPartsResult><IsTruncated>false</IsTruncated><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag><Size>1</Size></Part></ListPartsResult>`;

describe('an ETag', () => {
  test.each([
    ['as it is', list(md5)],
    ['in quotes', list(`"${md5}"`)],
    ['in quotes by their names', list(`&quot;${md5}&quot;`)],
    ['in quotes by their numbers', list(`&#34;${md5}&#34;`)],
    ['in quotes by their hexadecimal numbers', list(`&#x22;${md5.toUpperCase()}&#x22;`)],
    ['as CDATA', list(`<![CDATA["${md5}"]]>`)],
    ['on a line of its own', list(`\n  "${md5}"\n  `)],
    ['after a byte order mark', list(`"${md5}"`, '\uFEFF<?xml version="1.0" encoding="UTF-8"?>\n')],
    [
      'in a namespace',
      list(`"${md5}"`)
        .replaceAll(/<(\/?)(\w)/g, '<$1s3:$2')
        .replace('Result>', 'Result xmlns:s3="x">'),
    ],
    ['in single-quoted declarations', list(`"${md5}"`, "<?xml version='1.0' encoding='utf-8'?>")],
  ])('%s is read', async (_, text) => {
    const { ListPartsResult } = await readXml(partsSchema, text);
    expect(ListPartsResult).toMatchObject({ IsTruncated: false, Part: [{ PartNumber: 1, ETag: md5, Size: 1 }] });
  });
});

test('a thousand parts whose quotes are numbers are no bomb', async () => {
  const part = `<Part><PartNumber>7</PartNumber><ETag>&#34;${md5}&#34;</ETag><Size>5</Size></Part>`;
  const text = `<ListPartsResult><IsTruncated>true</IsTruncated>${part.repeat(1000)}</ListPartsResult>`;
  expect((await readXml(partsSchema, text)).ListPartsResult.Part).toHaveLength(1000);
});

test('what a document declares itself stands for nothing', async () => {
  const bomb = `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Error><Code>&b;</Code></Error>`;
  expect(await parseXml(bomb)).toMatchObject({ Error: { Code: '&b;' } });
});

test.each([
  ['Fran&#231;ois &amp; fils/&#x1F3AC;.mkv', 'François & fils/🎬.mkv'],
  [' both ends ', ' both ends '],
  ['<![CDATA[a&amp;b <c>]]>', 'a&amp;b <c>'],
  ['a&#10;b', 'a\nb'],
])('the key %j is %j', async (written, key) => {
  const upload = `<Upload>\n<Key>${written}</Key>\n<UploadId> id </UploadId>\n</Upload>`;
  const text = `<ListMultipartUploadsResult>\n<IsTruncated> false </IsTruncated>\n${upload}\n</ListMultipartUploadsResult>`;
  const { ListMultipartUploadsResult } = await readXml(multipartsSchema, text);
  expect(ListMultipartUploadsResult.Upload).toEqual([{ Key: key, UploadId: 'id' }]);
});

test.each([
  ['<Error><Code>A</Code></Error>', true],
  ['<Error xmlns="x"><Code>A</Code></Error>', true],
  ['\n\n<s3:Error xmlns:s3="x"/>', true],
  ['<CompleteMultipartUploadResult/>', false],
  ['<Errors/>', false],
  ['', false],
])('%j looks like an error: %s', (text, looks) => {
  expect(looksLikeError(text)).toBe(looks);
});
