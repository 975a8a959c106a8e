/**
 * Commands whose work is done elsewhere: each is added to the program as soon as its body stands here. A body throws StreamAIErrors, and
 * answers through `cli.answer`.
 */
import type { Cli } from './cli.ts';
import { type SetupOptions, setupObs } from './setup-body.ts';

export interface DoctorOptions {
  /** Mend what can be mended. */
  readonly fix?: true;
  /** Write a report without secrets into this file. */
  readonly report?: string;
}

export interface Bodies {
  readonly setup?: (cli: Cli, options: SetupOptions) => Promise<void>;
  readonly doctor?: (cli: Cli, options: DoctorOptions) => Promise<void>;
}

export const bodies: Bodies = {
  setup: setupObs,
  // Loaded when it is asked for: a start needs nothing of it.
  doctor: async (cli, options) => (await import('./doctor.ts')).doctor(cli, options),
};
