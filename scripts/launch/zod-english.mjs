/**
 * Zod comes with its messages in about fifty languages, each a module, and no way to import it without them. The agent has its own words
 * in its own languages: this leaves zod its English.
 */

/** Whether a module, by its path or address, is zod's list of languages. @param {string} id */
export const isZodLocales = (id) => /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/.test(id);

/** What takes its place. */
export const zodEnglish = "export { default as en } from './en.js';";
