import { describe, expect, test } from 'vitest';
import { parseServerMessage } from './messages.ts';

const frame = (message: unknown): string => JSON.stringify(message);

describe('a frame of the live channel', () => {
  test.each<[string, unknown]>([
    ['a binary frame', new ArrayBuffer(2)],
    ['no JSON', '{'],
    ['null', 'null'],
    ['a list', '[]'],
    ['no data', frame({ type: 'session_updated' })],
    ['data that is null', frame({ type: 'session_updated', data: null })],
    ['data that is a text', frame({ type: 'session_updated', data: 'a' })],
  ])('is ignored: %s', (_, input) => {
    expect(parseServerMessage(input)).toBeNull();
  });

  test('is taken with all that it holds', () => {
    const message = { type: 'obs_updated', moon: 1, data: { state: 'connected', moon: 1 } };
    expect(parseServerMessage(frame(message))).toEqual(message);
  });
});
