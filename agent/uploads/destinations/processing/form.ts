/** The multipart/form-data body around a file: what comes before its bytes and what comes after (RFC 7578). */
import { randomBytes } from 'node:crypto';
import type { Container } from '../../../../shared/domain.ts';
import { contentType } from '../content-type.ts';

export interface Form {
  readonly contentType: string;
  readonly before: Buffer;
  readonly after: Buffer;
}

/** A form of fields alone. */
export function fieldsForm(fields: Readonly<Record<string, string>>): { contentType: string; body: Buffer } {
  const boundary = newBoundary();
  const body = Buffer.from(`${fieldParts(fields, boundary)}--${boundary}--\r\n`);
  return { contentType: `multipart/form-data; boundary=${boundary}`, body };
}

/** Fields first, then the file: a server that reads in order knows the fields before gigabytes arrive. */
export function multipartForm(
  fields: Readonly<Record<string, string>>,
  file: { readonly fileName: string; readonly container: Container | null },
): Form {
  const boundary = newBoundary();
  const head =
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${formFileName(file.fileName)}"\r\n` +
    `Content-Type: ${contentType(file.container)}\r\n\r\n`;
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    before: Buffer.from(fieldParts(fields, boundary) + head),
    after: Buffer.from(`\r\n--${boundary}--\r\n`),
  };
}

/** 96 random bits: no file contains them by chance. */
const newBoundary = (): string => `streamai-${randomBytes(12).toString('hex')}`;

function fieldParts(fields: Readonly<Record<string, string>>, boundary: string): string {
  return Object.entries(fields)
    .map(([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('');
}

/**
 * A file name as it stands between the quotes of `filename="…"`: UTF-8 as it is (RFC 7578 §5.1 forbids `filename*`), quotes
 * and line breaks percent-encoded as browsers do (https://html.spec.whatwg.org/#multipart-form-data). A backslash starts an
 * escape for some parsers and a folder for others; it and control characters become `_`.
 */
export function formFileName(name: string): string {
  return name
    .toWellFormed()
    .replaceAll('"', '%22')
    .replaceAll('\r', '%0D')
    .replaceAll('\n', '%0A')
    .replace(/[\\\p{Cc}]/gu, '_');
}
