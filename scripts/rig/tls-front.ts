/** TLS in front of a server that has none, like an object store's load balancer: it deciphers, and passes a reset on. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createServer, type SecureContext, type Server, type TLSSocket } from 'node:tls';
import type { Certificate } from './certificates.ts';
import { listen } from './listen.ts';

export interface TlsFront {
  readonly port: number;
  /** Connections whose handshake succeeded. */
  readonly accepted: number;
  /** Of those, the ones that the client ended by a reset. */
  readonly resets: number;
  /** Of those, the ones that took an earlier session up again. */
  readonly resumed: number;
  /** Names that clients asked for (SNI). */
  readonly names: ReadonlySet<string>;
  /** Those of every handshake, whatever the client thought of the certificate. */
  readonly handshakes: readonly string[];
  /** For new connections. */
  useCertificate(certificate: Certificate): void;
  close(): Promise<void>;
}

/** @param target the server's URL */
export async function startTlsFront(target: string, certificate: Certificate): Promise<TlsFront> {
  const front = new Front(new URL(target), certificate);
  await front.listen();
  return front;
}

class Front implements TlsFront {
  port = 0;
  accepted = 0;
  resets = 0;
  resumed = 0;
  readonly names = new Set<string>();
  readonly handshakes: string[] = [];
  readonly #target: URL;
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  constructor(target: URL, certificate: Certificate) {
    this.#target = target;
    const SNICallback = (name: string, done: (error: null, context?: SecureContext) => void): void => {
      this.handshakes.push(name);
      // The server's own.
      done(null);
    };
    const options = { ...certificate, ALPNProtocols: ['http/1.1'], SNICallback };
    this.#server = createServer(options, (client) => this.#accept(client));
    this.#server.on('connection', (socket: Socket) => this.#keep(socket));
    this.#server.on('tlsClientError', (_, socket) => socket.destroy());
  }

  async listen(): Promise<void> {
    this.port = await listen(this.#server);
  }

  useCertificate(certificate: Certificate): void {
    this.#server.setSecureContext(certificate);
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
    await closed;
  }

  #accept(client: TLSSocket): void {
    this.accepted += 1;
    if (client.isSessionReused()) this.resumed += 1;
    if (typeof client.servername === 'string') this.names.add(client.servername);
    const server = connect({ host: this.#target.hostname, port: Number(this.#target.port), noDelay: true });
    this.#keep(server);
    client.pipe(server).pipe(client);
    client.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET') this.resets += 1;
      server.resetAndDestroy();
    });
    client.on('close', () => server.destroy());
    server.on('error', () => client.destroy());
    server.on('close', () => client.destroySoon());
  }

  #keep(socket: Socket): void {
    this.#open.add(socket);
    socket.on('close', () => this.#open.delete(socket));
  }
}
