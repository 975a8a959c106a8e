/** The dock's own errors, and the texts of every error in the page's language. */
import type { ErrorInfo, ErrorParams } from '../shared/errors.ts';
import type { OwnErrors } from './i18n/en-errors.ts';
import { t } from './i18n/language.ts';

/** The codes of the errors that the dock itself raises. */
export type OwnErrorCode = keyof OwnErrors;

/** One of the dock's own errors. It carries no text: `localiseError` finds that when the error is shown. */
export const ownError = (code: OwnErrorCode, params: ErrorParams = {}): ErrorInfo => ({
  code,
  message: code,
  params: { ...params },
});

/** The agent did not answer. */
export const agentAwayError = (): ErrorInfo => ({ code: 'agent_away', message: t.value.agentAway.message });

/** The blanks that French puts before these marks and after «: no line may break there. */
const frenchBlanks = / (?=[:;?!»])|(?<=«) /g;

/**
 * An error with its texts in the page's language. An error that is not one of the dock's own keeps the texts that it came
 * with: the agent has written them in this language.
 */
export function localiseError(info: ErrorInfo, words: OwnErrors = t.value.errors): ErrorInfo {
  const own = Object.hasOwn(words, info.code) ? words[info.code as OwnErrorCode] : null;
  const [message, fix] = own ?? [info.message, info.fix];
  const fill = (text: string): string =>
    (own === null ? text : text.replace(/\{(\w+)\}/g, (_, name: string) => String(info.params?.[name] ?? ''))).replace(
      frenchBlanks,
      '\u00a0',
    );
  return { ...info, message: fill(message), fix: fix && fill(fix) };
}

/** An error's message and fix as one text. */
export function errorSentence(info: ErrorInfo, words?: OwnErrors): string {
  const { message, fix } = localiseError(info, words);
  return fix === undefined ? message : `${message} ${fix}`;
}

/** Thrown where the dock's own connection to OBS fails, or OBS refuses a request. */
export class DockError extends Error {
  readonly info: ErrorInfo;

  constructor(code: OwnErrorCode, params: ErrorParams = {}, options?: ErrorOptions) {
    super(code, options);
    this.name = 'DockError';
    this.info = ownError(code, params);
  }
}
