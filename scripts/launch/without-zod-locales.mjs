/**
 * Preloaded into the agent: zod comes with its messages in about fifty languages, each a module, and no way to import it without
 * them. The agent has its own words in its own languages: this leaves zod its English.
 */
import { registerHooks } from 'node:module';

registerHooks({
  load: (url, context, next) =>
    url.endsWith('/zod/v4/locales/index.js')
      ? { format: 'module', source: "export { default as en } from './en.js';", shortCircuit: true }
      : next(url, context),
});
