import { preact } from '@preact/preset-vite';
import { defineConfig } from 'vite';

const agent = `http://127.0.0.1:${process.env.AGENT_PORT ?? 5002}`;
/** The agent only answers its own pages: in development its own address stands in for Vite's. */
const proxied = { target: agent, changeOrigin: true, headers: { origin: agent } };

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [preact({ devToolsEnabled: false })],
  server: {
    host: '127.0.0.1',
    port: 5173,
    proxy: { '/api': proxied, '/ws': { ...proxied, ws: true } },
  },
  build: {
    // OBS 28 to 30.2 embed Chromium 103.
    target: 'chrome103',
    outDir: 'dist',
    emptyOutDir: true,
    // The agent's Content-Security-Policy allows files of its own only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      treeshake: {
        // shared/ only declares: a schema that nobody in the dock uses must not bring zod along.
        moduleSideEffects: (id) => !/[\\/]shared[\\/]/.test(id),
      },
    },
  },
});
