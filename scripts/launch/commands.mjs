/**
 * What can be launched: `scripts/<name>.ts`, and the Node flags it runs with.
 * @type {Record<string, { nodeFlags: string[] } | undefined>}
 */
export const commands = {
  start: { nodeFlags: [] },
  demo: { nodeFlags: [] },
  dev: { nodeFlags: [] },
  build: { nodeFlags: [] },
  test: { nodeFlags: [] },
  bench: { nodeFlags: [] },
  check: { nodeFlags: [] },
};

export const commandNames = Object.keys(commands);

/** Node 24 still announces type stripping and node:sqlite as experimental; that is noise to a streamer. */
export const commonNodeFlags = ['--disable-warning=ExperimentalWarning'];
