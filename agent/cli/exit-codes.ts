/** How a command ended, for scripts. They never change their meaning; the README lists them. */
export const exitCodes = {
  done: 0,
  /** It could not be done; stderr says why, and what to do. */
  failed: 1,
  /** There is no such command, option or argument. */
  wrongUse: 2,
  /** StreamAI does not run. */
  notRunning: 3,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
