import path from 'node:path';
import { preact } from '@preact/preset-vite';
import { defineConfig } from 'vite';

const agent = `http://127.0.0.1:${process.env.AGENT_PORT ?? 5002}`;
/** The agent only answers its own pages: in development its own address stands in for Vite's. */
const proxied = { target: agent, changeOrigin: true, headers: { origin: agent } };

const shim = (name: string): string => path.join(import.meta.dirname, 'shims', name);

/** Vite's own loads styles and preloads chunks first; the dictionaries, our only chunks, have neither. */
const plainImports = {
  name: 'plain-imports',
  enforce: 'pre' as const,
  load: (id: string) =>
    id.endsWith('vite/preload-helper.js') ? 'export const __vitePreload = (load) => load();' : null,
};

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  resolve: {
    // What obs-websocket-js brings for logging, hashing and events would be a sixth of the page.
    alias: {
      'preact/jsx-runtime': shim('jsx-runtime.ts'),
      debug: shim('debug.ts'),
      eventemitter3: shim('events.ts'),
      'crypto-js/sha256.js': shim('sha256.ts'),
      'crypto-js/enc-base64.js': shim('base64.ts'),
      'isomorphic-ws': shim('web-socket.ts'),
    },
  },
  // obs-websocket-js asks whether it is CommonJS.
  define: { exports: 'undefined' },
  plugins: [plainImports, preact({ devToolsEnabled: false })],
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
        // obs-websocket-js's log, which shims/debug.ts silences.
        manualPureFunctions: ['debug'],
      },
    },
  },
});
