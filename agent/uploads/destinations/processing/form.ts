/** The multipart/form-data body around a file: what comes before its bytes and what comes after (RFC 7578). */
import { randomBytes } from 'node:crypto';
import type { Container } from '../../../../shared/domain.ts';

export interface Form {
  readonly contentType: string;
  readonly before: Buffer;
  readonly after: Buffer;
}

const contentTypes: Readonly<Record<Container, string>> = {
  mkv: 'video/x-matroska',
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  flv: 'video/x-flv',
  ts: 'video/mp2t',
  unknown: 'application/octet-stream',
};

/** Fields first, then the file: a server that reads in order knows the fields before gigabytes arrive. */
export function multipartForm(
  fields: Readonly<Record<string, string>>,
  file: { readonly fileName: string; readonly container: Container | null },
): Form {
  // 96 random bits: no file contains them by chance.
  const boundary = `streamai-${randomBytes(12).toString('hex')}`;
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const head =
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${formFileName(file.fileName)}"\r\n` +
    `Content-Type: ${contentTypes[file.container ?? 'unknown']}\r\n\r\n`;
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    before: Buffer.from(parts.join('') + head),
    after: Buffer.from(`\r\n--${boundary}--\r\n`),
  };
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
