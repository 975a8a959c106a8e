/** The page's one repeating timer: it runs only while something that is visible changes every second. */
import { effect, type ReadonlySignal, signal } from '@preact/signals';

export interface TickerPorts {
  /** Whether the recorded time is running. */
  readonly running: ReadonlySignal<boolean>;
  /** The recorded time in ms; while it runs, ticks come when it reaches a whole second. */
  readonly elapsed: () => number;
  /** Whether the page shows a countdown, such as the time until an upload's next attempt. */
  readonly countingDown: ReadonlySignal<boolean>;
  /** Whether the page is visible. */
  readonly visible: ReadonlySignal<boolean>;
  /** Called every two seconds while the recorded time runs. */
  readonly onRefresh: () => void;
}

const secondMs = 1000;

/** @returns a signal that changes whenever what depends on the time must be drawn again */
export function startTicker(ports: TickerPorts): ReadonlySignal<number> {
  const { running, elapsed, countingDown, visible, onRefresh } = ports;
  const tick = signal(0);
  effect(() => {
    const isRunning = running.value;
    if (!visible.value || !(isRunning || countingDown.value)) return;
    let timer: ReturnType<typeof setTimeout>;
    const scheduleNext = (): void => {
      // 5 ms late rather than early, when the second would not have changed yet.
      const waitMs = isRunning ? secondMs - (elapsed() % secondMs) + 5 : secondMs;
      timer = setTimeout(() => {
        tick.value = tick.peek() + 1;
        if (isRunning && tick.peek() % 2 === 0) onRefresh();
        scheduleNext();
      }, waitMs);
    };
    scheduleNext();
    return () => clearTimeout(timer);
  });
  return tick;
}
