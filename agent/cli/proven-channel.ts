/**
 * A live channel to the agent that has our token. The token itself is never sent: whoever has taken the agent's port would have
 * it then. Each side proves to the other that it has it (agent/http/access.ts), and what we prove it with is our key for REST as
 * long as the channel is open.
 */
import { randomBytes } from 'node:crypto';
import { WebSocket } from 'ws';
import type { Language } from '../../shared/errors.ts';
import { challengeSchema, type LiveEvent, liveEventSchema } from '../../shared/live.ts';
import { proofs } from '../http/access.ts';

export interface ProvenChannel {
  readonly key: string;
  /** Calls the listener with each event from now on. */
  listen(listener: (event: LiveEvent) => void): void;
  /** Resolves with its close code (RFC 6455 §7.4.1). */
  readonly closed: Promise<number>;
  close(): void;
}

/** How long the agent may take, ms. */
const boundMs = 10_000;

/**
 * @param url the agent's, without a slash at the end
 * @returns null where no agent with this token answers in time
 */
export async function openProvenChannel(url: string, token: string, language: Language): Promise<ProvenChannel | null> {
  const nonce = randomBytes(32).toString('base64');
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { handshakeTimeout: boundMs });
  const listeners = new Set<(event: LiveEvent) => void>();
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  const late = setTimeout(() => socket.terminate(), boundMs);
  let key = '';
  const proven = await new Promise<boolean>((resolve) => {
    socket.on('error', () => resolve(false));
    void closed.then(() => resolve(false));
    socket.on('open', () => socket.send(JSON.stringify({ type: 'hello', nonce, origin: url, language })));
    socket.on('message', (data) => {
      const message = parseJson(String(data));
      if (key === '') {
        const challenge = challengeSchema.safeParse(message);
        const due = challenge.success ? proofs(token, url, nonce, challenge.data.data.nonce) : null;
        if (!challenge.success || challenge.data.data.proof !== due?.agent) return resolve(false);
        key = due.page;
        return socket.send(JSON.stringify({ type: 'proof', proof: key }));
      }
      // The snapshot, or what comes after it: the agent has taken our proof.
      resolve(true);
      // What an agent of another version tells, and we do not know, is none of our business.
      const { success, data: event } = liveEventSchema.safeParse(message);
      if (success) for (const listener of listeners) listener(event);
    });
  });
  clearTimeout(late);
  if (!proven) {
    socket.terminate();
    return null;
  }
  return { key, listen: (listener) => void listeners.add(listener), closed, close: () => socket.terminate() };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
