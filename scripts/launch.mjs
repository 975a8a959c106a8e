#!/usr/bin/env node
// `node scripts/launch.mjs <command> [args]`: what every npm script of this project goes through.
// Plain JavaScript without dependencies for Node 18 and newer, because it is what brings the newer Node and the
// dependencies that everything else may rely on.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder, keepCachePrivate } from './launch/cache-folder.mjs';
import { commandNames, commands } from './launch/commands.mjs';
import { ensureDependencies } from './launch/dependencies.mjs';
import { LaunchError, message } from './launch/messages.mjs';
import { ensureNode } from './launch/node-runtime.mjs';
import { runCommand } from './launch/run-command.mjs';

// import.meta.dirname came after Node 18.
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [name = '', ...args] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;

/** stderr, so that a command's own output (`npm run demo -- --json`) stays clean. @param {string} line */
const say = (line) => void process.stderr.write(`${line}\n`);

if (command === undefined) {
  say(message(name ? 'unknownCommand' : 'noCommand', { name, commands: commandNames.join(', ') }));
  process.exit(2);
}

try {
  const cache = cacheFolder();
  await keepCachePrivate(cache);
  const node = await ensureNode(cache, say);
  await ensureDependencies(root, cache, say);
  process.exitCode = await runCommand({ root, cache, node, name, nodeFlags: command.nodeFlags, args });
} catch (error) {
  if (!(error instanceof LaunchError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
