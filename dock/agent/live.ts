/** The live channel to the agent: kept for as long as the page lives. */
import type { Language } from '../../shared/errors.ts';
import type { ServerMessage } from '../../shared/live.ts';
import { backoffMs } from '../backoff.ts';
import { parseServerMessage } from './messages.ts';

/** `connected` from the snapshot on. `waiting`: the agent is not there. `refused`: it did not take the token. */
export type AgentLink = 'connecting' | 'connected' | 'waiting' | 'refused';

export interface LiveOptions {
  /** `ws://…/ws` */
  readonly url: string;
  readonly token: string | null;
  /** That errors are told in. */
  readonly language: () => Language;
  readonly onLink: (link: AgentLink) => void;
  readonly onMessage: (message: ServerMessage) => void;
}

export interface LiveChannel {
  /** Opens, or tries again at once. Does nothing while connected. */
  retry(): void;
  /** Says hello anew, for the language that was chosen since. Does nothing while away. */
  renew(): void;
  close(): void;
}

/** `liveCloseCodes.unauthorized` of shared/live.ts, which would bring zod into the page. */
const unauthorized = 4401;
/** From opening to the snapshot. */
const snapshotTimeoutMs = 10_000;

export function openLive(options: LiveOptions): LiveChannel {
  const { url, token, language, onLink, onMessage } = options;
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let closed = false;

  // A try by the timer is not announced: to the one who looks, nothing has changed.
  function open(): void {
    const own = new WebSocket(url);
    socket = own;
    timer = setTimeout(() => own.close(), snapshotTimeoutMs);
    own.onopen = () => own.send(JSON.stringify({ type: 'hello', token: token ?? '', language: language() }));
    own.onmessage = (event) => {
      const message = own === socket ? parseServerMessage(event.data) : null;
      if (message === null) return;
      if (message.type === 'snapshot') {
        clearTimeout(timer);
        attempt = 0;
        onLink('connected');
      }
      onMessage(message);
    };
    own.onclose = (event) => {
      if (own !== socket) return;
      clearTimeout(timer);
      socket = null;
      if (closed) return;
      const refused = event.code === unauthorized;
      onLink(refused ? 'refused' : 'waiting');
      // The token of this page does not change by itself; the agent may be given back its data folder, though.
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
