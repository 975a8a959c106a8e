/** S3's XML: what we read of its answers, and the one document that we write. */
// Tests: client.test.ts and operations.test.ts
import * as z from 'zod';
import { plainEtag } from './etag.ts';
import { notS3 } from './failure.ts';

const several = new Set(['Part', 'Upload']);
const whole = z.coerce.number().int().nonnegative();
const truncated = z.enum(['true', 'false']).transform((text) => text === 'true');
const etag = z.string().transform(plainEtag);

export const errorSchema = z.object({
  Error: z.object({
    Code: z.string().max(100),
    Message: z.string().catch(''),
    RequestId: z.string().max(200).catch(''),
  }),
});
export const createdSchema = z.object({
  InitiateMultipartUploadResult: z.object({ UploadId: z.string().min(1).max(1000) }),
});
export const completedSchema = z.object({ CompleteMultipartUploadResult: z.object({ ETag: etag }) });
export const partsSchema = z.object({
  ListPartsResult: z.object({
    IsTruncated: truncated,
    NextPartNumberMarker: whole.optional().catch(undefined),
    Part: z.array(z.object({ PartNumber: whole, ETag: etag, Size: whole })).default([]),
  }),
});
export const multipartsSchema = z.object({
  ListMultipartUploadsResult: z.object({
    IsTruncated: truncated,
    NextKeyMarker: z.string().default(''),
    NextUploadIdMarker: z.string().default(''),
    Upload: z.array(z.object({ Key: z.string(), UploadId: z.string(), Initiated: z.string().optional() })).default([]),
  }),
});

/** The document as plain objects, texts as texts; undefined where it is none. */
export async function parseXml(text: string): Promise<unknown> {
  const { XMLParser } = await import('fast-xml-parser');
  const parser = new XMLParser({ parseTagValue: false, ignoreDeclaration: true, isArray: (name) => several.has(name) });
  try {
    return parser.parse(text);
  } catch {
    return undefined;
  }
}

/** @throws StreamAIError storage_answer_invalid */
export async function readXml<T>(schema: z.ZodType<T>, text: string): Promise<T> {
  const parsed = schema.safeParse(await parseXml(text));
  if (!parsed.success) throw notS3('an answer that is not S3’s', parsed.error);
  return parsed.data;
}

/** The body of CompleteMultipartUpload: all parts in their order. */
export function completeXml(md5s: readonly string[]): string {
  const parts = md5s.map((md5, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>"${md5}"</ETag></Part>`);
  return `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
}
