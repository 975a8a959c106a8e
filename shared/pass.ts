/** What a pass (agent/http/access.ts) begins with; no token has a dot in it. */
export const passPrefix = 'pass.';
