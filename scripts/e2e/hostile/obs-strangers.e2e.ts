/** A program that takes OBS's port before OBS: the agent, with OBS's own configuration on this machine, does not take it for OBS. */
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { obsConfigRoots } from '../../../agent/obs/discovery.ts';
import { startSimulatedObs } from '../../rig/simulated-obs.ts';
import { emptyHome, startAgent, temporaryFolder } from '../simulated-world-fixture.ts';
import { countAs } from './hostile-table-fixture.ts';

countAs('local user');

test('one that asks for no password is told as that; OBS connects as soon as it has its port', async () => {
  const obs = await startSimulatedObs({ recordingsDir: await temporaryFolder('rec') });
  onTestFinished(() => obs.dispose());
  const env = await emptyHome();
  const [root = ''] = obsConfigRoots(process.platform, env, env.HOME ?? '');
  await cp(obs.configDir, root, { recursive: true });
  // The squatter is an OBS in all but the password: whatever it names would be taken.
  obs.misbehave({ asksForNoPassword: true, namesFile: path.join(await temporaryFolder('secret'), 'secret') });
  const agent = await startAgent(env);
  const { live, api } = agent;
  const refused = await live.until(
    'not taken for OBS',
    ({ obs: { problem } }) => problem?.code === 'obs_unauthenticated',
  );
  expect(refused.obs).toMatchObject({ state: 'waiting', version: null, address: `localhost:${obs.port}` });
  expect(await api.call('POST', '/api/integrated/recording/start', {})).toMatchObject({
    status: 503,
    body: { error: { code: 'obs_unauthenticated' } },
  });
  expect(await api.call('GET', '/api/obs/connection')).toMatchObject({ status: 503 });
  expect(await api.sessions()).toEqual([]);
  obs.misbehave({ asksForNoPassword: false, namesFile: null });
  await live.until('connected', ({ obs: { state } }) => state === 'connected');
  expect((await api.status()).obs.problem).toBeNull();
});
