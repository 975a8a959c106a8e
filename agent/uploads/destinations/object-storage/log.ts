import type { Log } from '../../../log.ts';

/** What this part writes to the log. */
export type StorageLog = Pick<Log, 'debug' | 'info' | 'warn'>;
