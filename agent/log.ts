/** The agent's log: JSON lines for people who look for a cause, without any secret. */
import { pino } from 'pino';
import { openLogFile } from './log/file.ts';
import { Redactor } from './log/redaction.ts';
import { Repeats } from './log/repeats.ts';

/** Details first, then the message: `log.warn({ err: error }, 'OBS sent nonsense')`. */
export interface LogMethod {
  (details: object, message: string): void;
  (message: string): void;
}
export interface Log {
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  /** Makes a value known as a secret: from now on it appears in no line, wherever it stands. */
  secret(value: string | null | undefined): void;
  /** Closes the file; what is logged afterwards goes nowhere. */
  close(): void;
}
export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogOptions {
  readonly level: LogLevel;
  /** Path of the log file; its folder exists. */
  readonly file?: string;
  /** Whether lines go to standard output too. */
  readonly stdout?: boolean;
}

/** Opens the log. Lines are written at once, in this thread. */
export function createLog({ level, file, stdout = false }: LogOptions): Log {
  const redactor = new Redactor();
  const target = file === undefined ? undefined : openLogFile(file);
  const write = (line: string): void => {
    target?.write(line);
    if (stdout) process.stdout.write(line);
  };
  const logger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      // Errors come without secrets (see `method`): pino's redaction knows fixed paths only, ours any depth, and texts.
      serializers: { err: (value: unknown) => value },
    },
    { write },
  );
  const repeats: Repeats[] = [];
  const method = (name: Exclude<LogLevel, 'silent'>): LogMethod => {
    const repeated = new Repeats((message, more) => logger[name]({ more }, message));
    repeats.push(repeated);
    return (details: object | string, message?: string): void => {
      if (!logger.isLevelEnabled(name)) return;
      const words = redactor.text(typeof details === 'string' ? details : (message ?? ''));
      // Whoever asked for every detail gets it.
      if (name !== 'debug' && !repeated.admits(words)) return;
      if (typeof details === 'string') logger[name](words);
      else logger[name](redactor.value(details instanceof Error ? { err: details } : details), words);
    };
  };
  return {
    debug: method('debug'),
    info: method('info'),
    warn: method('warn'),
    error: method('error'),
    secret(value) {
      if (value) redactor.add(value);
    },
    close() {
      for (const repeated of repeats) repeated.close();
      target?.close();
    },
  };
}
