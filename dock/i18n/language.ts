/**
 * The page's language: the one that a person chose here, else the setting, else the browser's. Only the dictionary of the page's
 * language is loaded, because its first load has 40 kB for everything (scripts/build/dock-sizes.ts).
 */
import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import type { Language } from '../../shared/errors.ts';
import type { Settings } from '../../shared/settings.ts';
import { agent, agentConnected } from '../agent/store.ts';
import { checkParts } from '../parts.ts';
import type { Texts } from './en.ts';

/** Chosen in this page, and not (yet) a setting of the agent. */
export const chosenLanguage = signal<Language | null>(null);

/** The page's language. @param browser language tags, the preferred one first */
export function pickLanguage(
  chosen: Language | null,
  setting: Settings['language'] | undefined,
  browser: readonly string[],
): Language {
  if (chosen !== null) return chosen;
  if (setting === 'en' || setting === 'fr') return setting;
  for (const tag of browser) {
    if (/^fr\b/i.test(tag)) return 'fr';
    if (/^en\b/i.test(tag)) return 'en';
  }
  return 'en';
}

const wanted = computed<Language>(() =>
  pickLanguage(
    chosenLanguage.value,
    agent.value?.settings.values.language,
    typeof navigator === 'undefined' ? [] : (navigator.languages ?? []),
  ),
);

const loadTexts: Record<Language, () => Promise<Texts>> = {
  en: () => import('./en.ts').then(({ en }) => en),
  fr: () => import('./fr.ts').then(({ fr }) => fr),
};

/** Whether a part of the page (parts.ts) is a dictionary. */
export const isDictionary = (name: string): boolean => Object.hasOwn(loadTexts, name);

/** The language whose texts are loaded; another one replaces it once its texts are. */
const loaded = signal<{ readonly language: Language; readonly texts: Texts } | null>(null);

/** Loads the texts, now and whenever the language changes. Nothing may be drawn before it resolves. While the agent is
 * away the page keeps its language. */
export function loadLanguage(): Promise<void> {
  return new Promise((resolve) => {
    effect(() => {
      const language = wanted.value;
      // Once the page has its texts, others come only from an agent that is connected: who else has its port is a stranger.
      if (!agentConnected.value && loaded.peek() !== null) return;
      const onTexts = (texts: Texts): void => {
        if (language === wanted.peek()) loaded.value = { language, texts };
        resolve();
      };
      // Where they do not come, the page keeps its language.
      checkParts((name) => name === language)
        .then(loadTexts[language])
        .then(onTexts, () => undefined);
    });
  });
}

/** The page's language. */
export const language = computed<Language>(() => loaded.value?.language ?? wanted.value);

/**
 * The texts of a panel (panels.ts) in the page's language. Its file has them in every language: a change of the language needs
 * nothing from the agent.
 */
export const panelWords = <T>(texts: Readonly<Record<Language, T>>): ReadonlySignal<T> =>
  computed(() => texts[language.value]);

/** The texts in the page's language. */
export const t = computed<Texts>(() => {
  if (loaded.value === null) throw new Error('loadLanguage has not resolved');
  return loaded.value.texts;
});

/** Why the agent cannot be asked for anything now; undefined where it can. */
export const awayReason = computed(() => (agentConnected.value ? undefined : t.value.agentAway.message));
