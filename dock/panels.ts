/**
 * What only opens with a press, each part a file of its own with its texts and styles: it is loaded while the page has nothing
 * else to do, so that it is there at once when it is asked for.
 */
import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { agentConnected, failure } from './agent/store.ts';
import { t } from './i18n/language.ts';
import { helpOpen, view } from './view.ts';

export interface Panel<T> {
  /** Its module; null until that is loaded. */
  readonly loaded: ReadonlySignal<T | null>;
  /** Loads it where it is not yet. Rejects where the agent, which the file comes from, gives no answer. */
  load(): Promise<void>;
}

/** How long the file of a panel may take, from an agent on the same machine. */
const loadTimeoutMs = 10_000;

interface PanelModule {
  /** A style sheet that it brings along: as a file, it could come later than what it is for. */
  readonly css: string;
}

/** @param fetchModule an `import()`, which can be tried again after a failure */
export function createPanel<T extends PanelModule>(fetchModule: () => Promise<T>): Panel<T> {
  const loaded = signal<T | null>(null);
  return {
    loaded,
    async load() {
      if (loaded.peek() !== null) return;
      const late = new Promise<never>((_, reject) => setTimeout(reject, loadTimeoutMs));
      const module = await Promise.race([fetchModule(), late]);
      // Two presses may have waited for it.
      if (loaded.peek() !== null) return;
      adopt(module.css);
      loaded.value = module;
    },
  };
}

/** Gives the page a style sheet; the agent's Content-Security-Policy allows no other way from a script. */
function adopt(css: string): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

export const settingsPanel = createPanel(() => import('./components/settings/SettingsView.tsx'));
export const detailsPanel = createPanel(() => import('./components/sessions/SessionDetails.tsx'));
export const helpPanel = createPanel(() => import('./components/base/HelpSheet.tsx'));

/**
 * Opens a panel: at once where it is loaded, else once it is. Where it cannot be, the foot of the page says so and offers to try
 * again (FailureNote.tsx).
 */
export async function openPanel(panel: Panel<unknown>, open: () => void): Promise<void> {
  if (panel.loaded.peek() === null) {
    const pressed = document.activeElement;
    failure.value = null;
    try {
      await panel.load();
    } catch {
      failure.value = {
        info: { code: 'panel_away', message: t.peek().panelAway.message, fix: t.peek().panelAway.fix },
        retry() {
          // The button that is pressed now goes away with the failure.
          if (pressed instanceof HTMLElement) pressed.focus();
          return openPanel(panel, open);
        },
      };
      return;
    }
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
      for (const panel of [settingsPanel, detailsPanel, helpPanel]) panel.load().catch(() => undefined);
    });
  });
}
