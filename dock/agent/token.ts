/**
 * The agent's token comes in the fragment of the dock's address, which a browser never sends:
 * `http://127.0.0.1:5002/#token=…`.
 */

/** The part of sessionStorage that is used. */
export type TokenStore = Pick<Storage, 'getItem' | 'setItem'>;

const key = 'streamai.token';

/** Keeps another token for as long as the tab is open. @returns whether it could */
export function keepToken(token: string, store: TokenStore): boolean {
  try {
    store.setItem(key, token);
    return true;
  } catch {
    return false;
  }
}

/**
 * The token of this page; null where it was opened without one. OBS always opens a dock with the whole address; a browser's tab
 * has it in sessionStorage as long as the tab is open.
 * @param hide takes the token out of the address bar, where others see it; called once it is kept
 */
export function readToken(fragment: string, store: TokenStore, hide: () => void): string | null {
  const token = new URLSearchParams(fragment.replace(/^#/, '')).get('token');
  try {
    if (token === null || token === '') return store.getItem(key);
    store.setItem(key, token);
    hide();
  } catch {
    // Storage is switched off: the fragment alone counts.
  }
  return token === '' ? null : token;
}
