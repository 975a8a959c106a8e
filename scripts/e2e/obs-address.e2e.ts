/** Where OBS is, in the forms in which people write it: the agent gets through to a real connection, or says what is wrong. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { AgentProcess } from '../rig/agent-process.ts';
import { describePeer } from '../rig/describe-peer.ts';
import { startObs } from '../rig/obs.ts';
import type { RigObs } from '../rig/obs-types.ts';
import { peersOfObs } from '../rig/peers.ts';

let folder: string;
let obs: RigObs;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'streamai-address-'));
  obs = await startObs('simulated', { recordingsDir: path.join(folder, 'recordings'), password: 'my#pass' });
});
afterAll(async () => {
  await obs?.dispose();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function agentWith({ onTestFinished }: TestContext, env: Record<string, string>): Promise<AgentProcess> {
  const agent = new AgentProcess(await mkdtemp(path.join(folder, 'data-')), { OBS_PASSWORD: obs.password, ...env });
  onTestFinished(() => agent.dispose());
  await agent.start();
  return agent;
}
const connected = (agent: AgentProcess): Promise<unknown> =>
  agent.live.until('the agent is connected to OBS', (state) => state.obs.state === 'connected');

test.for(['127.0.0.1:PORT', 'localhost:PORT', 'ws://127.0.0.1:PORT', 'ws://localhost:PORT/'])(
  'OBS_HOST=%s',
  async (form, context) => {
    await connected(await agentWith(context, { OBS_HOST: form.replace('PORT', String(obs.port)) }));
  },
);

for (const kind of ['newest', 'system'] as const) {
  await describePeer(peersOfObs[kind], `OBS ${kind}`, () => {
    test('is found at its IPv6 address, and the dock is told a name that a page can use', async (context) => {
      const real = await startObs(kind, { recordingsDir: folder });
      context.onTestFinished(() => real.dispose());
      const agent = await agentWith(context, { OBS_HOST: `[::1]:${real.port}`, OBS_PASSWORD: real.password });
      await connected(agent);
      expect(await agent.api.call('GET', '/api/obs/connection')).toMatchObject({
        body: { url: `ws://localhost:${real.port}` },
      });
    });
  });
}

test('the dock’s settings take the same forms, and keep host and port apart', async (context) => {
  const agent = await agentWith(context, { OBS_HOST: '' });
  for (const obsHost of ['[::1]:PORT', 'ws://127.0.0.1:PORT']) {
    const change = { obsHost: obsHost.replace('PORT', String(obs.port)) };
    const host = obsHost.startsWith('[') ? '::1' : '127.0.0.1';
    expect(await agent.api.call('PUT', '/api/settings', change)).toMatchObject({
      status: 200,
      body: { values: { obsHost: host, obsPort: obs.port } },
    });
  }
  await connected(agent);
  expect(await agent.api.call('PUT', '/api/settings', { obsHost: 'http://studio' })).toMatchObject({
    status: 400,
    body: { error: { code: 'invalid_request', params: { field: 'obsHost' } } },
  });
});

test.each(['localhost:0', '[::1', 'wss://studio', '300.1.1.1'])('OBS_HOST=%s ends the start in words', async (form) => {
  const agent = new AgentProcess(await mkdtemp(path.join(folder, 'data-')), { OBS_HOST: form });
  await expect(agent.start()).rejects.toThrow(/OBS_HOST is not valid: it is not a host name/);
  await agent.dispose();
});
