/** OBS's client, which looks at who answers before it says anything but hello: whoever is not OBS gets no proof of our password to guess from. */
import { Socket } from 'node:net';
import type { OBSWebSocket } from 'obs-websocket-js/json';
import { StreamAIError } from '../../shared/errors.ts';
import { ObsSocket } from './obs-socket.ts';
import { isOurs, type PeerOwner, peerOwner } from './peer-owner.ts';

/** As `peerOwner`. */
export type FindOwner = (socket: Socket) => Promise<PeerOwner | null>;

export class KnownSocket extends ObsSocket {
  /** Why the other end was not taken for OBS; null: it was. */
  refusal: StreamAIError | null = null;
  readonly #password: string | null;
  readonly #ownerOf: FindOwner;

  /** @param password that OBS is known to ask for; null: none */
  constructor(password: string | null, ownerOf: FindOwner = peerOwner) {
    super();
    this.#password = password;
    this.#ownerOf = ownerOf;
  }

  /** Between OBS's Hello and our Identify. @throws StreamAIError obs_unauthenticated | obs_stranger | obs_not_connected */
  protected override async createConnection(url: string): ReturnType<OBSWebSocket['createConnection']> {
    const hello = await super.createConnection(url);
    this.refusal = await this.#judge(hello.authentication !== undefined);
    if (this.refusal === null) return hello;
    // Not asked for its goodbye: it may never say it.
    if (this.socket && 'terminate' in this.socket && typeof this.socket.terminate === 'function')
      this.socket.terminate();
    throw this.refusal;
  }

  async #judge(asksForPassword: boolean): Promise<StreamAIError | null> {
    if (this.#password !== null && !asksForPassword) return new StreamAIError('obs_unauthenticated');
    const tcp: unknown = this.socket && Reflect.get(this.socket, '_socket');
    const owner = tcp instanceof Socket ? await this.#ownerOf(tcp) : null;
    if (owner === null || owner === 'elsewhere') return null;
    if (owner === 'gone') return new StreamAIError('obs_not_connected');
    return isOurs(owner.uid) ? null : new StreamAIError('obs_stranger', { uid: owner.uid });
  }
}
