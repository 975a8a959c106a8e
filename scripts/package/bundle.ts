/** The program as a package has it: a few JavaScript files that need no node_modules, laid out as the checkout is (agent/product-files.ts). */
import path from 'node:path';
import { type Plugin, rolldown } from 'rolldown';
import { isZodLocales, zodEnglish } from '../launch/zod-english.mjs';
import { root, runNode, tools } from '../test/tools.ts';

/** Every file that Node is told to run, by its place in the package, without extension. */
const programs = {
  main: 'scripts/package/entry.ts',
  'server/main': 'server/main.ts',
  'agent/uploads/destinations/object-storage/hashing/hash-worker':
    'agent/uploads/destinations/object-storage/hashing/hash-worker.ts',
};
/** Tells all places by its own: it keeps its own in the package too. */
const placed = 'agent/product-files';

const zodInEnglish: Plugin = {
  name: 'zod-in-english',
  load: (id) => (isZodLocales(id) ? zodEnglish : null),
};

/**
 * Writes the program and the dock into `folder`, from nothing but this checkout: the same checkout gives the same bytes.
 * @throws Error when something cannot be built, or would have been left out
 */
export async function buildProgram(folder: string): Promise<void> {
  await bundle(folder);
  const dock = path.join(root, 'dock');
  const args = ['build', dock, '--config', path.join(dock, 'vite.config.ts'), '--logLevel', 'warn'];
  const code = await runNode(tools.vite, [...args, '--outDir', path.join(folder, 'dock/dist'), '--emptyOutDir']);
  if (code !== 0) throw new Error('The dock could not be built.');
}

async function bundle(folder: string): Promise<void> {
  const build = await rolldown({
    cwd: root,
    platform: 'node',
    input: programs,
    plugins: [zodInEnglish],
    onLog: (level, log) => {
      if (level === 'warn') throw new Error(`The program could not be bundled: ${log.message}`);
    },
  });
  try {
    await build.write({
      dir: folder,
      format: 'esm',
      entryFileNames: '[name].mjs',
      codeSplitting: { groups: [{ name: placed, test: /[\\/]agent[\\/]product-files\.ts$/ }] },
      chunkFileNames: ({ name }) => (name === placed ? '[name].mjs' : 'chunks/[name].mjs'),
      // Names stay: they stand in the log.
      minify: { compress: true, mangle: false, codegen: true },
    });
  } finally {
    await build.close();
  }
}
