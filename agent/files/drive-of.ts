/** Which drive a folder lies on, told without asking that drive: one that hangs would not answer. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { plainForm } from './path-rules.ts';

/**
 * By its path alone: a folder that is reached through a link counts for the drive that the link lies on.
 * @param system Windows' own drive, such as `C:`
 * @returns what is the same for folders of one drive; null: the system's own, or not known
 */
export function driveOf(
  folder: string,
  platform: NodeJS.Platform = process.platform,
  system = process.env.SystemDrive ?? 'C:',
): string | null {
  if (platform === 'win32') {
    const root = path.win32.parse(plainForm(folder, platform)).root.toLowerCase();
    return root === '' || root === `${system}\\`.toLowerCase() ? null : root;
  }
  // Where macOS mounts disks and shares (hier(7)).
  if (platform === 'darwin') return /^\/Volumes\/[^/]+/.exec(folder)?.[0] ?? null;
  return mountPointOf(folder, mounts());
}

/** The innermost mount point that a folder lies below; null: the root. @param text /proc/self/mountinfo */
export function mountPointOf(folder: string, text: string): string | null {
  const points = text.split('\n').map((line) => unescaped(line.split(' ')[4] ?? ''));
  const above = points.filter((point) => point !== '/' && (folder === point || folder.startsWith(`${point}/`)));
  return above.reduce((longest, point) => (point.length > longest.length ? point : longest), '') || null;
}

/** Blanks, tabs, line ends and backslashes stand there in octal (proc_pid_mountinfo(5)). */
const unescaped = (point: string): string =>
  point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** The kernel tells this from its own memory, whatever hangs. */
function mounts(): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return '';
  }
}
