/** The live channel to the agent: opened again and again for as long as the page lives. */
import type { Language } from '../../shared/errors.ts';
import type { ServerMessage } from '../../shared/live.ts';
import { backoffMs } from '../backoff.ts';
import { parseServerMessage } from './messages.ts';

/** `connected` from the snapshot on. `waiting`: the agent does not answer. `refused`: it did not accept the token. */
export type AgentLink = 'connecting' | 'connected' | 'waiting' | 'refused';

export interface LiveChannelOptions {
  /** `ws://…/ws` */
  readonly url: string;
  readonly token: string | null;
  /** The language that the agent shall write errors in. */
  readonly language: () => Language;
  readonly onLink: (link: AgentLink) => void;
  readonly onMessage: (message: ServerMessage) => void;
}

export interface LiveChannel {
  /** Opens the channel, at once where a next attempt is waited for. Does nothing while one is open or being opened. */
  retry(): void;
  /** Opens the channel anew with the present language. Does nothing while it is not open. */
  renew(): void;
  close(): void;
}

/** `liveCloseCodes.unauthorized`. Not imported from shared/live.ts, which would bring zod into the page. */
const unauthorizedCode = 4401;
/** How long the snapshot may take from the beginning of an attempt. */
const snapshotTimeoutMs = 10_000;

/** Makes the live channel; `retry` opens it. After a loss it is opened again with growing waits. */
export function createLiveChannel(options: LiveChannelOptions): LiveChannel {
  const { url, token, language, onLink, onMessage } = options;
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let closed = false;

  // An attempt by the timer does not say `connecting`: for the person who looks, nothing has changed.
  function open(): void {
    const opened = new WebSocket(url);
    socket = opened;
    timer = setTimeout(() => opened.close(), snapshotTimeoutMs);
    opened.onopen = () => opened.send(JSON.stringify({ type: 'hello', token: token ?? '', language: language() }));
    // After `renew` the socket before may still send and close: only the newest counts.
    opened.onmessage = (event) => {
      const message = opened === socket ? parseServerMessage(event.data) : null;
      if (message === null) return;
      if (message.type === 'snapshot') {
        clearTimeout(timer);
        attempt = 0;
        onLink('connected');
      }
      onMessage(message);
    };
    opened.onclose = (event) => {
      if (opened !== socket) return;
      clearTimeout(timer);
      socket = null;
      if (closed) return;
      const refused = event.code === unauthorizedCode;
      onLink(refused ? 'refused' : 'waiting');
      // Tried again after a refusal too, with the longest wait: the agent may get back the data folder with our token.
      timer = setTimeout(open, backoffMs(refused ? Number.POSITIVE_INFINITY : attempt++));
    };
  }

  return {
    retry() {
      if (closed || socket !== null) return;
      clearTimeout(timer);
      attempt = 0;
      onLink('connecting');
      open();
    },
    renew() {
      const old = socket;
      if (closed || old === null) return;
      clearTimeout(timer);
      open();
      old.close();
    },
    close() {
      closed = true;
      clearTimeout(timer);
      socket?.close();
    },
  };
}
