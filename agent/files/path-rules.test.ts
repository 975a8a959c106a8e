import { describe, expect, test } from 'vitest';
import { isBelow, isDevicePath, isNetworkPath } from './path-rules.ts';

describe('Windows', () => {
  test.each([
    '\\\\.\\pipe\\obs',
    '\\\\.\\PhysicalDrive0',
    '//./COM1',
    '\\\\?\\GLOBALROOT\\Device\\HarddiskVolume1\\x.mkv',
    '\\\\?\\Volume{b75e2c83-0000-0000-0000-602f00000000}\\x.mkv',
    '//?/GLOBALROOT/Device/Null',
    '\\??\\C:\\x.mkv',
    'C:\\Videos\\x.mkv:secret',
    'C:/Videos/x.mkv::$DATA',
    'C:\\Videos\\NUL',
    'C:\\Videos\\con.mkv',
    'C:\\Videos\\aux .mkv',
    'C:\\COM1\\x.mkv',
    'C:\\Videos\\LPT¹.mkv',
    'C:\\Videos\\CONIN$',
    '\\\\nas\\share\\x.mkv:stream',
    // Relative to a folder of a drive, or to a drive, that happen to be this program's.
    'C:x.mkv',
    'c:Videos\\x.mkv',
    'C:..\\x.mkv',
    'C:',
    '\\Videos\\x.mkv',
    '/Videos/x.mkv',
    'x.mkv',
    '..\\x.mkv',
    '',
    // Other spellings of devices.
    '\\\\?\\c:x.mkv',
    '\\\\?\\UNC\\nas\\share\\NUL',
    '\\\\?\\unc\\nas\\share\\x.mkv:stream',
    '\\\\.\\UNC\\nas\\share\\x.mkv',
    '\\\\.\\C:\\Videos\\x.mkv',
    '//?/globalroot/Device/Mup/nas/share/x.mkv',
    '\\??\\UNC\\nas\\share\\x.mkv',
    '\\Device\\Mup\\nas\\share\\x.mkv',
    'C:\\Videos\\NUL.mkv',
    'C:\\Videos\\nul.tar.mkv',
    'C:\\Videos\\CON',
    'C:\\Videos\\Prn.mkv',
    'C:\\Videos\\com0.mkv',
    'C:\\Videos\\conout$.mkv',
    'C:\\lpt9 \\x.mkv',
    // Windows takes dots and blanks off the end of a name.
    'C:\\Videos\\NUL.',
    'C:\\Videos\\NUL ',
    'C:\\Videos\\con . .mkv',
    'C:\\Videos\\aux. \\x.mkv',
  ])('%s is no file of a person', (file) => expect(isDevicePath(file, 'win32')).toBe(true));

  test.each([
    'C:\\Videos\\x.mkv',
    'd:/Videos/2026-11-28 20-00-00.mkv',
    '\\\\?\\C:\\Users\\Ann\\a very long name.mkv',
    '\\\\?\\UNC\\nas\\share\\x.mkv',
    '\\\\nas\\share\\x.mkv',
    'C:\\Videos\\console.mkv',
    'C:\\Videos\\COM10.mkv',
    'C:\\Videos\\nullify\\x.mkv',
    'C:\\Videos\\..\\Videos\\.\\x.mkv',
    'C:\\Videos\\.hidden\\ x.y z.mkv',
    // As a file name format of OBS can have it: with the end taken off they are plain files.
    'C:\\Videos\\Show \\x.mkv.',
    'C:\\Videos\\...\\x .mkv',
    'C:\\PROGRA~1\\VIDEOS~2\\2026-1~1.MKV',
    // OneDrive's folders, as it calls them.
    'C:\\Users\\Zoé\\OneDrive\\Vidéos\\2026-11-28 20-00-00.mkv',
    'C:\\Users\\Ann\\OneDrive - Contoso Ltd\\Videos\\x.mkv',
    'C:\\Users\\ZOÉ~1\\ONEDRI~1\\x.mkv',
    '\\\\?\\unc\\NAS\\share\\x.mkv',
    '\\\\nas.lan\\rec$\\x.mkv',
  ])('%s can be one', (file) => expect(isDevicePath(file, 'win32')).toBe(false));

  test.each([
    ['\\\\nas\\share\\x.mkv', true],
    ['//nas/share/x.mkv', true],
    ['\\\\?\\UNC\\nas\\share\\x.mkv', true],
    ['\\\\?\\C:\\x.mkv', false],
    ['C:\\x.mkv', false],
  ])('whether %s names another machine: %s', (file, expected) => {
    expect(isNetworkPath(file, 'win32')).toBe(expected);
    expect(isNetworkPath(file, 'linux')).toBe(false);
  });
});

