import { describe, expect, test } from 'vitest';
import { keepToken, readToken, type TokenStore } from './token.ts';

function storeWith(token: string | null): TokenStore {
  let kept = token;
  return {
    getItem: () => kept,
    setItem: (_, value) => {
      kept = value;
    },
  };
}
const broken: TokenStore = {
  getItem: () => {
    throw new Error('denied');
  },
  setItem: () => {
    throw new Error('denied');
  },
};

describe('the token', () => {
  test.each<[string, string, TokenStore, string | null]>([
    ['comes from the fragment', '#token=abc', storeWith(null), 'abc'],
    ['may stand among other things', '#view=settings&token=abc', storeWith(null), 'abc'],
    ['of the fragment wins over an older one', '#token=new', storeWith('old'), 'new'],
    ['is remembered by the tab', '', storeWith('old'), 'old'],
    ['is missing where nobody brought one', '', storeWith(null), null],
    ['is missing where it is empty', '#token=', storeWith(null), null],
    ['works without storage', '#token=abc', broken, 'abc'],
    ['is missing without fragment and storage', '', broken, null],
  ])('%s', (_, fragment, store, token) => {
    expect(readToken(fragment, store, () => {})).toBe(token);
  });

  test.each<[string, string, TokenStore, number]>([
    ['once it is kept', '#token=abc', storeWith(null), 1],
    ['not where it could not be kept', '#token=abc', broken, 0],
    ['not where there is none', '', storeWith('old'), 0],
  ])('leaves the address bar: %s', (_, fragment, store, times) => {
    let hidden = 0;
    readToken(fragment, store, () => hidden++);
    expect(hidden).toBe(times);
  });

  test('that takes its place is there when the page loads again', () => {
    const store = storeWith('old');
    expect(keepToken('new', store)).toBe(true);
    expect(readToken('', store, () => {})).toBe('new');
    expect(keepToken('new', broken)).toBe(false);
  });

  test('from a fragment is there when the page loads again without it', () => {
    const store = storeWith(null);
    readToken('#token=abc', store, () => {});
    expect(readToken('', store, () => {})).toBe('abc');
  });
});
