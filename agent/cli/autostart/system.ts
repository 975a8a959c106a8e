/** What starting with the machine asks of it: where it is written, and which programs of the system are called. */
import { execFile } from 'node:child_process';
import { homedir } from 'node:os';

export interface Called {
  /** null: the program is not there. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface AutostartSystem {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Of the user; -1 on Windows, which has none. */
  readonly uid: number;
  /** Runs a program of the system, without a shell. */
  readonly call: (program: string, args: readonly string[]) => Promise<Called>;
}

/** How long a program of the system may take, ms. */
const callMs = 15_000;

export const thisSystem = (): AutostartSystem => ({
  platform: process.platform,
  env: process.env,
  home: homedir(),
  uid: process.getuid?.() ?? -1,
  call: (program, args) =>
    new Promise((resolve) => {
      execFile(program, args, { timeout: callMs, windowsHide: true }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
        resolve({ code, stdout, stderr });
      });
    }),
});
