/** For tests: a client that proves itself on the live channel as a page of ours does. */
import { randomBytes } from 'node:crypto';
import { challengeSchema } from '../../shared/live.ts';
import { proofs } from './access.ts';
import { connectLive, type LiveClient } from './live-fixture.ts';

/** Connects, proves both sides and waits for the snapshot. */
/** @param pass whether `token` is a pass: the token comes before the snapshot then */
export async function provenPage(
  host: string,
  token: string,
  pass = false,
): Promise<{ client: LiveClient; key: string }> {
  const client = await connectLive(host);
  const origin = `http://${host}`;
  const nonce = randomBytes(32).toString('base64');
  client.send({ type: 'hello', nonce, origin, ...(pass && { pass }) });
  const { data } = challengeSchema.parse((await client.received(1))[0]);
  const { agent, page } = proofs(token, origin, nonce, data.nonce);
  if (data.proof !== agent) throw new Error('the agent has not proven itself');
  client.send({ type: 'proof', proof: page });
  await client.received(pass ? 3 : 2);
  return { client, key: page };
}
