/**
 * Certificates for tests, from an authority that lives as long as they do. Node cannot make any, so OpenSSL's program does.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ensurePeer } from './peers.ts';
import { run } from './processes.ts';

export interface Certificate {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
}

export interface Authority {
  /** The authority's own certificate: who trusts this file trusts what it signs. */
  readonly file: string;
  /** @param names DNS names that it is for. @param days how long from now; negative: it expired so long ago */
  sign(names: readonly string[], days?: number): Promise<Certificate>;
  /** Removes its folder. */
  dispose(): Promise<void>;
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** @throws {PeerMissing} when this machine has no OpenSSL */
export async function createAuthority(): Promise<Authority> {
  const openssl = await ensurePeer('openssl');
  const folder = await mkdtemp(path.join(os.tmpdir(), 'streamai-ca-'));
  const file = path.join(folder, 'ca.pem');
  const key = path.join(folder, 'ca.key');
  const call = (...args: string[]): Promise<string> => run(openssl, args, { cwd: folder, timeoutMs: 30_000 });
  const subject = ['-subj', '/CN=StreamAI rig', '-addext', 'basicConstraints=critical,CA:TRUE'];
  await call('req', '-x509', ...newKey, '-keyout', key, '-out', file, '-days', '2', ...subject);
  let signed = 0;
  return {
    file,
    async sign(names, days = 1) {
      signed += 1;
      const [leafKey, request, leaf] = ['key', 'csr', 'pem'].map((type) => path.join(folder, `${signed}.${type}`));
      if (!leafKey || !request || !leaf) throw new Error('unreachable');
      const alternatives = `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`;
      const wanted = ['-subj', '/CN=StreamAI rig server', '-addext', alternatives];
      await call('req', '-new', ...newKey, '-keyout', leafKey, '-out', request, ...wanted);
      const authority = ['-CA', file, '-CAkey', key, '-copy_extensions', 'copy', '-days', String(days)];
      await call('x509', '-req', '-in', request, ...authority, '-out', leaf);
      return { key: await readFile(leafKey, 'utf8'), cert: await readFile(leaf, 'utf8') };
    },
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}
