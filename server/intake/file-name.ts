import { posix, win32 } from 'node:path';

const maxLabelLength = 255;

/**
 * What the client called its file, as a label for people: without folders of either platform, without control
 * characters, at most 255 characters. It is never used as a path.
 */
export function fileLabel(sent: string): string {
  const base = posix.basename(win32.basename(sent));
  const label = Array.from(base.replace(/\p{Cc}/gu, ''))
    .slice(0, maxLabelLength)
    .join('');
  return label === '' || label === '.' || label === '..' ? 'recording' : label;
}

/**
 * The name under which a file is stored in its task's own folder. Nothing of the client's name is kept but a plain
 * extension, so there is nothing to escape on any platform: no traversal, no `CON`, no trailing dot.
 */
export function storedName(label: string): string {
  const extension = /\.[a-z0-9]{1,8}$/.exec(label.toLowerCase())?.[0] ?? '';
  return `recording${extension}`;
}

// The containers that OBS can write (its Recording Format setting), as registered with IANA or used by browsers.
const mediaTypes: Readonly<Record<string, string>> = {
  '.mp4': 'video/mp4',
  '.m4v': 'video/mp4',
  '.mov': 'video/quicktime',
  '.mkv': 'video/matroska',
  '.webm': 'video/webm',
  '.flv': 'video/x-flv',
  '.ts': 'video/mp2t',
};

/** The media type for a stored name; anything unknown is plain bytes, so that a browser never runs it. */
export function mediaType(name: string): string {
  return mediaTypes[posix.extname(name)] ?? 'application/octet-stream';
}
