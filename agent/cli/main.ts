/** `streamai`, the installed program: the command line over the agent. A checkout goes through scripts/streamai.ts instead. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { streamai } from './streamai.ts';

// The program lies in a folder of its own below the package's, which has what starts it as it should be started: small, and on
// Windows without a window.
const program = process.argv[1] ?? import.meta.filename;
const starter = path.join(path.dirname(program), '..', process.platform === 'win32' ? 'StreamAI.exe' : 'streamai');

await streamai(process.argv.slice(2), {
  startCommand: 'streamai start',
  run: (command) =>
    existsSync(starter) ? [starter, command] : [process.execPath, ...process.execArgv, program, command],
  prepare: async () => {},
});
