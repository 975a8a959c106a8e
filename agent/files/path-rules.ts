/**
 * Which paths can be a recording's at all, by their text alone: what stands for a device, a pipe or a stream of another file is
 * refused before the system sees it. On Windows even a look at `\\host\share` makes the machine log in there.
 * Sources: https://learn.microsoft.com/windows/win32/fileio/naming-a-file; proc(5).
 */
import path from 'node:path';

/** What the kernel shows of itself and of devices; `/dev/shm` is memory that programs may keep files in. */
const kernelFolders = ['/proc', '/sys', '/dev'];
const memoryFolder = '/dev/shm';

/** Whether no file of a person can have this path. The path is absolute. */
export function isDevicePath(file: string, platform: NodeJS.Platform = process.platform): boolean {
  return platform === 'win32' ? isWindowsDevice(file) : isKernelPath(path.posix.normalize(file));
}

function isKernelPath(file: string): boolean {
  if (isBelow(memoryFolder, file, 'linux')) return false;
  return kernelFolders.some((folder) => isBelow(folder, file, 'linux'));
}

function isWindowsDevice(file: string): boolean {
  const text = file.replaceAll('/', '\\');
  // `\\?\C:\…` and `\\?\UNC\host\share\…` are long forms of plain paths; all else behind `\\?\`, `\\.\` and `\??\` is a device.
  const plain = text.replace(/^\\\\\?\\(?=[a-z]:\\)/i, '').replace(/^\\\\\?\\UNC\\/i, '\\\\');
  if (/^\\\\[.?]\\|^\\\?\?\\/.test(plain)) return true;
  // `C:x` and `\\x` are somewhere below or beside what happens to be this program's own folder: OBS names whole paths.
  if (!/^(?:[a-z]:|\\)\\/i.test(plain)) return true;
  const names = plain.replace(/^[a-z]:/i, '').split('\\');
  return names.some((name) => name.includes(':') || reservedName.test(name));
}

/** Names of devices in every folder, whatever extension they have, and with the blanks and dots at the end that Windows takes off. */
const reservedName = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])\s*(?:\.|$)/i;

/** Whether this names another machine's share. */
export function isNetworkPath(file: string, platform: NodeJS.Platform = process.platform): boolean {
  return platform === 'win32' && /^(?:[\\/]{2}(?![.?][\\/])|[\\/]{2}\?[\\/]UNC[\\/])/i.test(file);
}

/** Whether a path lies in a folder, or is it. Windows knows no difference between large and small letters. */
export function isBelow(folder: string, file: string, platform: NodeJS.Platform = process.platform): boolean {
  const paths = platform === 'win32' ? path.win32 : path.posix;
  const relative = paths.relative(plainForm(folder, platform), plainForm(file, platform));
  return relative !== '..' && !relative.startsWith(`..${paths.sep}`) && !paths.isAbsolute(relative);
}

/** Without what only marks a long path. */
export function plainForm(file: string, platform: NodeJS.Platform): string {
  if (platform !== 'win32') return file;
  return file
    .replaceAll('/', '\\')
    .replace(/^\\\\\?\\UNC\\/i, '\\\\')
    .replace(/^\\\\\?\\/, '');
}
