/** The page's look: kept in this browser and not by the agent, so that docks elsewhere keep theirs. */
import { effect, type Signal, signal } from '@preact/signals';

export type Theme = 'auto' | 'dark' | 'light';
export type Density = 'comfortable' | 'compact';

/** A choice that localStorage keeps under `name`. What is read there is not checked. */
function storedChoice<T extends string>(name: string, otherwise: T): Signal<T> {
  const choice = signal(otherwise);
  try {
    choice.value = (localStorage.getItem(name) as T | null) ?? otherwise;
    effect(() => localStorage.setItem(name, choice.value));
  } catch {
    // Storage is switched off or full: the choice lasts as long as the page.
  }
  return choice;
}

export const theme = storedChoice<Theme>('streamai.theme', 'auto');
export const density = storedChoice<Density>('streamai.density', 'comfortable');

/**
 * Sets the look's attributes on the root element, now and whenever a choice or the system's theme changes. The styles know
 * `light`; every other theme is dark.
 */
export function applyLook({ dataset }: HTMLElement): void {
  const light = matchMedia('(prefers-color-scheme: light)');
  const apply = (): void => {
    const { value } = theme;
    dataset.theme = value === 'auto' && light.matches ? 'light' : value;
    dataset.density = density.value;
  };
  effect(apply);
  light.addEventListener('change', apply);
}
