/**
 * What lets clients in. A script shows the token itself. A page never sends it, for whoever has taken our port would have it
 * then: each side of its live channel proves to the other that it has the token, over two nonces and the address that the page
 * was opened with. We prove nothing to a page at an address that others can have, so a stranger there has no proof to pass on. What
 * the page proves itself with is its key for REST, as long as that channel is open.
 *
 * A pass stands for the token where a page is sent to us by another one (agent/waiting-page): should somebody have taken our port by then,
 * a page of theirs reads it, and it is worth nothing, for it ends with this agent, and only then can they have the port.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { passPrefix } from '../../shared/pass.ts';

export interface Challenge {
  /** Ours, base64. */
  readonly nonce: string;
  /** That we have the token: HMAC-SHA-256 (RFC 2104) with the token as its key, base64. */
  readonly proof: string;
  /** What the client must answer with. */
  readonly key: string;
}

export class Access {
  #token: string;
  #pass = newPass();
  /** Hashes of the keys that count now. */
  readonly #keys = new Set<string>();
  readonly #onRenewed = new Set<() => void>();

  constructor(token: string) {
    this.#token = token;
  }

  get token(): string {
    return this.#token;
  }

  get pass(): string {
    return this.#pass;
  }

  /** Whether this is the token or the key of an open live channel. */
  admits(candidate: string): boolean {
    return this.isToken(candidate) || this.#keys.has(hash(candidate).toString('hex'));
  }

  isToken(candidate: string): boolean {
    return isSame(candidate, this.#token);
  }

  /**
   * @param origin as the page's `location.origin` says it
   * @param nonce the client's
   * @param byPass whether the pass is proven in the token's place
   */
  challenge(origin: string, nonce: string, byPass = false): Challenge {
    const ours = randomBytes(32).toString('base64');
    const { agent, page } = proofs(byPass ? this.#pass : this.#token, origin, nonce, ours);
    return { nonce: ours, proof: agent, key: page };
  }

  addKey(key: string): void {
    this.#keys.add(hash(key).toString('hex'));
  }

  removeKey(key: string): void {
    this.#keys.delete(hash(key).toString('hex'));
  }

  /** Ends the token that counted so far, and every key that came from it. */
  renew(token: string): void {
    this.#token = token;
    this.#pass = newPass();
    this.#keys.clear();
    for (const listener of this.#onRenewed) listener();
  }

  /** Calls the listener after each change of the token. */
  onRenewed(listener: () => void): void {
    this.#onRenewed.add(listener);
  }
}

const newPass = (): string => `${passPrefix}${randomBytes(32).toString('base64url')}`;

/** With what agent and page prove that they have the token, over the page's address, its nonce and the agent's. */
export function proofs(
  token: string,
  origin: string,
  nonce: string,
  agentNonce: string,
): { agent: string; page: string } {
  const hmac = (by: string): string =>
    createHmac('sha256', token).update(`${by} ${origin} ${nonce} ${agentNonce}`).digest('base64');
  return { agent: hmac('agent'), page: hmac('page') };
}

/** Whether these are the same; the time that it takes does not tell how much of the candidate is right. */
export function isSame(candidate: string, secret: string): boolean {
  // Hashes, because `timingSafeEqual` takes only values of equal length.
  return timingSafeEqual(hash(candidate), hash(secret));
}

const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
