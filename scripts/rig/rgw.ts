import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { ensurePeer } from './peers.ts';
import { exited, isAlive, run, spawnBound } from './processes.ts';
import { S3, type S3Account } from './s3.ts';

/** How long each step of the start may take; under a second on two idle cores. */
const readyTimeoutMs = 60_000;
const stopTimeoutMs = 15_000;
const monitorAttempts = 5;
/** How long the gateway may take to answer; it is asked again then. */
const answerTimeoutMs = 5000;

/** A folder that holds a Debian with Ceph: that one is started, in place of this machine's own. As root. */
const root = process.env.STREAMAI_CEPH_ROOT;

export interface RgwOptions {
  /** How much the store, which is in memory, can hold. Default 6 GiB. */
  readonly bytes?: number;
  /** Buckets are also reached as hosts under this name: virtual-host addressing. Default: only by path. */
  readonly dnsName?: string;
  /** The least that any part of a multipart but the last must have, bytes. Default: S3's 5 MiB. */
  readonly leastPartBytes?: number;
}

/** A Ceph Object Gateway of its own: what Vultr Object Storage runs. Several can run at once. */
export interface Rgw extends S3Account {
  /** S3 with the account that owns the buckets. */
  readonly s3: S3;
  /** Of Ceph, such as 16. */
  readonly version: number;
  /** Another account, with no right to anything of the first one. */
  createAccount(name: string): Promise<S3Account>;
  /** Frees the memory of deleted objects now, and not some seconds later. */
  collectGarbage(): Promise<void>;
  /** Ends every daemon and removes the folder; safe to call again. */
  stop(): Promise<void>;
}

/**
 * Starts a real Ceph: a monitor, one storage daemon that keeps everything in memory, and the gateway; about 2 s. They
 * end with this process, however it ends.
 * @throws {PeerMissing} when this machine cannot have it
 * @throws when a daemon does not come up, with the end of its log
 */
export async function startRgw(options: RgwOptions = {}): Promise<Rgw> {
  const { bytes = 6 * 1024 ** 3, dnsName = '', leastPartBytes = 5 * 1024 ** 2 } = options;
  if (root === undefined) await ensurePeer('ceph');
  const folder = await realpath(await mkdtemp(path.join(os.tmpdir(), 'streamai-ceph-')));
  const cluster = new Cluster(folder);
  try {
    return await cluster.start({ bytes, dnsName, leastPartBytes });
  } catch (error) {
    const log = await cluster.log();
    await cluster.stop();
    throw new Error(`Ceph did not start. The end of its logs:\n${log}`, { cause: error });
  }
}

