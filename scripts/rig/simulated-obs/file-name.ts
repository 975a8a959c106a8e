import { existsSync } from 'node:fs';
import path from 'node:path';

type Specifier = readonly [token: string, value: (now: Date) => string];

const two = (number: number) => String(number).padStart(2, '0');
const english = (options: Intl.DateTimeFormatOptions) => (now: Date) => now.toLocaleDateString('en', options);

/**
 * What OBS fills into Output/FilenameFormatting, in the order in which OBS tries them: obs-studio, libobs/util/platform.c,
 * os_generate_formatted_filename.
 */
function specifiers(video: { width: number; height: number; fps: number }): Specifier[] {
  return [
    ['%CCYY', (now) => String(now.getFullYear())],
    ['%YY', (now) => two(now.getFullYear() % 100)],
    ['%MM', (now) => two(now.getMonth() + 1)],
    ['%DD', (now) => two(now.getDate())],
    ['%hh', (now) => two(now.getHours())],
    ['%mm', (now) => two(now.getMinutes())],
    ['%ss', (now) => two(now.getSeconds())],
    ['%%', () => '%'],
    ['%a', english({ weekday: 'short' })],
    ['%A', english({ weekday: 'long' })],
    ['%b', english({ month: 'short' })],
    ['%B', english({ month: 'long' })],
    ['%d', (now) => two(now.getDate())],
    ['%H', (now) => two(now.getHours())],
    ['%m', (now) => two(now.getMonth() + 1)],
    ['%M', (now) => two(now.getMinutes())],
    ['%S', (now) => two(now.getSeconds())],
    ['%s', (now) => String(Math.floor(now.getTime() / 1000))],
    ['%y', (now) => two(now.getFullYear() % 100)],
    ['%Y', (now) => String(now.getFullYear())],
    ['%FPS', () => String(video.fps)],
    ['%CRES', () => `${video.width}x${video.height}`],
    ['%ORES', () => `${video.width}x${video.height}`],
  ];
}

/** What OBS makes of a FilenameFormatting: specifiers filled in, a lone % dropped, everything else kept. */
export function formatFileName(format: string, now: Date, video: { width: number; height: number; fps: number }) {
  const known = specifiers(video);
  let name = '';
  for (let at = 0; at < format.length; ) {
    const match = known.find(([token]) => format.startsWith(token, at));
    if (match) name += match[1](now);
    else if (format[at] !== '%') name += format[at];
    at += match ? match[0].length : 1;
  }
  return name;
}

/**
 * The path of the next recording: a backslash is a slash, slashes make folders, and " (2)", " (3)" … keep what exists.
 * Windows' reserved characters become "_" there, as in OBS. The result has forward slashes, as OBS reports it.
 * @param overwrite OBS's "Overwrite if file exists"
 */
export function recordingPath(
  folder: string,
  name: string,
  extension: string,
  platform = process.platform,
  overwrite = false,
): string {
  const slashed = name.replaceAll('\\', '/');
  const safe = platform === 'win32' ? slashed.replace(/[*?"|:<>]/g, '_') : slashed;
  const stem = `${folder.replaceAll(path.sep, '/')}/${safe}`;
  let candidate = `${stem}.${extension}`;
  for (let number = 2; !overwrite && existsSync(candidate); number++) candidate = `${stem} (${number}).${extension}`;
  return candidate;
}
