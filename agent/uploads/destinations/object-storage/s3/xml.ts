/** S3's XML: what we read of its answers, and the one document that we write. */
import { setImmediate } from 'node:timers/promises';
import * as z from 'zod';
import { withoutMark } from '../../../../decode-text.ts';
import { plainEtag } from './etag.ts';
import { notS3 } from './failure.ts';

const several = new Set(['Part', 'Upload']);
/** Entries of one page, as S3 has it. */
const mostEntries = 1000;
/**
 * Parsing takes as long as the text is, and as there are elements in it. We ask for pages of 250 uploads or 500 parts, which have 450 kB
 * with the longest names; a store that does not heed that gives a thousand shorter ones, with 12 elements each at most (AWS).
 */
const longestDocument = 640 * 1024;
const mostElements = 13_000;
const whole = z.coerce.number().int().nonnegative();
const etag = z.string().transform(plainEtag);
/** What a store names itself; blanks around it are only layout. Of a key they are part. */
const word = z.string().trim();
const truncated = word.pipe(z.stringbool({ truthy: ['true'], falsy: ['false'] }));

export const errorSchema = z.object({
  Error: z.object({
    Code: word.max(100),
    Message: z.string().catch(''),
    RequestId: word.max(200).catch(''),
    /** Host of the store that a redirect leads to. */
    Endpoint: word.max(300).catch(''),
    Region: z
      .string()
      .regex(/^[a-zA-Z0-9-]{1,60}$/)
      .optional()
      .catch(undefined),
  }),
});
export const createdSchema = z.object({
  InitiateMultipartUploadResult: z.object({ UploadId: word.min(1).max(1000) }),
});
export const completedSchema = z.object({ CompleteMultipartUploadResult: z.object({ ETag: etag }) });
export const partsSchema = z.object({
  ListPartsResult: z.object({
    IsTruncated: truncated,
    NextPartNumberMarker: whole.optional().catch(undefined),
    Part: z
      .array(z.object({ PartNumber: whole, ETag: etag, Size: whole }))
      .max(mostEntries)
      .default([]),
  }),
});
export const multipartsSchema = z.object({
  ListMultipartUploadsResult: z.object({
    IsTruncated: truncated,
    NextKeyMarker: z.string().default(''),
    NextUploadIdMarker: word.default(''),
    Upload: z
      .array(z.object({ Key: z.string(), UploadId: word, Initiated: word.optional() }))
      .max(mostEntries)
      .default([]),
  }),
});

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * Texts with their references resolved, as XML knows them without a DTD: five names, and any character by its number, as Go's
 * encoder writes the quotes of ETags (`&#34;`). In one pass: `&amp;#34;` is no quote. https://www.w3.org/TR/xml/#sec-references
 */
export function resolveReferences(text: string): string {
  return text.replace(
    /&(?:#x([\da-f]{1,6})|#(\d{1,7})|(\w{2,4}));/gi,
    (whole, hex: string, decimal: string, name: string) => {
      if (name !== undefined) return named[name] ?? whole;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code > 0 && code <= 0x10_ffff ? String.fromCodePoint(code) : whole;
    },
  );
}

const entityDecoder = {
  decode: resolveReferences,
  // Of a document's own declarations nothing is taken: that is how XML bombs are built.
  setExternalEntities: () => {},
  addInputEntities: () => {},
  setXmlVersion: () => {},
  reset: () => {},
};

/** The document as plain objects without prefixes of namespaces, texts as texts; undefined where it is none, or too long for one. */
export async function parseXml(text: string): Promise<unknown> {
  if (text.length > longestDocument || hasMoreElementsThan(mostElements, text)) return undefined;
  const { XMLParser } = await import('fast-xml-parser');
  const parser = new XMLParser({
    parseTagValue: false,
    trimValues: false,
    ignoreDeclaration: true,
    removeNSPrefix: true,
    isArray: (name) => several.has(name),
    entityDecoder,
  });
  await rest(text);
  try {
    return parser.parse(withoutMark(text));
  } catch {
    return undefined;
  } finally {
    await rest(text);
  }
}

/** A text from this length on is read, parsed and checked in turns of their own: each takes its time. */
const long = 16 * 1024;
const rest = async (text: string): Promise<void> => {
  if (text.length >= long) await setImmediate();
};

/** Elements, comments and the like, each by its beginning: an end tag is the end of one of them. */
function hasMoreElementsThan(most: number, text: string): boolean {
  let count = 0;
  for (let at = text.indexOf('<'); at !== -1 && count <= most; at = text.indexOf('<', at + 1))
    if (text[at + 1] !== '/') count += 1;
  return count > most;
}

/** Whether an answer may be an error, whatever its status says. */
export function looksLikeError(text: string): boolean {
  return /<(?:[\w.-]+:)?Error[\s/>]/.test(text);
}

/** @throws StreamAIError storage_answer_invalid */
export async function readXml<T>(schema: z.ZodType<T>, text: string): Promise<T> {
  const parsed = schema.safeParse(await parseXml(text));
  if (!parsed.success) throw notS3('an answer that is not S3’s', parsed.error);
  return parsed.data;
}

/** The body of CompleteMultipartUpload: all parts in their order, by their ETags. */
export function completeXml(etags: readonly string[]): string {
  const parts = etags.map((etag, index) => {
    const text = etag.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
    return `<Part><PartNumber>${index + 1}</PartNumber><ETag>"${text}"</ETag></Part>`;
  });
  return `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
}
