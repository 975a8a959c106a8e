import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { run } from '../rig/processes.ts';
import type { S3Account } from '../rig/s3.ts';

/** rclone's remote `:s3:` is this account's, whatever its user has configured. @param folder without a configuration in it */
export function rcloneEnvironment({ url, accessKey, secretKey }: S3Account, folder: string): Record<string, string> {
  return {
    RCLONE_CONFIG: path.join(folder, 'no-config'),
    RCLONE_S3_PROVIDER: 'Ceph',
    RCLONE_S3_ENDPOINT: url,
    RCLONE_S3_ACCESS_KEY_ID: accessKey,
    RCLONE_S3_SECRET_ACCESS_KEY: secretKey,
  };
}

/** What one upload cost the program that did it. */
export interface Cost {
  readonly wallSeconds: number;
  /** User and system, all threads and children. */
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

/** Runs a program to its end under GNU time, which measures it from outside: nothing of it is ours. */
export async function measureProgram(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Cost> {
  const report = path.join(os.tmpdir(), `streamai-time-${randomUUID()}`);
  try {
    await run('/usr/bin/time', ['--format=%e %U %S %M', `--output=${report}`, command, ...args], {
      env: { PATH: process.env.PATH, HOME: os.tmpdir(), ...env },
      timeoutMs: 600_000,
    });
    const [wall = 0, user = 0, system = 0, kib = 0] = (await readFile(report, 'utf8')).trim().split(' ').map(Number);
    return { wallSeconds: wall, cpuSeconds: user + system, peakBytes: kib * 1024 };
  } finally {
    await rm(report, { force: true });
  }
}
