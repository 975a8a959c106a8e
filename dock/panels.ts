/**
 * What only opens with a press, each part a file of its own with its texts and styles: it is loaded while the page has nothing
 * else to do, so that it is there at once when it is asked for. And only while the agent is connected: whoever else has its port
 * then must not get a script into this page.
 */
import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { agentConnected, failure } from './agent/store.ts';
import { isDictionary, t } from './i18n/language.ts';
import { checkParts } from './parts.ts';
import { helpOpen, view } from './view.ts';

interface PanelModule {
  /** A style sheet that it brings along: as a file, it could come later than what it is for. */
  readonly css: string;
}

export interface Panel<T> {
  /** Its module; null until that is loaded. */
  readonly loaded: ReadonlySignal<T | null>;
  /** Loads it where it is not yet. @returns whether it is loaded now */
  load(): Promise<boolean>;
  /** Whether it could not be loaded once. Chromium, up to 127 at least, never asks again for such a module. */
  isMissing(): boolean;
}

/** @param fetchModule an `import()` of what was checked */
export function createPanel<T extends PanelModule>(fetchModule: () => Promise<T>): Panel<T> {
  const loaded = signal<T | null>(null);
  let missing = false;
  let loading: Promise<void> | undefined;

  async function fetchOnce(): Promise<void> {
    try {
      const module = await fetchModule();
      adopt(module.css);
      loaded.value = module;
    } catch {
      missing = true;
    }
  }
  return {
    loaded,
    async load() {
      if (!agentConnected.peek()) return loaded.peek() !== null;
      loading ??= fetchOnce();
      await loading;
      return loaded.peek() !== null;
    },
    isMissing: () => missing,
  };
}

/** Gives the page a style sheet; the agent's Content-Security-Policy allows no other way from a script. */
function adopt(css: string): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

/** What panels have in common is a file as well: all of them are checked at once, and nearly always long before a press. */
const panelParts = (): Promise<void> => checkParts((name) => !isDictionary(name));

export const settingsPanel = createPanel(() =>
  panelParts().then(() => import('./components/settings/SettingsView.tsx')),
);
export const detailsPanel = createPanel(() =>
  panelParts().then(() => import('./components/sessions/SessionDetails.tsx')),
);
export const helpPanel = createPanel(() => panelParts().then(() => import('./components/base/HelpSheet.tsx')));

/**
 * Opens a panel: at once where it is loaded, else once it is. Where it cannot be, the foot of the page says so and offers to try
 * again (FailureNote.tsx).
 */
export async function openPanel(panel: Panel<unknown>, open: () => void): Promise<void> {
  const pressed = document.activeElement;
  failure.value = null;
  if (panel.loaded.peek() === null && !(await panel.load())) {
    failure.value = {
      info: { code: 'panel_away', message: t.peek().panelAway.message, fix: t.peek().panelAway.fix },
      async retry() {
        if (panel.isMissing() && agentConnected.peek()) return location.reload();
        // The button that is pressed now goes away with the failure.
        if (pressed instanceof HTMLElement) pressed.focus();
        await openPanel(panel, open);
      },
    };
    return;
  }
  open();
}

export const openSettings = (): Promise<void> =>
  openPanel(settingsPanel, () => {
    view.value = 'settings';
  });
export const openHelp = (): Promise<void> =>
  openPanel(helpPanel, () => {
    helpOpen.value = true;
  });

/** Loads every panel as soon as the page has nothing else to do, and after the agent was away what is still missing. */
export function prefetchPanels(): void {
  effect(() => {
    if (!agentConnected.value) return;
    requestIdleCallback(() => {
      for (const panel of [settingsPanel, detailsPanel, helpPanel]) void panel.load();
    });
  });
}
