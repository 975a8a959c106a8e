/** What programs in a terminal share: its language, and failures as one sentence. */
import { type Language, StreamAIError } from '../shared/errors.ts';

/** The language that the terminal asks for; Windows sets no variables, so there the system's own decides. */
export function terminalLanguage(env: NodeJS.ProcessEnv = process.env, systemLocale = ownLocale): Language {
  return /^fr/i.test(env.LC_ALL || env.LC_MESSAGES || env.LANG || systemLocale()) ? 'fr' : 'en';
}

/**
 * The system's locale, as every part of Intl knows it. Plural rules load the least: formats of dates or numbers would bring 8 MB of
 * Unicode's tables into memory for as long as the program runs, and take 14 ms.
 */
function ownLocale(): string {
  return new Intl.PluralRules().resolvedOptions().locale;
}

/** What went wrong and what to do, in the terminal's language, on one line. */
export function errorSentence(error: unknown): string {
  const { message, fix } = (
    error instanceof StreamAIError ? error : new StreamAIError('internal', {}, { cause: error })
  ).info(terminalLanguage());
  return fix === undefined ? message : `${message} ${fix}`;
}
