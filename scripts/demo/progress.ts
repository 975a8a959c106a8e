import type { Language } from '../../shared/errors.ts';
import { formatPercent } from '../../shared/format.ts';

/** What is needed of a terminal or a file behind stdout. */
export type Output = Pick<NodeJS.WriteStream, 'write'> & { readonly isTTY?: boolean };

const width = 24;
/** Where there is no terminal, how often a line is printed, in per cent. */
const step = 25;

/** One progress bar at a time: drawn over and over on a terminal, a few lines elsewhere. */
export class Progress {
  readonly #output: Output;
  readonly #language: Language;
  #printed = 0;

  constructor(output: Output, language: Language) {
    this.#output = output;
    this.#language = language;
  }

  /** @param ratio 0..1 */
  show(ratio: number, text: string): void {
    const bounded = Math.min(1, Math.max(0, ratio));
    const full = Math.round(bounded * width);
    const bar = '█'.repeat(full) + '░'.repeat(width - full);
    const line = `  ${bar} ${formatPercent(bounded, this.#language).padStart(5)}  ${text}`;
    if (this.#output.isTTY) {
      this.#output.write(`\r\x1b[K${line}`);
    } else if (Math.floor((bounded * 100) / step) > this.#printed) {
      this.#printed = Math.floor((bounded * 100) / step);
      this.#output.write(`${line}\n`);
    }
  }

  /** Takes the bar away; what is printed next stands in its place. */
  clear(): void {
    if (this.#output.isTTY) this.#output.write('\r\x1b[K');
    this.#printed = 0;
  }
}