test.each(['/proc/self/environ', '/proc/kcore', '/dev/sda', '/dev/../dev/zero', '/sys/kernel/x', '/tmp/../proc/1/mem'])(
  'elsewhere %s is no file of a person',
  (file) => expect(isDevicePath(file, 'linux')).toBe(true),
);
test.each(['/home/ann/Videos/x.mkv', '/dev/shm/x.mkv', '/process/x.mkv', '/home/ann/proc/x.mkv', '/devices/x.mkv'])(
  '%s can be one',
  (file) => expect(isDevicePath(file, 'linux')).toBe(false),
);

test.each<[string, string, NodeJS.Platform, boolean]>([
  ['/rec', '/rec/x.mkv', 'linux', true],
  ['/rec', '/rec/2026/x.mkv', 'linux', true],
  ['/rec', '/rec', 'linux', true],
  ['/rec', '/rec/..x.mkv', 'linux', true],
  ['/rec', '/recordings/x.mkv', 'linux', false],
  ['/rec', '/rec/../etc/shadow', 'linux', false],
  ['C:\\Rec', 'c:/rec/x.mkv', 'win32', true],
  ['C:\\Rec', 'D:\\Rec\\x.mkv', 'win32', false],
  ['\\\\nas\\rec', '\\\\NAS\\rec\\x.mkv', 'win32', true],
  ['\\\\nas\\rec', '\\\\?\\UNC\\nas\\rec\\x.mkv', 'win32', true],
  ['\\\\nas\\rec', '\\\\nas\\records\\x.mkv', 'win32', false],
  ['\\\\nas\\rec', '\\\\evil\\rec\\x.mkv', 'win32', false],
  ['\\\\nas\\rec', '\\\\?\\unc\\NAS\\REC\\2026\\x.mkv', 'win32', true],
  ['\\\\?\\UNC\\nas\\rec', '//NAS/rec/x.mkv', 'win32', true],
  ['\\\\nas\\rec', '\\\\nas.\\rec\\x.mkv', 'win32', false],
  ['\\\\nas\\rec', '\\\\nas@SSL\\rec\\x.mkv', 'win32', false],
  ['\\\\nas\\long folder', '\\\\nas\\LONGFO~1\\x.mkv', 'win32', false],
  // Nothing is above a share.
  ['\\\\nas\\rec', '\\\\nas\\rec\\..\\other\\x.mkv', 'win32', true],
  ['\\\\nas\\rec\\obs', '\\\\nas\\rec\\obs\\..\\other\\x.mkv', 'win32', false],
  ['C:\\Rec', 'C:\\REC\\X.MKV', 'win32', true],
  ['C:\\Rec', '\\\\?\\c:\\rec\\x.mkv', 'win32', true],
  ['C:\\Rec', 'C:\\Rec ordings\\x.mkv', 'win32', false],
  ['C:\\Users\\Zoé\\OneDrive', 'c:\\users\\ZOÉ\\onedrive\\Vidéos\\x.mkv', 'win32', true],
  ['C:\\Users\\Ann\\OneDrive', 'C:\\Users\\Ann\\OneDrive - Contoso\\x.mkv', 'win32', false],
  // A short name is another spelling, which only the disk knows: what has to be the same folder is asked of it (realpath).
  ['C:\\Users\\Ann\\OneDrive', 'C:\\Users\\Ann\\ONEDRI~1\\x.mkv', 'win32', false],
])('below %s lies %s on %s: %s', (folder, file, platform, expected) => {
  expect(isBelow(folder, file, platform)).toBe(expected);
});
