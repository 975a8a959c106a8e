/** Which language the page speaks: what a person chose here, else the setting, else the browser's. */
import { computed, signal } from '@preact/signals';
import type { Language } from '../../shared/errors.ts';
import type { Settings } from '../../shared/settings.ts';
import { agent } from '../agent/store.ts';
import { en, type Texts } from './en.ts';
import { fr } from './fr.ts';

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

export const language = computed<Language>(() =>
  pickLanguage(
    chosenLanguage.value,
    agent.value?.settings.values.language,
    typeof navigator === 'undefined' ? [] : (navigator.languages ?? []),
  ),
);

const texts: Record<Language, Texts> = { en, fr };
/** The words of the page's language. */
export const t = computed<Texts>(() => texts[language.value]);
