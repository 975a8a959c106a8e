/**
 * Which language the page speaks: what a person chose here, else the setting, else the browser's. A dictionary is loaded when
 * its language is first spoken: nobody reads both at once, and the page has 40 kB for everything.
 */
import { computed, effect, signal } from '@preact/signals';
import type { Language } from '../../shared/errors.ts';
import type { Settings } from '../../shared/settings.ts';
import { agent, agentConnected } from '../agent/store.ts';
import type { Texts } from './en.ts';

/** Chosen in this page and not (yet) taken by the agent. */
export const chosenLanguage = signal<Language | null>(null);

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

const load: Record<Language, () => Promise<Texts>> = {
  en: () => import('./en.ts').then(({ en }) => en),
  fr: () => import('./fr.ts').then(({ fr }) => fr),
};

/** The language that is spoken, with its words: another one takes over once it is here. */
const spoken = signal<{ readonly language: Language; readonly texts: Texts } | null>(null);

/** Begins to speak; from then on follows what is wanted. Resolves once there are words, before which nothing may be drawn. */
export function startSpeaking(): Promise<void> {
  return new Promise((resolve) => {
    effect(() => {
      const language = wanted.value;
      const speak = (texts: Texts): void => {
        if (language === wanted.peek()) spoken.value = { language, texts };
        resolve();
      };
      // Without the agent no new words can be had: the page goes on in those that it has.
      load[language]().then(speak, () => undefined);
    });
  });
}

export const language = computed<Language>(() => spoken.value?.language ?? wanted.value);

/** The words of the page's language. */
export const t = computed<Texts>(() => {
  if (spoken.value === null) throw new Error('nothing may be said before startSpeaking');
  return spoken.value.texts;
});

/** Why nothing can be asked of the agent now; undefined: it can. */
export const awayReason = computed(() => (agentConnected.value ? undefined : t.value.agentAway.message));