class Cluster {
  readonly #folder: string;
  readonly #daemons: ChildProcess[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  async start(options: Required<RgwOptions>): Promise<Rgw> {
    const [monitorPort, port] = await Promise.all([freePort(), freePort()]);
    const fsid = randomUUID();
    for (const name of ['mon', 'osd', 'rgw', 'run', 'log']) await mkdir(path.join(this.#folder, name));
    await writeFile(this.#conf, config(this.#folder, { fsid, monitorPort, port, ...options }));

    const monmap = path.join(this.#folder, 'monmap');
    await this.#run('monmaptool', '--create', '--addv', 'a', `[v1:127.0.0.1:${monitorPort}]`, '--fsid', fsid, monmap);
    await this.#run('ceph-mon', '-i', 'a', '--mkfs', '--monmap', monmap);
    this.#daemon('ceph-mon', '-i', 'a');
    const osdUuid = randomUUID();
    const osd = (await this.#ceph('osd', 'create', osdUuid)).trim();
    await this.#ceph('osd', 'crush', 'add', `osd.${osd}`, '1', 'root=default', 'host=localhost');
    await this.#run('ceph-osd', '-i', osd, '--mkfs', '--osd-uuid', osdUuid);
    this.#daemon('ceph-osd', '-i', osd);
    const account = await this.#account(`http://127.0.0.1:${port}`, 'streamai');
    this.#daemon('radosgw', '-n', 'client.rgw', '--rgw-data', path.join(this.#folder, 'rgw'));
    const s3 = new S3(account);
    await this.#answers(s3);
    const [, version] = /version (\d+)/.exec(await this.#run('radosgw', '--version')) ?? [];
    return {
      ...account,
      s3,
      version: Number(version),
      createAccount: (name) => this.#account(account.url, name),
      collectGarbage: async () => void (await this.#run('radosgw-admin', 'gc', 'process', '--include-all')),
      stop: () => this.stop(),
    };
  }

  /** SIGKILL: there is nothing to save. */
  async stop(): Promise<void> {
    for (const daemon of this.#daemons.splice(0).reverse()) {
      daemon.kill('SIGKILL');
      await exited(daemon, stopTimeoutMs);
    }
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async log(): Promise<string> {
    const folder = path.join(this.#folder, 'log');
    const names = await readdir(folder).catch(() => []);
    const ends = names.map(async (name) => {
      const text = await readFile(path.join(folder, name), 'utf8').catch(() => '');
      return `── ${name}\n${text.slice(-1500)}`;
    });
    return (await Promise.all(ends)).join('\n');
  }

  get #conf(): string {
    return path.join(this.#folder, 'ceph.conf');
  }

  /** Fails at once when a daemon ends meanwhile: Ceph's programs would wait for it for ever. */
  async #run(program: string, ...args: string[]): Promise<string> {
    const ended = new AbortController();
    const [command, all] = this.#command(program, args);
    const ran = run(command, all, { timeoutMs: readyTimeoutMs, signal: ended.signal });
    const end = (): void => ended.abort();
    for (const daemon of this.#daemons) daemon.on('exit', end);
    return await ran.finally(() => {
      for (const daemon of this.#daemons) daemon.off('exit', end);
    });
  }

  /**
   * Asks the monitor, again as long as it refuses: on a busy machine one command in a hundred is sent before the client has
   * the monitor's map, and so without the cluster's id, which is "EPERM" (nothing else here can be: nobody authenticates).
   * Commands given here may be repeated.
   */
  async #ceph(...command: string[]): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#run('ceph', ...command);
      } catch (error) {
        if (attempt === monitorAttempts || !String(error).includes('EPERM')) throw error;
      }
    }
  }

  /** A program of Ceph's, where it is: in another root it sees its cluster's folder under the same path as here. */
  #command(program: string, args: readonly string[]): [command: string, args: string[]] {
    const all = ['-c', this.#conf, ...args];
    if (root === undefined) return [program, all];
    const enter = [
      'mkdir -p "$1/$2"; mount --bind "$2" "$1/$2"; mount --rbind /proc "$1/proc"; mount --rbind /dev "$1/dev"',
      'root=$1; shift 2; exec chroot "$root" "$@"',
    ].join('; ');
    return ['unshare', ['--mount', 'sh', '-ec', enter, 'sh', root, this.#folder, program, ...all]];
  }

  /** In the foreground, so that it is our child and dies with us. */
  #daemon(program: string, ...args: string[]): void {
    const child = spawnBound(...this.#command(program, ['-f', ...args]), { cwd: this.#folder, stdio: 'ignore' });
    child.on('error', () => {}); // a failed spawn shows as a process that is not alive
    this.#daemons.push(child);
  }

  async #account(url: string, name: string): Promise<S3Account> {
    const accessKey = `AKIA${name.toUpperCase()}`;
    const secretKey = `secret-of-${name}-${randomUUID()}`;
    const keys = ['--access-key', accessKey, '--secret-key', secretKey];
    await this.#run('radosgw-admin', 'user', 'create', '--uid', name, '--display-name', name, ...keys);
    return { url, accessKey, secretKey };
  }

  /** Asks with this cluster's own key: another server at the port could not answer that. */
  async #answers(s3: S3): Promise<void> {
    const deadline = Date.now() + readyTimeoutMs;
    for (;;) {
      if (!this.#daemons.every(isAlive)) throw new Error('a daemon ended while starting');
      const answer = s3.call('GET', '').then((buckets) => buckets.text());
      const answered = answer.then(
        () => true,
        () => false,
      );
      // Another program at the port may take the question and say nothing.
      if (await Promise.race([answered, delay(answerTimeoutMs, false, { ref: false })])) return;
      if (Date.now() > deadline) throw new Error(`radosgw did not answer within ${readyTimeoutMs / 1000} s`);
      await delay(50);
    }
  }
}

interface Place extends Required<RgwOptions> {
  readonly fsid: string;
  readonly monitorPort: number;
  readonly port: number;
}

/** One of everything and no authentication between the daemons; deleted objects are gone from memory after seconds. */
function config(folder: string, place: Place): string {
  const { fsid, monitorPort, port, bytes, dnsName, leastPartBytes } = place;
  return `[global]
fsid = ${fsid}
mon host = v1:127.0.0.1:${monitorPort}/0
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
# a lonely monitor need not wait for others to agree: 13 s become 2 s
paxos propose interval = 0.05
paxos min wait = 0.01
osd objectstore = memstore
# the daemon would do it itself before it knows the cluster's id, and then end, one time in ten
osd crush update on start = false
osd class update on start = false
memstore device bytes = ${bytes}
rgw gc obj min wait = 5
rgw gc processor period = 5
rgw gc processor max time = 5
rgw dns name = ${dnsName}
rgw multipart min part size = ${leastPartBytes}
rgw frontends = beast endpoint=127.0.0.1:${port}
public addr = 127.0.0.1
cluster addr = 127.0.0.1
run dir = ${folder}/run
log file = ${folder}/log/$name.log
admin socket = ${folder}/run/$name.asok
pid file = ${folder}/run/$name.pid
mon data = ${folder}/mon
osd data = ${folder}/osd
`;
}
