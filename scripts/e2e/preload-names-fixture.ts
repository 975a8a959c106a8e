/**
 * Preloaded into the agent's process: `storage.test` and names below it are this machine, as a wildcard in DNS would have it. Every
 * other name is looked up as usual. With STREAMAI_TEST_NO_WILDCARD, names below it are answered by that code.
 */
import dns from 'node:dns';

const { lookup } = dns;
const code = process.env.STREAMAI_TEST_NO_WILDCARD;

dns.lookup = new Proxy(lookup, {
  apply(target, self, [name, ...rest]: [string, ...unknown[]]) {
    const failure = Object.assign(new Error(`getaddrinfo ${code} ${name}`), { code });
    if (code !== undefined && name.endsWith('.storage.test')) {
      return process.nextTick(rest.at(-1) as (error: Error) => void, failure);
    }
    return Reflect.apply(target, self, [/(^|\.)storage\.test$/.test(name) ? '127.0.0.1' : name, ...rest]);
  },
});
