/** MIME types of recordings. */
// Tests: processing/form.test.ts
import type { Container } from '../../../shared/domain.ts';

const contentTypes: Readonly<Record<Container, string>> = {
  mkv: 'video/x-matroska',
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  flv: 'video/x-flv',
  ts: 'video/mp2t',
  // Never sent.
  playlist: 'application/octet-stream',
  unknown: 'application/octet-stream',
};

export const contentType = (container: Container | null): string => contentTypes[container ?? 'unknown'];
