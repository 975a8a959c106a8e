/** Another user's program that takes a port of ours: it answers whatever it is asked, and keeps all that it is told. */
import { createServer, type Server } from 'node:http';
import { WebSocketServer } from 'ws';
import { listen } from '../../rig/listen.ts';

export class Squatter {
  /** Requests, and messages of live channels, whole. */
  readonly heard: string[] = [];
  /** What it answers a message of a live channel with. */
  answer: (message: string) => string[] = () => [];
  readonly #server: Server;
  port = 0;
  readonly #sockets = new WebSocketServer({ noServer: true });

  private constructor() {
    this.#server = createServer((request, response) => {
      let body = '';
      request.setEncoding('latin1').on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        this.heard.push(`${request.method} ${request.url} ${JSON.stringify(request.rawHeaders)} ${body}`);
        response.setHeader('content-type', 'application/json');
        response.end('{"task_id":"t","status":"uploaded"}');
      });
    });
    this.#server.on('upgrade', (request, socket, head) => {
      this.#sockets.handleUpgrade(request, socket, head, (client) => {
        client.on('error', () => {});
        client.on('message', (data) => {
          this.heard.push(String(data));
          for (const message of this.answer(String(data))) client.send(message);
        });
      });
    });
  }

  /**
   * @param port 0: any free one
   * @throws while somebody else has it
   */
  static async at(port: number): Promise<Squatter> {
    const squatter = new Squatter();
    squatter.port = await listen(squatter.#server, port);
    return squatter;
  }

  /** Of the live channel. */
  get messages(): string[] {
    return this.heard.filter((each) => each.startsWith('{'));
  }

  /** Over HTTP. */
  get requests(): string[] {
    return this.heard.filter((each) => !each.startsWith('{'));
  }

  async close(): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}
