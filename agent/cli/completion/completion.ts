/** Scripts that have shells complete our commands. They are made from the parser's own tree, and start nothing while somebody types. */
import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import { powershellCompletion } from './powershell.ts';
import type { Place } from './tree.ts';
import { zshCompletion } from './zsh.ts';

export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof shells)[number];

/** The script for one shell. @param program as it is typed: plain letters */
export const completionScripts: Readonly<Record<Shell, (places: readonly Place[], program: string) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
  powershell: powershellCompletion,
};
