/** Errors that a person can meet: a stable code, and its texts from error-table.ts in the person's language. */
import { type ErrorEntry, errorTable as table } from './error-table.ts';

export const languages = ['en', 'fr'] as const;
export type Language = (typeof languages)[number];

export type ErrorCode = keyof typeof table;
/** HTTP status and texts of each code. */
export const errorTable: Readonly<Record<ErrorCode, ErrorEntry>> = table;

/** Values that take the place of `{name}` in a text. Never a secret. */
export type ErrorParams = Readonly<Record<string, string | number>>;

/** An error as it is stored and as it travels. `code` is any text, so that a dock can show the errors of a newer agent. */
export interface ErrorInfo {
  code: string;
  message: string;
  fix?: string | undefined;
  params?: Record<string, string | number> | undefined;
}

const fill = (text: string, params: ErrorParams): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? '')).trim();

/** The texts of an error in one language, parameters filled in. */
export function errorInfo(code: ErrorCode, params: ErrorParams = {}, language: Language = 'en'): ErrorInfo {
  const { message, fix } = errorTable[code][language];
  return {
    code,
    message: fill(message, params),
    ...(fix === undefined ? {} : { fix: fill(fix, params) }),
    ...(Object.keys(params).length === 0 ? {} : { params: { ...params } }),
  };
}

/** The same error told in another language; an unknown code keeps the texts it came with. */
export function translateError(info: ErrorInfo, language: Language): ErrorInfo {
  return info.code in errorTable ? errorInfo(info.code as ErrorCode, info.params ?? {}, language) : info;
}

/** An error that may be shown to a person: it carries its code, and its technical cause stays in `cause` for the log. */
export class StreamAIError extends Error {
  readonly code: ErrorCode;
  readonly params: ErrorParams;

  constructor(code: ErrorCode, params: ErrorParams = {}, options?: ErrorOptions) {
    super(errorInfo(code, params).message, options);
    this.name = 'StreamAIError';
    this.code = code;
    this.params = params;
  }

  /** HTTP status of this error. */
  get status(): number {
    return errorTable[this.code].status;
  }

  /** The error as it is stored and as it travels. */
  info(language: Language = 'en'): ErrorInfo {
    return errorInfo(this.code, this.params, language);
  }
}
