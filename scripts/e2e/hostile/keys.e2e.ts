/**
 * Who can change a setting, or the next address in it, does not get the key of the address before: the running agent, the old
 * address and the new one, each a server that keeps all that it is told.
 */
import { createServer } from 'node:http';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { listen } from '../../rig/listen.ts';
import { countAs, countInputs } from './hostile-table-fixture.ts';
import { LoneAgent } from './lone-agent-fixture.ts';

countAs('local user');

interface Listener {
  readonly url: string;
  /** Whole heads of requests. */
  readonly heard: string[];
}

async function listener(): Promise<Listener> {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push(`${request.method} ${request.url} ${request.rawHeaders.join(' ')}`);
    response.end('{"status": "healthy"}');
  });
  const url = `http://127.0.0.1:${await listen(server)}`;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url, heard };
}

const [secret, accessKey, apiKey] = ['s3cret-of-the-old-place', 'ACCESSOFTHEOLDPLACE', 'api-key-of-the-old-place'];
const store = { objectStorageBucket: 'bucket', objectStorageAccessKey: accessKey, objectStorageAddressing: 'path' };
const storeEnv = {
  VULTR_OBJECT_STORAGE_BUCKET: 'bucket',
  VULTR_OBJECT_STORAGE_ACCESS_KEY: accessKey,
  VULTR_OBJECT_STORAGE_SECRET_KEY: secret,
};

/** A key, how a request shows that it was made with it, and the settings and variables about it. */
const keys = [
  {
    what: 'the processing server’s',
    id: 'processing',
    address: 'processingUrl',
    stored: { processingApiKey: apiKey },
    others: {},
    env: { VULTR_API_KEY: apiKey },
    addressVariable: 'VULTR_API_URL',
    keyVariable: 'VULTR_API_KEY',
    shown: new RegExp(`Bearer ${apiKey}`),
  },
  {
    what: 'Object Storage’s',
    id: 'object-storage',
    address: 'objectStorageEndpoint',
    stored: { objectStorageSecretKey: secret },
    others: store,
    env: storeEnv,
    addressVariable: 'VULTR_OBJECT_STORAGE_ENDPOINT',
    keyVariable: 'VULTR_OBJECT_STORAGE_SECRET_KEY',
    shown: new RegExp(`AWS4-HMAC-SHA256 Credential=${accessKey}/`),
  },
] as const;

let victim: LoneAgent;
/** By the key's destination. */
let old: Record<string, Listener>;
let next: Record<string, Listener>;
beforeEach(async (context) => {
  // Each test tries them all, for the agent's starts are what takes time.
  countInputs(context, keys.length);
  const each = async (): Promise<Record<string, Listener>> =>
    Object.fromEntries(await Promise.all(keys.map(async ({ id }) => [id, await listener()] as const)));
  [old, next] = [await each(), await each()];
  victim = await LoneAgent.start();
});
afterEach(() => victim?.dispose());

const change = (settings: object) => victim.agent.api.call('PUT', '/api/settings', settings);
/** Has the agent use what is set, and waits until it has. */
async function useAll(): Promise<void> {
  for (const { id } of keys) await victim.agent.api.call('POST', `/api/destinations/${id}/test`);
}
const heard = (listeners: Record<string, Listener>, id: string): string => (listeners[id]?.heard ?? []).join('\n');
async function startedWith(env: Record<string, string>): Promise<void> {
  await victim.agent.stop();
  await victim.agent.start(env);
}

/** The old addresses have heard of their keys. */
function expectKeys(): void {
  for (const { id, what, shown } of keys) expect(heard(old, id), what).toMatch(shown);
}
/** The new addresses have heard nothing that was made with a key of the old ones. What needs no key was asked for. */
function expectNoKeys(): void {
  for (const { id, what, shown } of keys) {
    expect(heard(next, id), what).not.toMatch(shown);
    for (const each of [secret, apiKey]) expect(heard(next, id), what).not.toContain(each);
    expect(heard(next, id) !== '', what).toBe(id === 'processing');
  }
}

test('keys that are stored go to their own address, and to no other one', async () => {
  for (const { id, address, stored, others } of keys) {
    expect(await change({ ...others, ...stored, [address]: old[id]?.url })).toMatchObject({ status: 200 });
  }
  await useAll();
  expectKeys();
  for (const { id, address } of keys) expect(await change({ [address]: next[id]?.url })).toMatchObject({ status: 200 });
  await useAll();
  await startedWith({});
  await useAll();
  expectNoKeys();
});

test('of keys that the environment fixes with their address, the address cannot be changed', async () => {
  const addresses = keys.map(({ id, addressVariable }) => [addressVariable, old[id]?.url ?? '']);
  const env = Object.assign({}, ...keys.map((key) => key.env), Object.fromEntries(addresses));
  await startedWith({ ...env, VULTR_OBJECT_STORAGE_ADDRESSING: 'path' });
  await useAll();
  expectKeys();
  for (const { id, address, addressVariable, others } of keys) {
    const fixed = { status: 409, body: { error: { code: 'setting_fixed', params: { variable: addressVariable } } } };
    expect(await change({ [address]: next[id]?.url })).toMatchObject(fixed);
    for (const name of Object.keys(others)) await change({ [name]: 'x' });
  }
  await useAll();
  for (const { id } of keys) expect(heard(next, id)).toBe('');
});

test('keys that the environment fixes alone go to no stored address, which cannot be changed either', async () => {
  for (const { id, address, others } of keys) await change({ ...others, [address]: old[id]?.url });
  await startedWith(Object.assign({}, ...keys.map(({ env }) => env)));
  await useAll();
  for (const { id, what, shown } of keys) expect(heard(old, id), what).not.toMatch(shown);
  for (const { id, address, keyVariable } of keys) {
    const fixed = { status: 409, body: { error: { code: 'setting_fixed', params: { variable: keyVariable } } } };
    expect(await change({ [address]: next[id]?.url })).toMatchObject(fixed);
  }
  await useAll();
  for (const { id } of keys) expect(heard(next, id)).toBe('');
  // Another start without the keys may have other addresses, which do not get them.
  await startedWith({});
  for (const { id, address } of keys) expect(await change({ [address]: next[id]?.url })).toMatchObject({ status: 200 });
  await useAll();
  expectNoKeys();
});
