/** The page's one timer: runs only while something visible changes by the second. */
import { effect, type ReadonlySignal, signal } from '@preact/signals';

export interface TickerPorts {
  /** Whether the recorded time is running, and where it stands, in ms: ticks fall on its whole seconds. */
  readonly running: ReadonlySignal<boolean>;
  readonly elapsed: () => number;
  /** Whether a wait is counted down somewhere. */
  readonly counting: ReadonlySignal<boolean>;
  readonly visible: ReadonlySignal<boolean>;
  /** Called every other second while the recorded time runs. */
  readonly onRefresh: () => void;
}

const second = 1000;

/** @returns a signal that changes whenever what depends on time should be drawn again */
export function startTicker(ports: TickerPorts): ReadonlySignal<number> {
  const { running, elapsed, counting, visible, onRefresh } = ports;
  const tick = signal(0);
  effect(() => {
    const clock = running.value;
    if (!visible.value || !(clock || counting.value)) return;
    let timer: ReturnType<typeof setTimeout>;
    const next = (): void => {
      // A little late rather than early, where the second would not have changed yet.
      const wait = clock ? second - (elapsed() % second) + 5 : second;
      timer = setTimeout(() => {
        tick.value = tick.peek() + 1;
        if (clock && tick.peek() % 2 === 0) onRefresh();
        next();
      }, wait);
    };
    next();
    return () => clearTimeout(timer);
  });
  return tick;
}
