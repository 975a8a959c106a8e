/**
 * For the agent, which stays beside OBS all day: 110 → 89 MB while idle. New objects get 1 MB before they are collected
 * (−11 MB), V8's optimising compilers stay out of memory (−11 MB), and V8 prefers memory where it has the choice (−2 MB): what is
 * hot in the agent (hashing, sockets, database) is not JavaScript. Zod's languages are not loaded (−2 MB), and what only the start
 * needed is given back (−2 MB, agent/run.ts).
 * `npm run bench -- memory` shows both sides.
 */
const smallNodeFlags = ['--max-semi-space-size=1', '--no-opt', '--no-maglev', '--optimize-for-size', '--expose-gc'];
const checkoutFlags = [...smallNodeFlags, '--import', new URL('without-zod-locales.mjs', import.meta.url).href];

/**
 * What can be launched: `scripts/<name>.ts`, and the Node flags it runs with.
 * @type {Record<string, { nodeFlags: string[] } | undefined>}
 */
export const commands = {
  start: { nodeFlags: checkoutFlags },
  // Whatever it is asked to do is done in no time, but for the start.
  streamai: { nodeFlags: checkoutFlags },
  demo: { nodeFlags: [] },
  setup: { nodeFlags: [] },
  token: { nodeFlags: [] },
  dev: { nodeFlags: [] },
  build: { nodeFlags: [] },
  test: { nodeFlags: [] },
  server: { nodeFlags: [] },
  bench: { nodeFlags: [] },
  screenshots: { nodeFlags: [] },
  check: { nodeFlags: [] },
  package: { nodeFlags: [] },
};

export const commandNames = Object.keys(commands);

/** Node 24 still announces type stripping and node:sqlite as experimental; that is noise to a streamer. */
export const commonNodeFlags = ['--disable-warning=ExperimentalWarning'];

/** What an installed package runs with: zod's languages were left out when it was bundled. */
export const packagedNodeFlags = [...commonNodeFlags, ...smallNodeFlags];
