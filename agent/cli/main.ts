/** `streamai`, the installed program: the command line over the agent. A checkout goes through scripts/streamai.ts instead. */
import { streamai } from './streamai.ts';

await streamai(process.argv.slice(2), {
  startCommand: 'streamai start',
  run: (command) => [process.execPath, ...process.execArgv, import.meta.filename, command],
  prepare: async () => {},
});
