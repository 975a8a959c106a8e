import { EventEmitter as Original } from 'eventemitter3';
import { describe, expect, test } from 'vitest';
import { EventEmitter } from './events.ts';

describe.each([
  ['the original', () => new Original() as unknown as EventEmitter],
  ['the one that stands in for it', () => new EventEmitter()],
])('%s', (_, create) => {
  test('calls all listeners in their order, and returns whether there were any', () => {
    const emitter = create();
    const heard: unknown[] = [];
    emitter.on('a', (...data) => heard.push(['first', ...data]));
    emitter.on('a', () => heard.push('second'));
    expect([emitter.emit('a', 1, 2), emitter.emit('b')]).toEqual([true, false]);
    expect(heard).toEqual([['first', 1, 2], 'second']);
  });
  test('calls a listener of `once` once, also when it emits the same event', () => {
    const emitter = create();
    let heard = 0;
    emitter.once('a', () => {
      heard += 1;
      emitter.emit('a');
    });
    emitter.emit('a');
    expect(heard).toBe(1);
  });
  test('calls every listener that was there at first, also one that is taken off meanwhile', () => {
    const emitter = create();
    const heard: string[] = [];
    const second = (): unknown => heard.push('second');
    emitter.on('a', () => {
      heard.push('first');
      emitter.off('a', second);
    });
    emitter.on('a', second);
    emitter.emit('a');
    emitter.emit('a');
    expect(heard).toEqual(['first', 'second', 'first']);
  });
  test('calls no listener after removeAllListeners', () => {
    const emitter = create();
    emitter.on('a', () => expect.unreachable());
    emitter.removeAllListeners();
    expect(emitter.emit('a')).toBe(false);
  });
});
