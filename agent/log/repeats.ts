/** The same message again and again is a flood, whoever makes it: the first of them are written, the others counted. */

/** So many lines with one message are written in each span. */
const mostLines = 100;
const spanMs = 60_000;
/** So many messages are kept in mind at once; there are fewer in the program. */
const mostMessages = 1000;

interface Span {
  readonly began: number;
  lines: number;
}

export class Repeats {
  readonly #tell: (message: string, more: number) => void;
  readonly #spans = new Map<string, Span>();
  #timer: NodeJS.Timeout | undefined;

  /** @param tell called once a span is over in which lines were left out, with their number */
  constructor(tell: (message: string, more: number) => void) {
    this.#tell = tell;
  }

  /** Whether another line with this message is written. */
  admits(message: string): boolean {
    const now = performance.now();
    if (this.#spans.size > mostMessages || now - (this.#spans.get(message)?.began ?? now) >= spanMs)
      this.#endSpans(now);
    const span = this.#spans.get(message) ?? { began: now, lines: 0 };
    this.#spans.set(message, span);
    span.lines += 1;
    if (span.lines <= mostLines) return true;
    this.#timer ??= setTimeout(() => this.close(), spanMs).unref();
    return false;
  }

  /** Tells what was left out. */
  close(): void {
    this.#endSpans(Number.POSITIVE_INFINITY);
  }

  #endSpans(now: number): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [message, { began, lines }] of this.#spans) {
      if (now - began < spanMs) continue;
      this.#spans.delete(message);
      if (lines > mostLines) this.#tell(message, lines - mostLines);
    }
  }
}
