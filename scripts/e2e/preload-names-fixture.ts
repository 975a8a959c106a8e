/**
 * Preloaded into the agent's process: names under `.storage.test` are this machine, as a wildcard in DNS would have it. Every
 * other name is looked up as usual.
 */
import dns from 'node:dns';

const { lookup } = dns;
const known = (name: unknown): boolean => typeof name === 'string' && /(^|\.)storage\.test$/.test(name);

dns.lookup = new Proxy(lookup, {
  apply: (target, self, [name, ...rest]: Parameters<typeof lookup>) =>
    Reflect.apply(target, self, [known(name) ? '127.0.0.1' : name, ...rest]),
});
