/**
 * A world whose recordings go to a real Ceph RGW: agent → TCP link (→ TLS front) → HTTP gate → RGW, each of which can
 * misbehave.
 */
import { createHash, randomFillSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'vitest';
import type { Upload } from '../../shared/domain.ts';
import type { Certificate } from '../rig/certificates.ts';
import { type Gate, startGate } from '../rig/gate.ts';
import { type Link, startLink } from '../rig/link.ts';
import { isAlive } from '../rig/processes.ts';
import { recordSession } from '../rig/record-session.ts';
import type { Rgw } from '../rig/rgw.ts';
import { storageEnvironment } from '../rig/s3.ts';
import { startTlsFront, type TlsFront } from '../rig/tls-front.ts';
import { until } from '../rig/until.ts';
import type { AgentFault } from './agent-fault-fixture.ts';
import { World, type WorldOptions } from './world-fixture.ts';

export const mebibyte = 1024 * 1024;
/** For NODE_OPTIONS: runs a file of this folder in a process before anything else. */
export const preloaded = (file: string): string =>
  `--import ${pathToFileURL(path.join(import.meta.dirname, file)).href}`;

export interface Secured {
  readonly certificate: Certificate;
  /** Of the store, under `storage.test`, where every name is this machine; its buckets are hosts. */
  readonly host: string;
}

export class StorageWorld {
  readonly rgw: Rgw;
  readonly bucket: string;
  readonly gate: Gate;
  readonly link: Link;
  /** null: plain HTTP. */
  readonly front: TlsFront | null;
  readonly world: World;

  private constructor(rgw: Rgw, bucket: string, way: Pick<StorageWorld, 'gate' | 'link' | 'front'>, world: World) {
    this.rgw = rgw;
    this.bucket = bucket;
    this.gate = way.gate;
    this.link = way.link;
    this.front = way.front;
    this.world = world;
  }

  /** In a bucket of its own. `env`: further environment of the agent. `options`: default: the simulated OBS, plain HTTP. */
  static async start(
    rgw: Rgw,
    env: Readonly<Record<string, string>> = {},
    options: Partial<Pick<WorldOptions, 'obs' | 'obsOptions' | 'processingUrl'>> & {
      secured?: Secured;
      /** What the agent is told as the store's host, without TLS. Default: 127.0.0.1. */
      host?: string;
      /** How a person gives the store's address. Default: as it is. */
      given?(origin: string, bucket: string): string;
    } = {},
  ): Promise<StorageWorld> {
    const bucket = `bucket-${randomUUID().slice(0, 8)}`;
    await rgw.s3.createBucket(bucket);
    const gate = await startGate(rgw.url);
    const { secured, host = '127.0.0.1', given = (address) => address, ...rest } = options;
    const front = secured === undefined ? null : await startTlsFront(gate.url, secured.certificate);
    const link = await startLink(front === null ? gate.url : `https://127.0.0.1:${front.port}`);
    const origin = secured ? `https://${secured.host}` : `http://${host}`;
    const close = async (): Promise<void> => {
      await link.close();
      await front?.close();
      await gate.close();
    };
    try {
      const world = await World.start({
        obs: 'simulated',
        ...rest,
        env: {
          ...storageEnvironment({ ...rgw, url: given(`${origin}:${link.port}`, bucket) }, bucket),
          STREAMAI_LOG_LEVEL: 'debug',
          NODE_OPTIONS: `${preloaded('preload-fault-fixture.ts')} ${preloaded('preload-names-fixture.ts')}`,
          ...env,
        },
      });
      return new StorageWorld(rgw, bucket, { gate, link, front }, world);
    } catch (error) {
      await close();
      throw error;
    }
  }

  async dispose(): Promise<void> {
    await this.world.dispose();
    await this.link.close();
    await this.front?.close();
    await this.gate.close();
    await this.rgw.s3.empty(this.bucket).catch(() => undefined);
  }

  get agent(): World['agent'] {
    return this.world.agent;
  }

  /** A session whose one file has the given content; nothing is uploaded yet. */
  async recorded(name: string, content: Buffer): Promise<{ sessionId: string; file: string }> {
    await this.agent.live.until('the agent is connected to OBS', ({ obs }) => obs.state === 'connected');
    const { id: sessionId, file } = await recordSession(this.agent, name);
    await writeFile(file, content);
    return { sessionId, file };
  }

  /** Queues a session for Object Storage. @returns the upload's id */
  async send(sessionId: string): Promise<string> {
    const [upload] = await this.agent.api.upload({ sessionId, destination: 'object-storage' });
    if (!upload) throw new Error('nothing was queued');
    return upload.id;
  }

  /** The session's newest upload to Object Storage. */
  async upload(sessionId: string): Promise<Upload> {
    const uploads = (await this.agent.api.session(sessionId)).recordings.flatMap((recording) => recording.uploads);
    const upload = uploads.findLast(({ destination }) => destination === 'object-storage');
    if (!upload) throw new Error('the session has no upload to Object Storage');
    return upload;
  }

  /** Waits for the upload's end, and wants it completed. */
  async arrived(sessionId: string, ms = 60_000): Promise<Upload> {
    const upload = await this.reaches(sessionId, ['completed', 'failed'], ms);
    if (upload.state === 'failed') throw new Error(`the upload failed: ${JSON.stringify(upload.error)}`);
    return upload;
  }

  async reaches(sessionId: string, states: readonly Upload['state'][], ms = 60_000): Promise<Upload> {
    return until(
      `the upload is ${states.join(' or ')}`,
      async () => {
        const upload = await this.upload(sessionId);
        return states.includes(upload.state) ? upload : null;
      },
      { ms, detail: async () => `${JSON.stringify(await this.upload(sessionId))}\n${await this.agent.logTail()}` },
    );
  }

  /** What must hold in the end: the object is there once, byte for byte, as the agent says; nothing half-done is left. */
  async expectStored(upload: Upload, content: Buffer): Promise<void> {
    const { s3 } = this.rgw;
    const { object } = upload;
    expect(object?.bucket).toBe(this.bucket);
    const key = object?.key ?? '';
    // Metadata lies beside it, also of earlier uploads of the session.
    const objects = (await s3.objects(this.bucket)).filter((found) => !found.key.endsWith('.json'));
    expect(objects).toEqual([{ key, size: content.length, etag: object?.etag }]);
    expect(await s3.sha256(this.bucket, key)).toBe(createHash('sha256').update(content).digest('hex'));
    // What an earlier life of the agent left is taken away on the side.
    await until('no multipart is left open', async () => (await s3.multiparts(this.bucket)).length === 0, {
      detail: async () => `${JSON.stringify(await s3.multiparts(this.bucket))}\n${await this.agent.logTail()}`,
    });
  }

  /** Bytes of parts that reached the gate. */
  get partBytes(): number {
    return this.gate.calls.filter(({ verb }) => verb === 'part').reduce((sum, call) => sum + call.bodyBytes, 0);
  }

  /** Arms a fault in the running agent; null disarms it. */
  async arm(fault: AgentFault | null): Promise<void> {
    await this.agent.ask({ fault });
  }

  /** Resolves once the agent is gone. */
  async died(what: string): Promise<void> {
    const { child } = this.agent;
    if (!isAlive(child)) return;
    await once(child, 'exit', { signal: AbortSignal.timeout(20_000) }).catch(async () => {
      throw new Error(`the agent was not killed ${what}; its log ends with\n${await this.agent.logTail()}`);
    });
  }
}

/** Content that no other recording has. */
export function randomContent(bytes: number): Buffer {
  return randomFillSync(Buffer.alloc(bytes));
}
