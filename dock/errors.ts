/** Errors as the dock raises and tells them. */
import type { ErrorInfo, ErrorParams } from '../shared/errors.ts';
import type { OwnErrors } from './i18n/en-errors.ts';
import { t } from './i18n/language.ts';

export type OwnErrorCode = keyof OwnErrors;

/** One of the dock's own errors. Its words are found when it is told, in the language that is spoken then. */
export const ownError = (code: OwnErrorCode, params: ErrorParams = {}): ErrorInfo => ({
  code,
  message: code,
  params: { ...params },
});

/** In French a blank stands before these marks and after the first quote, where no line may break. */
const tied = / (?=[:;?!»])|(?<=«) /g;

/** An error in the page's language. One that only the agent knows keeps the texts that it came with, which the agent chose for us. */
export function tell(info: ErrorInfo, words: OwnErrors = t.value.errors): ErrorInfo {
  const own = Object.hasOwn(words, info.code) ? words[info.code as OwnErrorCode] : null;
  const [message, fix] = own ?? [info.message, info.fix];
  const fill = (text: string): string =>
    (own === null ? text : text.replace(/\{(\w+)\}/g, (_, name: string) => String(info.params?.[name] ?? ''))).replace(
      tied,
      '\u00a0',
    );
  return { ...info, message: fill(message), fix: fix && fill(fix) };
}

/** An error as running text, with its fix. */
export function sentence(info: ErrorInfo, words?: OwnErrors): string {
  const { message, fix } = tell(info, words);
  return fix === undefined ? message : `${message} ${fix}`;
}

/** Why something did not happen: thrown where the dock talks to OBS. */
export class DockError extends Error {
  readonly info: ErrorInfo;

  constructor(code: OwnErrorCode, params: ErrorParams = {}, options?: ErrorOptions) {
    super(code, options);
    this.name = 'DockError';
    this.info = ownError(code, params);
  }
}
