/** obs-websocket-js over a connection that takes no more than we can handle: messages of bounded size, and a bounded time for them. */
import { OBSWebSocket, OBSWebSocketError } from 'obs-websocket-js/json';
import { WebSocket } from 'ws';

/** The largest message that we take, bytes: many times a small picture, the longest answer that we read. */
const messageBytes = 2 * 1024 * 1024;
/** For so long OBS's messages may keep everybody else waiting, ms; then whoever else waits comes first. */
const turnMs = 10;

export class ObsSocket extends OBSWebSocket {
  /** When this turn's first message came, on the clock of `performance.now`; 0: none has come yet. */
  #turnBegan = 0;

  /** As the library's own, which leaves `ws` its limit of 100 MiB a message and reads as fast as anybody sends. */
  protected override async createConnection(url: string): ReturnType<OBSWebSocket['createConnection']> {
    const opened = this.internalEventPromise('ConnectionOpened');
    const hello = this.internalEventPromise<Awaited<ReturnType<OBSWebSocket['createConnection']>>>('op:0');
    const { hostname, port } = new URL(url);
    const socket = new WebSocket(url, this.protocol, {
      maxPayload: messageBytes,
      perMessageDeflate: false,
      // OBS 32 answers 400 to the Host header of an IPv6 address, and looks at nothing else of it.
      ...(hostname.startsWith('[') && { headers: { host: `localhost:${port}` } }),
    });
    this.socket = socket as unknown as globalThis.WebSocket;
    const heard = this.socket;
    heard.onopen = this.onOpen.bind(this);
    heard.onmessage = (event) => {
      void this.onMessage(event);
      this.#rest(socket);
    };
    heard.onerror = (event) => this.onError(event as ErrorEvent);
    heard.onclose = this.onClose.bind(this);
    await opened;
    if (socket.protocol !== this.protocol) throw new OBSWebSocketError(-1, 'the server speaks another protocol');
    return hello;
  }

  /** Reads no further in this turn of the event loop once its messages have taken long enough. */
  #rest(socket: WebSocket): void {
    if (this.#turnBegan === 0) {
      this.#turnBegan = performance.now();
      setImmediate(() => {
        this.#turnBegan = 0;
        if (socket.isPaused) socket.resume();
      });
    } else if (performance.now() - this.#turnBegan > turnMs) socket.pause();
  }
}
