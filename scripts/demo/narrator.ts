import { type ErrorInfo, type Language, translateError } from '../../shared/errors.ts';
import { type Output, Progress } from './progress.ts';
import { type DemoWords, demoWords } from './words.ts';

/** Tells a person what the demo does, while it does it. */
export class Narrator {
  readonly words: DemoWords;
  readonly language: Language;
  readonly #output: Output;
  readonly #progress: Progress;

  constructor(output: Output, language: Language) {
    this.words = demoWords[language];
    this.language = language;
    this.#output = output;
    this.#progress = new Progress(output, language);
  }

  /** Something begins, or is worth knowing. */
  say(text: string): void {
    this.#progress.clear();
    this.#output.write(`${text}\n`);
  }

  /** Something is done and holds. */
  done(text: string): void {
    this.say(`✓ ${text}`);
  }

  /** @param ratio 0..1 */
  progress(ratio: number, text: string): void {
    this.#progress.show(ratio, text);
  }

  /** An error of the agent in the narrator's language. */
  explain(error: ErrorInfo): string {
    const { message, fix } = translateError(error, this.language);
    return [message, fix].filter(Boolean).join(' ');
  }
}
