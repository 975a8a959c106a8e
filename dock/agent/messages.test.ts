import { describe, expect, test } from 'vitest';
import { parseServerMessage } from './messages.ts';

const frame = (message: unknown): string => JSON.stringify(message);

describe('a frame of the live channel', () => {
  test.each<[string, unknown]>([
    ['a binary frame', new ArrayBuffer(2)],
    ['no JSON', '{'],
    ['null', 'null'],
    ['a list', '[]'],
    ['no type', frame({ data: {} })],
    ['a type from a newer agent', frame({ type: 'moon_updated', data: {} })],
    ['a type that is a property of every object', frame({ type: 'constructor', data: {} })],
    ['no data', frame({ type: 'session_updated' })],
    ['data that is a list', frame({ type: 'session_updated', data: [] })],
    ['a session without recordings', frame({ type: 'session_updated', data: { id: 'a' } })],
    ['a session with a numeric id', frame({ type: 'session_updated', data: { id: 1, recordings: [] } })],
    [
      'a snapshot without sessions',
      frame({ type: 'snapshot', data: { obs: {}, destinations: [], nextSession: {}, settings: {} } }),
    ],
  ])('is ignored: %s', (_, input) => {
    expect(parseServerMessage(input)).toBeNull();
  });

  test.each<[string, unknown]>([
    ['a deleted session', { type: 'session_deleted', timestamp: '', data: { sessionId: 'a' } }],
    ['fields that this page does not know', { type: 'obs_updated', moon: 1, data: { state: 'connected', moon: 1 } }],
  ])('is taken: %s', (_, message) => {
    expect(parseServerMessage(frame(message))).toEqual(message);
  });
});
