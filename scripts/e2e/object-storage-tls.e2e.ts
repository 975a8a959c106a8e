/** Uploads over TLS to a real Ceph RGW whose buckets are hosts, as Vultr's are. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, type TestContext, test, vi } from 'vitest';
import { type Authority, type Certificate, createAuthority } from '../rig/certificates.ts';
import { describePeer } from '../rig/describe-peer.ts';
import { type Rgw, startRgw } from '../rig/rgw.ts';
import { until } from '../rig/until.ts';
import { mebibyte, randomContent, StorageWorld } from './storage-world-fixture.ts';

vi.setConfig({ maxConcurrency: 4 });

const host = 'storage.test';
const names = [host, `*.${host}`];

await describePeer(['ceph', 'openssl'], 'Object Storage over TLS', () => {
  let rgw: Rgw;
  let authority: Authority;
  let good: Certificate;
  beforeAll(async () => {
    rgw = await startRgw({ dnsName: host });
    authority = await createAuthority();
    good = await authority.sign(names);
  });
  afterAll(async () => {
    await authority?.dispose();
    await rgw?.stop();
  });

  /** A world until the test's end, whose agent trusts the authority as a user would have it trusted. */
  const start = async ({ onTestFinished }: TestContext, certificate: Certificate, env = {}): Promise<StorageWorld> => {
    const trust = { NODE_EXTRA_CA_CERTS: authority.file };
    const storage = await StorageWorld.start(rgw, { ...trust, ...env }, { secured: { certificate, host } });
    onTestFinished(() => storage.dispose());
    return storage;
  };

  /** The destination's own test. @returns what is wrong */
  const problem = async ({ agent }: StorageWorld): Promise<unknown> => {
    const { body } = await agent.api.call('POST', '/api/destinations/object-storage/test');
    return (body as { problem: unknown }).problem;
  };

  describe.concurrent('at a bucket that is a host', { timeout: 150_000 }, () => {
    test('parts, metadata, proof and link', async (context) => {
      const storage = await start(context, good);
      const { agent, bucket, gate, front } = storage;
      expect(await problem(storage)).toBeNull();
      const content = randomContent(40 * mebibyte);
      const { sessionId } = await storage.recorded('Secured', content);
      await storage.send(sessionId);
      const upload = await storage.arrived(sessionId);
      await storage.expectStored(upload, content);
      expect(upload).toMatchObject({ attempts: 1, parts: { done: 3, total: 3 } });

      const key = upload.object?.key ?? '';
      const metadata = await until('the metadata is there', async () => {
        const text = await rgw.s3.text(bucket, `${key}.json`);
        // Until then it is the claim of the key.
        return text?.includes('"session"') && text;
      });
      expect(JSON.parse(metadata)).toMatchObject({ object: { key, bytes: content.length } });

      expect(await agent.api.call('POST', `/api/integrated/uploads/${upload.id}/verify`)).toMatchObject({
        body: { verified: true, problem: null },
      });
      const link = await agent.api.call('POST', `/api/integrated/uploads/${upload.id}/link`, { expiresInSeconds: 60 });
      const { url } = link.body as { url: string };
      expect(new URL(url).hostname).toBe(`${bucket}.${host}`);
      expect(await sha256At(url, authority)).toBe(createHash('sha256').update(content).digest('hex'));

      const hosts = new Set(gate.calls.map(({ headers }) => headers.host?.replace(/:\d+$/, '')));
      expect([...hosts]).toEqual([`${bucket}.${host}`]);
      expect(gate.calls.some(({ path }) => path.includes(bucket))).toBe(false);
      expect(front?.names).toEqual(hosts);
    });

    test('with interim answers before all of its own, nothing is sent twice', async (context) => {
      const storage = await start(context, good);
      storage.gate.rules = { interim: true };
      const content = randomContent(40 * mebibyte);
      const { sessionId } = await storage.recorded('Interim', content);
      await storage.send(sessionId);
      const upload = await storage.arrived(sessionId);
      await storage.expectStored(upload, content);
      expect(upload.attempts).toBe(1);
      expect(storage.partBytes).toBe(content.length);
    });

    test('a part that is given up on a slow line is reset: its next sending never meets it', async (context) => {
      const storage = await start(context, good);
      const { gate, link, front } = storage;
      /** Bytes of a part that still arrived after its next sending had begun. */
      const late: number[] = [];
      gate.rules = {
        async onCall({ verb, part }) {
          if (verb !== 'part') return undefined;
          const before = gate.calls.filter((call) => call.verb === 'part' && call.part === part).at(-2);
          if (before === undefined) return undefined;
          const { bodyBytes } = before;
          await until('the one before has ended', async () => before.end === 'lost', { ms: 60_000 });
          late.push(before.bodyBytes - bodyBytes);
          return undefined;
        },
      };
      link.setRate(80e6);
      const content = randomContent(40 * mebibyte);
      const { sessionId } = await storage.recorded('Slow', content);
      await storage.send(sessionId);
      await until('parts are on their way', async () => storage.partBytes > 200_000);
      // Too slow for the megabytes that the kernel has taken already.
      link.setRate(0.5e6);
      const twice = async (): Promise<boolean> => late.length > 0;
      await until('a part comes again', twice, { ms: 90_000, detail: () => storage.agent.logTail() });
      link.setRate(null);
      const upload = await storage.arrived(sessionId);
      await storage.expectStored(upload, content);
      expect(upload.attempts).toBe(1);
      expect(front?.resets).toBeGreaterThanOrEqual(late.length);
      // What was on its way between here and there; the kernel held megabytes.
      expect(Math.max(...late)).toBeLessThan(64 * 1024);
    });
  });

  describe.concurrent('at an address that has the bucket in it already', { timeout: 150_000 }, () => {
    test.for([
      ['in front of the host', (origin: string, bucket: string) => origin.replace(host, `${bucket}.${host}`), names],
      ['at the end of the path', (origin: string, bucket: string) => `${origin}/${bucket}`, names],
      // The certificate names the store alone, so its buckets are no hosts.
      [
        'at the end of the path, without hosts for buckets',
        (origin: string, bucket: string) => `${origin}/${bucket}/`,
        [host],
      ],
    ] as const)('%s: objects lie where they should', async ([, given, sign], { onTestFinished }) => {
      const secured = { certificate: await authority.sign(sign), host };
      const storage = await StorageWorld.start(rgw, { NODE_EXTRA_CA_CERTS: authority.file }, { secured, given });
      onTestFinished(() => storage.dispose());
      const content = randomContent(mebibyte);
      const { sessionId } = await storage.recorded('Given', content);
      await storage.send(sessionId);
      const upload = await storage.arrived(sessionId);
      await storage.expectStored(upload, content);
      expect(upload).toMatchObject({ attempts: 1, provenBy: 'md5' });
      expect(upload.object?.key).toMatch(/^\d{4}-\d\d-\d\d\/Given\/Given\.mkv$/);
      expect(await problem(storage)).toBeNull();
    });
  });

  describe.concurrent('at a bucket that is no host', { timeout: 150_000 }, () => {
    test.for([
      ['its certificate names the store alone', [host], {}],
      ['nobody knows its name', names, { STREAMAI_TEST_NO_WILDCARD: 'ENOTFOUND' }],
      ['its name cannot be asked for', names, { STREAMAI_TEST_NO_WILDCARD: 'EAI_AGAIN' }],
    ] as const)('because %s: the path is used after one try, and remembered', async ([, sign, env], context) => {
      const storage = await start(context, await authority.sign(sign), env);
      const { agent, bucket, gate, front } = storage;
      const content = randomContent(40 * mebibyte);
      const { sessionId } = await storage.recorded('By path', content);
      await storage.send(sessionId);
      const upload = await storage.arrived(sessionId);
      await storage.expectStored(upload, content);
      expect(upload).toMatchObject({ attempts: 1, error: null });
      expect(await problem(storage)).toBeNull();
      expect(new Set(gate.calls.map(({ headers }) => headers.host?.replace(/:\d+$/, '')))).toEqual(new Set([host]));
      const tries = front?.handshakes.filter((name) => name === `${bucket}.${host}`);
      expect(tries).toHaveLength('STREAMAI_TEST_NO_WILDCARD' in env ? 0 : 1);
      const link = await agent.api.call('POST', `/api/integrated/uploads/${upload.id}/link`, { expiresInSeconds: 60 });
      const { url } = link.body as { url: string };
      expect(new URL(url)).toMatchObject({ hostname: host, pathname: expect.stringMatching(`^/${bucket}/`) });
      expect(await sha256At(url, authority)).toBe(createHash('sha256').update(content).digest('hex'));
    });
  });

  describe.concurrent('what cannot be trusted or reached', { timeout: 150_000 }, () => {
    test.for([
      ['has expired', 'CERT_HAS_EXPIRED', () => authority.sign(names, -1)],
      ['is another host’s', 'ERR_TLS_CERT_ALTNAME_INVALID', () => authority.sign(['elsewhere.test'])],
    ] as const)('a certificate that %s: says so, and goes on once it is well', async ([, reason, sign], context) => {
      const storage = await start(context, await sign());
      const content = randomContent(mebibyte);
      const { sessionId } = await storage.recorded('Certificate', content);
      await storage.send(sessionId);
      const { error } = await storage.reaches(sessionId, ['waiting', 'failed']);
      expect(error).toMatchObject({ code: 'storage_tls', params: { reason }, fix: expect.stringContaining('date') });
      expect(storage.gate.calls).toEqual([]);
      storage.front?.useCertificate(good);
      await storage.expectStored(await storage.arrived(sessionId), content);
    });

    test('an authority that the system does not know', async (context) => {
      const storage = await start(context, good, { NODE_EXTRA_CA_CERTS: '' });
      expect(await problem(storage)).toMatchObject({
        code: 'storage_tls',
        params: { reason: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
      });
      expect(storage.gate.calls).toEqual([]);
    });

    test('a host that nobody knows, a connection that is refused, one that stays silent', async (context) => {
      const storage = await start(context, good);
      const unknown = await start(context, good, { VULTR_OBJECT_STORAGE_ENDPOINT: 'https://storage.invalid' });
      expect(await problem(unknown)).toMatchObject({ code: 'storage_host_unknown' });
      storage.link.refuse(true);
      expect(await problem(storage)).toMatchObject({ code: 'storage_unreachable', params: { reason: 'ECONNRESET' } });
      storage.link.refuse(false);
      storage.link.cut();
      expect(await problem(storage)).toMatchObject({ code: 'storage_unreachable', params: { reason: 'ETIMEDOUT' } });
      storage.link.restore();
      expect(await problem(storage)).toBeNull();
    });
  });
});

/** SHA-256 of what anybody gets at a link, hex. */
async function sha256At(url: string, authority: Authority): Promise<string> {
  const ca = await readFile(authority.file);
  return new Promise((resolve, reject) => {
    const { pathname, search, port, hostname, host: named } = new URL(url);
    const headers = { host: named };
    const call = request({ host: '127.0.0.1', servername: hostname, port, path: pathname + search, headers, ca });
    call.on('error', reject);
    call.on('response', (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`HTTP ${answer.statusCode}`));
      const hash = createHash('sha256');
      answer.on('data', (chunk) => hash.update(chunk));
      answer.on('end', () => resolve(hash.digest('hex')));
      answer.on('error', reject);
    });
    call.end();
  });
}
