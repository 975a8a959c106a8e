/** What programs in a terminal share: its language, and failures as one sentence. */
import { type Language, StreamAIError } from '../shared/errors.ts';

/** The language that the terminal asks for; Windows sets no variables, so there the system's own decides. */
export function terminalLanguage(
  env: NodeJS.ProcessEnv = process.env,
  systemLocale = Intl.DateTimeFormat().resolvedOptions().locale,
): Language {
  return /^fr/i.test(env.LC_ALL || env.LC_MESSAGES || env.LANG || systemLocale) ? 'fr' : 'en';
}

/** What went wrong and what to do, in the terminal's language, on one line. */
export function errorSentence(error: unknown): string {
  const { message, fix } = (
    error instanceof StreamAIError ? error : new StreamAIError('internal', {}, { cause: error })
  ).info(terminalLanguage());
  return fix === undefined ? message : `${message} ${fix}`;
}
