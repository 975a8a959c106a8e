/** What belongs to this dock alone, kept in the browser: its look. */
import { effect, type Signal, signal } from '@preact/signals';

export type Theme = 'auto' | 'dark' | 'light';
export type Density = 'comfortable' | 'compact';

/** A remembered choice, checked where it is used; storage that is switched off or full only forgets. */
function remembered<T extends string>(name: string, otherwise: T): Signal<T> {
  const choice = signal(otherwise);
  try {
    choice.value = (localStorage.getItem(name) as T | null) ?? otherwise;
    effect(() => localStorage.setItem(name, choice.value));
  } catch {
    // It holds for as long as the page lives.
  }
  return choice;
}

export const theme = remembered<Theme>('streamai.theme', 'auto');
export const density = remembered<Density>('streamai.density', 'comfortable');

/** Dresses the page, now and whenever a choice or the system's own changes. An unknown theme is the dark one. */
export function applyPreferences({ dataset }: HTMLElement): void {
  const light = matchMedia('(prefers-color-scheme: light)');
  const dress = (): void => {
    const { value } = theme;
    dataset.theme = value === 'auto' && light.matches ? 'light' : value;
    dataset.density = density.value;
  };
  effect(dress);
  light.addEventListener('change', dress);
}
