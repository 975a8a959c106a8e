/**
 * The system's file operations as everything in this folder calls them. In one place, so that tests can put a disk under it that does
 * what Windows' disks do now and then (misbehaving-disk-fixture.ts).
 */
import { link, lstat, open, readdir, realpath, rename, stat, statfs, unlink } from 'node:fs/promises';

export const disk = { link, lstat, open, readdir, realpath, rename, stat, statfs, unlink };
