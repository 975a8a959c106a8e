// `npm run dev`: Vite with the agent behind its proxy, both reloading on a change. `npm start`'s own script runs the
// agent, so that development has the embedded receiver too; it prints the dock's address, which is Vite's here.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createServer } from 'vite';
import { readEnvironment } from '../agent/config/environment.ts';
import { commonNodeFlags } from './launch/commands.mjs';
import { root } from './test/tools.ts';

const devPort = 5173;

// Where the proxy leads, as the agent will read it.
const agentUrl = `http://127.0.0.1:${readEnvironment().port}`;
const devOrigin = `http://127.0.0.1:${devPort}`;

const vite = await createServer({
  root: path.join(root, 'dock'),
  configFile: path.join(root, 'dock/vite.config.ts'),
  server: {
    host: '127.0.0.1',
    port: devPort,
    strictPort: true,
    // changeOrigin sends the agent's own Host, which is all that it answers to.
    proxy: {
      '^/api/': { target: agentUrl, changeOrigin: true },
      '^/ws(\\?|$)': { target: agentUrl, changeOrigin: true, ws: true },
    },
  },
});
await vite.listen();

const agent = spawn(process.execPath, [...commonNodeFlags, '--watch', path.join(root, 'scripts/start.ts')], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, STREAMAI_DEV_ORIGIN: devOrigin },
});
const agentEnded = once(agent, 'exit');

let stopping = false;
// First in line: on SIGTERM, or when stdin ends, Vite ends the process itself; the agent must have been told by then.
process.on('exit', () => agent.kill());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.prependListener(signal, stop);

function stop(): void {
  if (stopping) return;
  stopping = true;
  agent.kill();
}

await agentEnded;
await vite.close();
process.exit(stopping ? 0 : 1);
