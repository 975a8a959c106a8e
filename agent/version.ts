import packageJson from '../package.json' with { type: 'json' };

/** StreamAI's own version. */
export const version: string = packageJson.version;
