/** A store's answers: read as what was asked for, or refused as no answer of S3's. */
import { test } from 'vitest';
import type * as z from 'zod';
import { decodeText } from '../../../agent/decode-text.ts';
import {
  completedSchema,
  createdSchema,
  errorSchema,
  looksLikeError,
  multipartsSchema,
  partsSchema,
  readXml,
} from '../../../agent/uploads/destinations/object-storage/s3/xml.ts';
import { StreamAIError } from '../../../shared/errors.ts';
import { fuzz, fuzzTimeoutMs } from './fuzz-fixture.ts';
import { broken } from './mutate-fixture.ts';

const declaration = '<?xml version="1.0" encoding="UTF-8"?>';
const space = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const part = (number: number): string =>
  `<Part><LastModified>2026-11-28T20:15:00.000Z</LastModified><PartNumber>${number}</PartNumber><ETag>&quot;0cc175b9c0f1b6a831c399e269772661&quot;</ETag><Size>5242880</Size></Part>`;
const upload = (number: number): string =>
  `<Upload><Key>2026/Régie &amp; ${number}.mkv</Key><UploadId>2~${number}abc</UploadId><Initiator><ID>x</ID></Initiator><Initiated>2026-11-28T20:15:00.000Z</Initiated></Upload>`;
const samples = {
  valid: [
    `${declaration}<InitiateMultipartUploadResult ${space}><Bucket>b</Bucket><Key>k</Key><UploadId>2~abc</UploadId></InitiateMultipartUploadResult>`,
    `${declaration}<CompleteMultipartUploadResult ${space}><Location>http://b.s/k</Location><ETag>"0cc175b9c0f1b6a831c399e269772661-3"</ETag></CompleteMultipartUploadResult>`,
    `${declaration}<ListPartsResult ${space}><IsTruncated>true</IsTruncated><NextPartNumberMarker>3</NextPartNumberMarker>${[1, 2, 3].map(part).join('')}</ListPartsResult>`,
    `${declaration}<ListMultipartUploadsResult ${space}><IsTruncated>false</IsTruncated><NextKeyMarker/>${[1, 2].map(upload).join('')}</ListMultipartUploadsResult>`,
    `${declaration}<Error><Code>AuthorizationHeaderMalformed</Code><Message>The region is wrong</Message><RequestId>tx1</RequestId><Region>eu-west-1</Region></Error>`,
    `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><Error><Code>&b;</Code></Error>`,
    '<s3:Error xmlns:s3="x"><s3:Code><![CDATA[SlowDown]]></s3:Code></s3:Error>',
  ].map((text) => Buffer.from(text)) as [Buffer, ...Buffer[]],
  words: [
    ...['<Part>', '</Part>', '<Upload>', '</Upload>', '<Key>', '<Error>', '</Error>', '<Code>', '<a>', '</a>', '<a/>'],
    ...['<!--', '-->', '<![CDATA[', ']]>', '<?', '?>', '<!DOCTYPE a [', ']>', '<!ENTITY a "&a;&a;">', '<!ENTITY % a'],
    ...['&', '&#', '&#x', '&#34;', '&#x10ffff;', '&#0;', '&amp;', '&a;', '"', "'", '<', '>', '/', '=', ' ', '\t', '\n'],
    ...['a:', ':', '__proto__', '<__proto__>', '</__proto__>', '<constructor>', '<prototype>', 'hasOwnProperty'],
    ...['9'.repeat(400), '-1', '1e9', 'true', '\u0000', '\uFEFF', '\u202e', '🎬', ' a="b"', ' xmlns:a="b"'],
  ].map((text) => Buffer.from(text)) as [Buffer, ...Buffer[]],
  most: 256 * 1024,
};
const schemas: readonly z.ZodType[] = [createdSchema, completedSchema, partsSchema, multipartsSchema, errorSchema];

test(
  'any document in an answer’s place',
  async (context) => {
    await fuzz(context, {
      name: 'S3 XML',
      make: (random) => ({
        bytes: broken(random, samples),
        schema: random.pick([completedSchema, ...schemas]),
      }),
      async read({ bytes, schema }) {
        const text = decodeText(bytes);
        looksLikeError(text);
        await readXml(schema, text).catch((error: unknown) => {
          if (!(error instanceof StreamAIError) || error.code !== 'storage_answer_invalid') throw error;
        });
      },
      show: ({ bytes }) => JSON.stringify(bytes.toString('latin1')),
    });
  },
  fuzzTimeoutMs,
);
