/** Object Storage on a real Ceph RGW whose ETags a proxy makes into what encrypting or packing stores answer. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jobFor, tempFile } from '../../agent/uploads/destinations/job-fixture.ts';
import { startStorageWorld } from '../../agent/uploads/destinations/object-storage/storage-world-fixture.ts';
import { describePeer } from '../rig/describe-peer.ts';
import type { GateRules } from '../rig/gate.ts';
import { type Rgw, startRgw } from '../rig/rgw.ts';

const encrypted = { etag: '"0f9e8d7c6b5a49382716050403020100"', 'x-amz-server-side-encryption': 'aws:kms' };
const made: [what: string, headers: Readonly<Record<string, string>>][] = [
  ['of a store that encrypts with KMS', encrypted],
  ['of a gateway that makes its own', { etag: '"gateway-17"' }],
];

await describePeer(['ceph'], 'Object Storage whose ETags are no MD5s', () => {
  let rgw: Rgw;
  beforeAll(async () => {
    rgw = await startRgw();
  });
  afterAll(() => rgw?.stop());

  test.each(made)(
    '%s: each part is sent once, and the object is proven; a fresh proof reads it back',
    async (_, headers) => {
      const content = randomBytes(33 * 1024 ** 2);
      const world = await startStorageWorld(rgw);
      const path = await tempFile(content);
      const job = await jobFor(path);
      world.paths.set(job.upload.recordingId, path);
      const rules: GateRules = {
        onAnswer: ({ verb, path: of }) =>
          verb === 'part' || (verb === 'head' && !of.endsWith('.json')) ? { headers } : undefined,
      };
      world.gate.rules = rules;
      await world.driver.send(job);
      expect(world.gate.calls.filter(({ verb }) => verb === 'part')).toHaveLength(3);
      expect((await world.arrived()).map((object) => object.equals(content))).toEqual([true]);
      const signal = AbortSignal.timeout(60_000);
      expect(await world.driver.verify(job.upload.id, signal)).toBeNull();
      expect(world.gate.calls.some(({ verb }) => verb === 'get')).toBe(true);
      world.gate.rules = {
        onAnswer: (call) => (call.verb === 'get' ? { body: (text) => text.replace(/./, 'x') } : rules.onAnswer?.(call)),
      };
      expect(await world.driver.verify(job.upload.id, signal)).not.toBeNull();
    },
  );
});
