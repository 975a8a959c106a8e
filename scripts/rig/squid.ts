/** Squid, the proxy that most companies' networks have: the only way to names that this machine itself does not know. */
import type { ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { freePort } from './free-port.ts';
import { ensurePeer } from './peers.ts';
import { exited, isAlive, run, spawnBound } from './processes.ts';
import { until } from './until.ts';

const stopTimeoutMs = 15_000;
/** What Squid would do itself as root: then the kernel forgets that it is to end with us, and has to be told again. */
const asProxy = ['setpriv', '--reuid', 'proxy', '--regid', 'proxy', '--clear-groups', '--pdeathsig', 'KILL'];

export interface SquidOptions {
  /** Names that it leads to this machine; it knows no others. */
  readonly names: readonly string[];
  /** Names that it leads nobody to. */
  readonly forbidden?: readonly string[];
  /** Whoever wants through must say these; needs OpenSSL. Default: everybody may. */
  readonly credentials?: { readonly user: string; readonly password: string };
}

export interface Squid {
  /** host:port */
  readonly name: string;
  /** Every request so far, oldest first: `CONNECT store:443`, `GET http://store/…`, with the status that the client got. */
  requests(): Promise<{ readonly status: number; readonly request: string }[]>;
  /** SIGKILL: every connection through it breaks. */
  kill(): Promise<void>;
  /** Again on the same port; resolves when it listens. */
  start(): Promise<void>;
  dispose(): Promise<void>;
}

/** Starts it; it ends with this process, however that ends. @throws {PeerMissing} when this machine cannot have it */
export async function startSquid(options: SquidOptions): Promise<Squid> {
  const program = await ensurePeer('squid');
  const folder = await mkdtemp(path.join(os.tmpdir(), 'streamai-squid-'));
  const squid = new SquidProcess(program, folder, await freePort());
  try {
    await squid.configure(options);
    await squid.start();
    return squid;
  } catch (error) {
    await squid.dispose();
    throw error;
  }
}

class SquidProcess implements Squid {
  readonly name: string;
  readonly #program: string;
  readonly #folder: string;
  readonly #port: number;
  #child: ChildProcess | undefined;

  constructor(program: string, folder: string, port: number) {
    this.#program = program;
    this.#folder = folder;
    this.#port = port;
    this.name = `127.0.0.1:${port}`;
  }

  async configure({ names, forbidden = [], credentials }: SquidOptions): Promise<void> {
    // Without root's rights it writes here all the same.
    await chmod(this.#folder, 0o777);
    await writeFile(this.#at('hosts'), [...names, ...forbidden].map((name) => `127.0.0.1 ${name}\n`).join(''));
    if (credentials !== undefined) {
      const hash = await run(await ensurePeer('openssl'), ['passwd', '-apr1', credentials.password]);
      await writeFile(this.#at('passwords'), `${credentials.user}:${hash.trim()}\n`);
    }
    await writeFile(
      this.#at('squid.conf'),
      [
        `http_port 127.0.0.1:${this.#port}`,
        'visible_hostname squid.test',
        `hosts_file ${this.#at('hosts')}`,
        // Nobody answers there: no name is looked up outside.
        'dns_nameservers 127.0.0.1',
        'dns_timeout 1 second',
        ...forbidden.map((name) => `acl forbidden dstdomain ${name}`),
        ...(forbidden.length > 0 ? ['http_access deny forbidden'] : []),
        ...(credentials === undefined
          ? ['http_access allow all']
          : [
              `auth_param basic program /usr/lib/squid/basic_ncsa_auth ${this.#at('passwords')}`,
              'acl known proxy_auth REQUIRED',
              'http_access allow known',
              'http_access deny all',
            ]),
        'cache deny all',
        // As it comes, Squid 5.7 breaks every upload that is faster than the way behind it, curl's too.
        'client_request_buffer_max_size 64 MB',
        'pid_filename none',
        'logformat request %>Hs %rm %ru',
        `access_log stdio:${this.#at('access.log')} request`,
        'buffered_logs off',
        `cache_log ${this.#at('cache.log')}`,
        `coredump_dir ${this.#folder}`,
        '',
      ].join('\n'),
    );
  }

  async start(): Promise<void> {
    const args = ['-N', '-n', `rig${this.#port}`, '-f', this.#at('squid.conf')];
    const command = [...(process.getuid?.() === 0 ? asProxy : []), this.#program, ...args];
    const [program = '', ...rest] = command;
    const child = spawnBound(program, rest, { cwd: this.#folder, stdio: 'ignore' });
    child.on('error', () => {}); // a failed spawn shows as a process that is not alive
    this.#child = child;
    await until(
      'Squid listens',
      async () => {
        if (!isAlive(child)) throw new Error('Squid ended while starting');
        return await canConnect(this.#port);
      },
      { detail: () => this.#text('cache.log') },
    );
  }

  async requests(): Promise<{ status: number; request: string }[]> {
    // Connections without a request, such as the ones of `start`, are logged in another form.
    const lines = (await this.#text('access.log')).matchAll(/^(\d+) ([A-Z]+ \S+)$/gm);
    return [...lines].map(([, status, request = '']) => ({ status: Number(status), request }));
  }

  async kill(): Promise<void> {
    if (this.#child === undefined) return;
    this.#child.kill('SIGKILL');
    await exited(this.#child, stopTimeoutMs);
  }

  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #at(file: string): string {
    return path.join(this.#folder, file);
  }

  #text(file: string): Promise<string> {
    return readFile(this.#at(file), 'utf8').catch(() => '');
  }
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
