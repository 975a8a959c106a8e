/** What a command writes to: lines, colours where a person looks on, and a progress line that is drawn over and over. */
/** What is needed of `process.stdout` and `process.stderr`. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** ECMA-48: green, red, dim, and back; up to the line's beginning, which is then empty. */
const codes = { good: '\u001b[32m', bad: '\u001b[31m', dim: '\u001b[2m', plain: '\u001b[39;22m' } as const;
const emptyLine = '\r\u001b[K';

export class TerminalOutput {
  readonly #out: OutputStream;
  readonly #err: OutputStream;
  readonly #colours: boolean;
  #drawn = false;

  /** @param env NO_COLOR (https://no-color.org) and TERM=dumb switch colours and bars off */
  constructor(out: OutputStream, err: OutputStream, env: NodeJS.ProcessEnv) {
    this.#out = out;
    this.#err = err;
    this.#colours = out.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
    /** Bars are for a person who looks on: both streams lead to one then. */
    this.hasBars = out.isTTY === true && err.isTTY === true && env.TERM !== 'dumb';
  }

  readonly hasBars: boolean;

  /** One line, or several, of the command's own output. */
  say(text: string): void {
    this.#clear();
    this.#out.write(`${text}\n`);
  }

  /** A line beside the output: errors, and what it is about now. */
  note(text: string): void {
    this.#clear();
    this.#err.write(`${text}\n`);
  }

  /** Draws a line in the place of the one that was drawn before; without a person it is nothing. */
  draw(text: string): void {
    if (!this.hasBars) return;
    const width = (this.#err.columns ?? 80) - 1;
    this.#err.write(emptyLine + [...text].slice(0, width).join(''));
    this.#drawn = true;
  }

  /** Takes that line away. */
  endDrawing(): void {
    this.#clear();
  }

  good(text: string): string {
    return this.#coloured('good', text);
  }

  bad(text: string): string {
    return this.#coloured('bad', text);
  }

  dim(text: string): string {
    return this.#coloured('dim', text);
  }

  #coloured(colour: Exclude<keyof typeof codes, 'plain'>, text: string): string {
    return this.#colours ? `${codes[colour]}${text}${codes.plain}` : text;
  }

  #clear(): void {
    if (this.#drawn) this.#err.write(emptyLine);
    this.#drawn = false;
  }
}

/** `████░░░░`, `width` characters for a share of 0..1. */
export function bar(share: number, width = 24): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}
