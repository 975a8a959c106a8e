/** Preloaded into the agent of a checkout; a package is bundled so (scripts/package/bundle.ts). */
import { registerHooks } from 'node:module';
import { isZodLocales, zodEnglish } from './zod-english.mjs';

registerHooks({
  load: (url, context, next) =>
    isZodLocales(url) ? { format: 'module', source: zodEnglish, shortCircuit: true } : next(url, context),
});
