import WebSocket from 'ws';
import type { World } from './world-fixture.ts';

/** Counts what one more client of the live channel is sent, in bytes by event. */
export async function countBytes({
  agent,
}: World): Promise<{ total: number; by: Record<string, number>; close(): void }> {
  const counted = { total: 0, by: {} as Record<string, number>, close: () => socket.terminate() };
  const socket = new WebSocket(`${agent.url.replace(/^http/, 'ws')}/ws`);
  socket.on('open', () => socket.send(JSON.stringify({ type: 'hello', token: agent.token })));
  await new Promise((resolve) => socket.once('message', resolve));
  socket.on('message', (data) => {
    const text = String(data);
    const { type } = JSON.parse(text) as { type: string };
    counted.total += Buffer.byteLength(text);
    counted.by[type] = (counted.by[type] ?? 0) + Buffer.byteLength(text);
  });
  return counted;
}
