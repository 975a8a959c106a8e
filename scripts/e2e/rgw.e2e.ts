import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { describePeer } from '../rig/describe-peer.ts';
import { startRgw } from '../rig/rgw.ts';
import { S3 } from '../rig/s3.ts';
import { until } from '../rig/until.ts';

const rig = (name: string): string => pathToFileURL(path.resolve(import.meta.dirname, `../rig/${name}.ts`)).href;

await describePeer(['ceph'], "Ceph's Object Gateway", () => {
  test('two at once, each with its own buckets; another account may not write into them', async () => {
    const [one, other] = await Promise.all([startRgw(), startRgw()]);
    try {
      await one.s3.createBucket('bucket');
      await one.s3.put('bucket', 'Été à la mer/1 + 1.mkv', 'content');
      expect(await one.s3.objects('bucket')).toMatchObject([{ key: 'Été à la mer/1 + 1.mkv', size: 7 }]);
      await expect(other.s3.objects('bucket')).rejects.toThrow('NoSuchBucket');
      const stranger = new S3(await one.createAccount('stranger'));
      await expect(stranger.put('bucket', 'key', 'x')).rejects.toThrow('AccessDenied');
      await one.s3.empty('bucket');
      expect(await one.s3.objects('bucket')).toEqual([]);
    } finally {
      await Promise.all([one.stop(), other.stop()]);
    }
  });

  test('a test that is killed leaves no daemon behind', async ({ onTestFinished }) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'streamai-e2e-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const script = `
      import { startRgw } from '${rig('rgw')}';
      process.stdout.write((await startRgw()).url, () => process.kill(process.pid, 'SIGKILL'));`;
    const killed = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, TMPDIR: folder },
    });
    const url = await killed.then(
      () => '',
      ({ stdout }: { stdout: string }) => stdout,
    );
    expect(url).toMatch(/^http/);
    await until('its gateway is gone', () =>
      fetch(url).then(
        () => false,
        () => true,
      ),
    );
  });
});
