/** What a check is: it looks at one thing and says what is wrong with it. */
import type { DoctorCheckCode, DoctorMend } from '../../shared/doctor.ts';
import { type ErrorCode, type ErrorInfo, type ErrorParams, errorInfo, StreamAIError } from '../../shared/errors.ts';
import type { Facts } from './facts.ts';

export interface Finding {
  /** `fault`: something does not work. `warning`: it works, but a person should know. */
  readonly state: 'warning' | 'fault';
  readonly info: ErrorInfo;
  readonly mend?: DoctorMend;
}

/** null: there is nothing to look at, or what it builds on is not there; the check that owns that says so. */
export type Look = (facts: Facts) => Promise<readonly Finding[] | null>;
export type Checks = Readonly<Partial<Record<DoctorCheckCode, Look>>>;

export const fault = (code: ErrorCode, params?: ErrorParams, mend?: DoctorMend): Finding => ({
  state: 'fault',
  info: errorInfo(code, params),
  ...(mend && { mend }),
});

export const warning = (code: ErrorCode, params?: ErrorParams, mend?: DoctorMend): Finding => ({
  state: 'warning',
  info: errorInfo(code, params),
  ...(mend && { mend }),
});

/** @throws what is no StreamAIError */
export function faultOf(error: unknown, mend?: DoctorMend): Finding {
  if (!(error instanceof StreamAIError)) throw error;
  return { state: 'fault', info: error.info(), ...(mend && { mend }) };
}

/** What another check owns: null where it cannot be had. */
export const orNull = <T>(work: Promise<T>): Promise<T | null> => work.catch(() => null);

/** Of a system's error, such as ENOENT. */
export const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');
