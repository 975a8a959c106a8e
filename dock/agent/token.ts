/** The agent's token, as the dock's address brings it: `http://127.0.0.1:5002/#token=…`. A fragment never leaves the browser. */

/** What is needed of sessionStorage. */
export type TokenStore = Pick<Storage, 'getItem' | 'setItem'>;

const key = 'streamai.token';

/**
 * The token of this page. OBS reopens a dock with its original address, so the fragment is where it always is; a tab that
 * lost its fragment still has it for as long as it lives. Null: the page was opened without one.
 */
export function readToken(fragment: string, store: TokenStore): string | null {
  const token = new URLSearchParams(fragment.replace(/^#/, '')).get('token');
  try {
    if (token === null || token === '') return store.getItem(key);
    store.setItem(key, token);
  } catch {
    // Storage can be switched off; the fragment is enough.
  }
  return token === '' ? null : token;
}
