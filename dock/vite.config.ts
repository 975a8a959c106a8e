import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { preact } from '@preact/preset-vite';
import { defineConfig } from 'vite';

const agent = `http://127.0.0.1:${process.env.AGENT_PORT ?? 5002}`;
/** The agent answers only pages of its own address: in development requests get that instead of Vite's. */
const proxied = { target: agent, changeOrigin: true, headers: { origin: agent } };

const shim = (name: string): string => path.join(import.meta.dirname, 'shims', name);

/** Vite's helper for `import()` also loads styles and preloads chunks, which neither dictionaries nor panels need. */
const plainImports = {
  name: 'plain-imports',
  enforce: 'pre' as const,
  load: (id: string) =>
    id.endsWith('vite/preload-helper.js') ? 'export const __vitePreload = (load) => load();' : null,
};

/** Writes into the page which files it loads later, and a hash of each (parts.ts). */
const laterParts = {
  name: 'later-parts',
  apply: 'build' as const,
  async writeBundle({ dir = '' }: { dir?: string }, bundle: Record<string, { type: string }>): Promise<void> {
    const parts: Record<string, [file: string, integrity: string]> = {};
    for (const [file, output] of Object.entries(bundle)) {
      if (output.type !== 'chunk' || !('isEntry' in output) || output.isEntry || !('name' in output)) continue;
      const name = String(output.name);
      if (Object.hasOwn(parts, name)) throw new Error(`Two files of the dock are called ${name}`);
      const bytes = await readFile(path.join(dir, file));
      parts[name] = [`./${file}`, `sha384-${createHash('sha384').update(bytes).digest('base64')}`];
    }
    const page = path.join(dir, 'index.html');
    const html = await readFile(page, 'utf8');
    const place = '<script type="application/json" id="parts">';
    if (!html.includes(place)) throw new Error('index.html has no place for the parts');
    await writeFile(page, html.replace(place, place + JSON.stringify(parts)));
  },
};

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  resolve: {
    // What obs-websocket-js imports for logging, hashing and events would be a sixth of the page.
    alias: {
      'preact/jsx-runtime': shim('jsx-runtime.ts'),
      debug: shim('debug.ts'),
      eventemitter3: shim('events.ts'),
      'crypto-js/sha256.js': shim('sha256.ts'),
      'crypto-js/enc-base64.js': shim('base64.ts'),
      'isomorphic-ws': shim('web-socket.ts'),
    },
  },
  // obs-websocket-js looks at `exports` to see whether it is CommonJS.
  define: { exports: 'undefined' },
  plugins: [plainImports, laterParts, preact({ devToolsEnabled: false })],
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
    // Never as data: URLs: the agent's Content-Security-Policy allows only files of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // For scripts/build/dock-sizes.ts: which files the first load has, and which each panel adds.
    manifest: true,
    rolldownOptions: {
      treeshake: {
        // Modules of shared/ do nothing by themselves: a schema that the dock does not use must not bring zod into the page.
        moduleSideEffects: (id) => !/[\\/]shared[\\/]/.test(id),
        // Calls of obs-websocket-js's log, which shims/debug.ts silences, can go.
        manualPureFunctions: ['debug'],
      },
      // The first load is one file: it is compressed best so, and is not put off by a second one. What panels share with it, they
      // take from there; what only they share is another file of theirs.
      output: { codeSplitting: { groups: [{ name: 'dock', tags: ['$initial'] }] } },
    },
  },
});
