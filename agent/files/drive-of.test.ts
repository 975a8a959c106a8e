import { expect, test } from 'vitest';
import { driveOf, mountPointOf } from './drive-of.ts';

const mounts = [
  '22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw',
  '40 22 0:35 / /mnt/nas rw,relatime - nfs4 nas:/rec rw',
  '41 40 0:36 / /mnt/nas/old\\040films rw - fuse x rw',
  '42 22 0:37 / /media/ann/USB\\134disk rw - vfat /dev/sdb1 rw',
  '',
].join('\n');

test.each([
  ['/mnt/nas', '/mnt/nas'],
  ['/mnt/nas/2026/11', '/mnt/nas'],
  ['/mnt/nas/old films/2025', '/mnt/nas/old films'],
  ['/media/ann/USB\\disk/rec', '/media/ann/USB\\disk'],
  ['/mnt/nas2', null],
  ['/home/ann', null],
  ['/', null],
])('on Linux %s is on %s', (folder, drive) => expect(mountPointOf(folder, mounts)).toBe(drive));

test.each<[string, NodeJS.Platform, string | null]>([
  ['D:\\Videos\\2026', 'win32', 'd:\\'],
  ['d:/videos', 'win32', 'd:\\'],
  ['\\\\?\\D:\\videos', 'win32', 'd:\\'],
  ['C:\\Videos', 'win32', null],
  ['\\\\NAS\\rec\\2026', 'win32', '\\\\nas\\rec\\'],
  ['//nas/rec/2026', 'win32', '\\\\nas\\rec\\'],
  ['\\\\?\\UNC\\nas\\rec\\2026', 'win32', '\\\\nas\\rec\\'],
  ['/Volumes/Rec 1/2026', 'darwin', '/Volumes/Rec 1'],
  ['/Users/ann/Movies', 'darwin', null],
])('%s on %s is on %s', (folder, platform, drive) => expect(driveOf(folder, platform, 'C:')).toBe(drive));
