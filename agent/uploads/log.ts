import type { Logger } from 'pino';

/** What this part writes to the log. */
export type Log = Pick<Logger, 'info' | 'warn' | 'error'>;
