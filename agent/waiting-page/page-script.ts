/**
 * The script of the waiting page. Each function here is written into the page as its own text (page.ts), so it uses nothing from
 * outside itself, and nothing that Chromium 103 (OBS 28) does not have.
 */

/** What the page knows of the agent. `opening`: it runs, go there. */
export type WaitingState = 'looking' | 'away' | 'silent' | 'opening';

/**
 * Tells from what is read again and again whether an agent runs. No clock is asked, for clocks are set: only what changes while we
 * look was written by somebody who is alive. What a killed agent left stays as it is.
 * @returns takes each beat that is read (null: nothing is there) and gives what is known then
 */
export function createWatch(): (beat: string | null) => WaitingState {
  /** How often the same is read before the agent counts as silent; it writes more often than that. */
  const patience = 10;
  let last: string | null = null;
  let same = 0;
  let missing = 0;
  return (beat) => {
    if (beat === null) {
      missing += 1;
      return 'away';
    }
    // Twice: a scanner can keep a file from being read for a moment. And it must be another one than that which was there before.
    const appeared = missing >= 2;
    const changed = last === null ? appeared : beat !== last;
    missing = 0;
    same = changed ? 0 : same + 1;
    last = beat;
    if (changed) return 'opening';
    return same < patience ? 'looking' : 'silent';
  };
}

/**
 * Looks for the agent for as long as the page is there, says what it knows, and goes over.
 * @param aliveFile beside the page, written by the agent
 */
export function waitForAgent(aliveFile: string, makeWatch: typeof createWatch): void {
  /** ms between two looks: often at first, so that an agent that runs is soon seen. */
  const hurried = 150;
  const calm = 250;
  const hurriedLooks = 12;
  /** How long the dock may take to come before it is looked for again, ms. */
  const openingMs = 10_000;

  const language = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => /^(fr|en)$/.test(tag));
  document.documentElement.lang = language ?? 'en';
  const main = document.querySelector<HTMLElement>(`main[lang="${language ?? 'en'}"]`);
  if (main === null) return;
  main.hidden = false;
  const status = main.querySelector('[role="status"]');

  let watch = makeWatch();
  let looks = 0;
  let alive: { beat: unknown; url: unknown; pass: unknown } | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let looking = false;
  Object.assign(window, {
    streamaiAlive: (said: NonNullable<typeof alive>) => {
      alive = said;
    },
  });

  const show = (state: WaitingState): void => {
    const text = main.dataset[state] ?? '';
    main.dataset.state = state;
    // Said again only when it is something else: a screen reader would repeat it.
    if (status !== null && status.textContent !== text) status.textContent = text;
  };

  const looked = (): void => {
    looking = false;
    const { beat, url, pass } = alive ?? {};
    const isWhole = typeof beat === 'string' && /^http:\/\/[^/]+$/.test(String(url)) && /^[\w.-]+$/.test(String(pass));
    const state = watch(isWhole ? beat : null);
    show(state);
    if (state === 'opening') {
      // Not `replace`: with this page in the history, the dock can come back to it.
      location.assign(`${url}/#waiting&token=${pass}`);
      watch = makeWatch();
      looks = 0;
    }
    timer = setTimeout(look, state === 'opening' ? openingMs : looks < hurriedLooks ? hurried : calm);
  };

  const look = (): void => {
    clearTimeout(timer);
    if (looking) return;
    looking = true;
    looks += 1;
    alive = null;
    const script = document.createElement('script');
    // Another address each time: the same one would not be read again.
    script.src = `${aliveFile}?${looks}.${performance.now()}`;
    script.onload = script.onerror = () => {
      script.remove();
      looked();
    };
    document.head.append(script);
  };

  main.querySelector('button')?.addEventListener('click', () => location.reload());
  // While a dock is hidden, its timers hardly run.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && main.dataset.state !== 'opening') look();
  });
  look();
}
