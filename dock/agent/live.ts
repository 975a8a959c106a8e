/** The live channel to the agent: opened again and again for as long as the page lives. */
import type { Language } from '../../shared/errors.ts';
import type { ServerMessage } from '../../shared/live.ts';
import { passPrefix } from '../../shared/pass.ts';
import { backoffMs } from '../backoff.ts';
import base64 from '../shims/base64.ts';
import { hmac } from '../shims/sha256.ts';
import { parseServerMessage } from './messages.ts';

/** `connected` from the snapshot on. `waiting`: the agent does not answer. `refused`: what answers does not have our token. */
export type AgentLink = 'connecting' | 'connected' | 'waiting' | 'refused';

export interface LiveChannelOptions {
  /** The agent's, which the page came from: `http://…` */
  readonly origin: string;
  readonly token: string | null;
  /** The language that the agent shall write errors in. */
  readonly language: () => Language;
  readonly onLink: (link: AgentLink) => void;
  readonly onMessage: (message: ServerMessage) => void;
  /** The agent has given the token to a page that came with a pass. */
  readonly onToken: (token: string) => void;
  /** The agent is another one than before and serves another page than this. */
  readonly onOtherPage: () => void;
}

export interface LiveChannel {
  /** Opens the channel, at once where a next attempt is waited for. Does nothing while one is open or being opened. */
  retry(): void;
  /** What the agent's REST takes in the token's place while the channel is connected; null while it is not. */
  key(): string | null;
  /** Tells the agent the present language; it answers with another snapshot. Does nothing while it is not connected. */
  renew(): void;
  /** Asks for a session, which comes as a message, if it is still there. Likewise. */
  ask(id: string): void;
  /** Goes on with another token: opens the channel anew at once. */
  useToken(token: string): void;
  close(): void;
}

/** How long the snapshot may take from the beginning of an attempt. */
const snapshotTimeoutMs = 10_000;

/**
 * Makes the live channel; `retry` opens it. After a loss it is opened again with growing waits. Whoever has the agent's port is a
 * stranger until it has proven to have the token (agent/http/access.ts), and is told nothing before; the token itself is never sent.
 */
export function createLiveChannel(options: LiveChannelOptions): LiveChannel {
  const { origin, language, onLink, onMessage, onToken, onOtherPage } = options;
  let { token } = options;
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let closed = false;
  let key: string | null = null;
  let page: string | undefined;

  // An attempt by the timer does not say `connecting`: for the person who looks, nothing has changed.
  function open(): void {
    const opened = new WebSocket(`${origin.replace('http', 'ws')}/ws`);
    const nonce = base64.stringify(crypto.getRandomValues(new Uint8Array(32)));
    let proof = '';
    let refused = false;
    socket = opened;
    timer = setTimeout(() => opened.close(), snapshotTimeoutMs);
    const pass = token?.startsWith(passPrefix) ? { pass: true } : {};
    opened.onopen = () => opened.send(JSON.stringify({ type: 'hello', nonce, origin, language: language(), ...pass }));
    opened.onmessage = (event) => {
      const message = parseServerMessage(event.data);
      if (message?.type === 'challenge') {
        const over = `${origin} ${nonce} ${message.data.nonce}`;
        // Without a token nobody can prove anything to us: everyone has an empty one.
        if (token === null || message.data.proof !== hmac(token, `agent ${over}`)) {
          refused = true;
          return opened.close();
        }
        page ??= message.data.page;
        if (page !== message.data.page) return onOtherPage();
        proof = hmac(token, `page ${over}`);
        opened.send(JSON.stringify({ type: 'proof', proof }));
      } else if (message?.type === 'token' && proof !== '') {
        token = message.data.token;
        onToken(token);
      } else if (message !== null && message.type !== 'token' && proof !== '') {
        if (message.type === 'snapshot') {
          clearTimeout(timer);
          attempt = 0;
          key = proof;
          onLink('connected');
        }
        onMessage(message);
      }
    };
    opened.onclose = () => {
      clearTimeout(timer);
      socket = null;
      key = null;
      if (closed) return;
      onLink(refused ? 'refused' : 'waiting');
      // Tried again after a refusal too, with the longest wait: the agent may get back the data folder with our token.
      timer = setTimeout(open, backoffMs(refused ? Number.POSITIVE_INFINITY : attempt++));
    };
  }

  const say = (message: object): void => {
    if (key !== null) socket?.send(JSON.stringify(message));
  };
  return {
    retry() {
      if (closed || socket !== null) return;
      clearTimeout(timer);
      attempt = 0;
      onLink('connecting');
      open();
    },
    key: () => key,
    renew: () => say({ type: 'language', language: language() }),
    ask: (id) => say({ type: 'session', id }),
    useToken(next) {
      token = next;
      clearTimeout(timer);
      // What is open, or being opened, is with the token that has ended.
      if (socket !== null) socket.onclose = null;
      socket?.close();
      key = null;
      attempt = 0;
      open();
    },
    close() {
      closed = true;
      clearTimeout(timer);
      socket?.close();
    },
  };
}
