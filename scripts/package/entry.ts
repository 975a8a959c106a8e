/**
 * What a package runs: prepares what the launcher (scripts/launch.mjs) prepares in a checkout, then runs the same program. Nothing is
 * fetched or built.
 */
import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import path from 'node:path';
import { productFiles } from '../../agent/product-files.ts';
import { cacheFolder, keepCachePrivate } from '../launch/cache-folder.mjs';

/** As OBS has it: this file beside the program makes it keep everything there, and nothing in the user's profile. */
const portableMark = 'portable_mode.txt';

const folder = path.dirname(productFiles.root);
const isPortable = existsSync(path.join(folder, portableMark));
if (isPortable) process.env.STREAMAI_DATA_DIR ||= path.join(folder, 'data');

// Node writes compiled code there at its first start, and reads it at all others. It stays valid for this Node on this machine alone, so
// that it cannot be shipped. What stands there is run: where it is not the user's alone, the program starts without.
const cache = isPortable ? path.join(folder, 'data', 'Cache') : cacheFolder();
const isOurs = await keepCachePrivate(cache).then(
  () => true,
  () => false,
);
if (isOurs) {
  // The embedded receiver reads it from here.
  process.env.NODE_COMPILE_CACHE ||= path.join(cache, 'compile-cache');
  enableCompileCache(process.env.NODE_COMPILE_CACHE);
}

await import('../../agent/cli/main.ts');
