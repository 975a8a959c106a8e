/** A new token, whether the agent runs or not: one that runs makes it itself, so that the old one ends in it too. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { WebSocket } from 'ws';
import { readOrCreateToken, renewToken } from '../../agent/config/token.ts';
import { proofs } from '../../agent/http/access.ts';
import { openDatabase } from '../../agent/storage/database.ts';
import { tokenAnswerSchema } from '../../shared/api.ts';
import type { Language } from '../../shared/errors.ts';
import { challengeSchema } from '../../shared/live.ts';

const boundMs = 10_000;

/**
 * @param url the agent's, without a slash at the end
 * @returns the new token
 * @throws StreamAIError folder_unreadable | data_dir_in_use: an agent has the data folder that does not answer at `url`
 */
export async function renewEverywhere(url: string, dataDir: string, language: Language): Promise<string> {
  const channel = await provenChannel(url, readOrCreateToken(dataDir, language));
  if (channel !== null) {
    try {
      const headers = { authorization: `Bearer ${channel.key}`, 'content-type': 'application/json' };
      const answer = await fetch(`${url}/api/token`, {
        method: 'POST',
        headers,
        body: '{"new":true}',
        signal: AbortSignal.timeout(boundMs),
      });
      if (answer.ok) return tokenAnswerSchema.parse(await answer.json()).token;
    } finally {
      channel.socket.terminate();
    }
  }
  // Whoever answers there, or nobody: no agent may have the folder, for it would go on with the old token.
  const database = path.join(dataDir, 'streamai.db');
  if (existsSync(database)) openDatabase(database).close();
  return renewToken(dataDir, language);
}

/** A live channel to the agent that has this token; null where none answers. The key counts while the channel is open. */
async function provenChannel(url: string, token: string): Promise<{ socket: WebSocket; key: string } | null> {
  const nonce = randomBytes(32).toString('base64');
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { handshakeTimeout: boundMs });
  const late = setTimeout(() => socket.terminate(), boundMs);
  const key = await new Promise<string | null>((resolve) => {
    let proof = '';
    socket.on('error', () => resolve(null));
    socket.on('close', () => resolve(null));
    socket.on('open', () => socket.send(JSON.stringify({ type: 'hello', nonce, origin: url })));
    socket.on('message', (data) => {
      const message = parseJson(String(data));
      // The snapshot, or what comes after it: the agent has taken our proof.
      if (proof !== '') return resolve(proof);
      const challenge = challengeSchema.safeParse(message);
      if (!challenge.success) return resolve(null);
      const { agent, page } = proofs(token, url, nonce, challenge.data.data.nonce);
      if (challenge.data.data.proof !== agent) return resolve(null);
      proof = page;
      socket.send(JSON.stringify({ type: 'proof', proof }));
    });
  });
  clearTimeout(late);
  if (key !== null) return { socket, key };
  socket.terminate();
  return null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
