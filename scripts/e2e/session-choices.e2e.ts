/** A session’s name and choices, whoever starts it and whenever they change: with a simulated OBS and the agent as a process. */
import { expect, test } from 'vitest';
import type { SessionChange } from '../../shared/api.ts';
import { sessionAnswerSchema } from '../../shared/api.ts';
import type { Session, SessionState } from '../../shared/domain.ts';
import { settingsViewSchema } from '../../shared/settings.ts';
import { start } from './simulated-world-fixture.ts';
import type { World } from './world-fixture.ts';

async function patch(world: World, id: string, change: SessionChange): Promise<Session> {
  const answer = await world.agent.api.call('PATCH', `/api/integrated/recordings/${id}`, change);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return sessionAnswerSchema.parse(answer.body).session;
}

async function template(world: World, nameTemplate: string): Promise<void> {
  const { body } = await world.agent.api.call('PUT', '/api/settings', { nameTemplate });
  expect(settingsViewSchema.parse(body).values.nameTemplate).toBe(nameTemplate);
}

/** One recording by hotkey, from its start to its end. */
async function byHotkey(world: World): Promise<Session> {
  const known = new Set((await world.agent.api.sessions()).map(({ id }) => id));
  await world.pressHotkey('StartRecording');
  const { id } = await world.agent.live.session('it records', (session) => {
    return !known.has(session.id) && session.state === 'recording';
  });
  await world.written(200_000);
  await world.pressHotkey('StopRecording');
  return world.agent.live.recorded(id);
}

test('a recording by hotkey takes the armed next session: fields, scene, counter, take', async () => {
  const { world } = await start();
  const client = await world.obsClient();
  await template(world, '{client} – {scene} #{counter} ({project}) T{take}');
  await client.call('SetCurrentProgramScene', { sceneName: 'Scene B' });
  await world.agent.live.until('the suggestion has the scene', ({ nextSession }) => {
    return nextSession.suggestedName === 'Scene B #1 T1';
  });
  await world.agent.api.nextSession({
    fields: { client: 'Ünal' },
    autoUpload: false,
    subtitleModel: 'small',
    priority: 8,
  });
  const first = await byHotkey(world);
  expect(first).toMatchObject({
    name: 'Ünal – Scene B #1 T1',
    startedBy: 'obs',
    autoUpload: false,
    subtitleModel: 'small',
    priority: 8,
    metadata: { number: 1, fields: { client: 'Ünal' } },
  });
  const second = await world.agent.live.until('ready for the next', ({ nextSession }) => {
    return nextSession.suggestedName === 'Ünal – Scene B #2 T1';
  });
  expect(second.nextSession).toMatchObject({ name: null, fields: { client: 'Ünal', project: '' } });
  // Without the counter in it, the rest of the name is the same: the next take of it.
  await template(world, '{client} T{take}');
  expect((await byHotkey(world)).name).toBe('Ünal T1');
  await world.agent.restart();
  await world.agent.live.until('connected again', ({ obs }) => obs.state === 'connected');
  expect((await byHotkey(world)).name).toBe('Ünal T2');
  await world.agent.api.nextSession({ name: 'À la main' });
  expect(await byHotkey(world)).toMatchObject({ name: 'À la main', metadata: { number: 4 } });
  expect((await world.agent.api.status()).nextSession.suggestedName).toBe('Ünal T3');
});

test('an agent that comes to a recording by hotkey names it by the scene that OBS shows', async () => {
  const { world } = await start();
  await template(world, '{scene} {profile}');
  await world.agent.kill();
  const client = await world.obsClient();
  await client.call('SetCurrentProgramScene', { sceneName: 'Scene B' });
  await world.pressHotkey('StartRecording');
  await world.agent.start();
  const { name } = await world.agent.live.session('it is tracked', ({ state }) => state === 'recording');
  expect(name).toMatch(/^Scene B \S/);
});

test('name, notes, model, priority and upload are changed in every state, and nothing is lost', async () => {
  const { world, obs } = await start({ format: 'hybrid_mp4' });
  obs.misbehave({ finaliseDelayMs: 2000 });
  const { id, recordings } = await world.agent.api.start({ sessionName: 'Avant', autoUpload: false });
  await world.written(300_000);
  const note = (text: string): Promise<unknown> =>
    world.agent.api.call('POST', `/api/integrated/recordings/${id}/marks`, { kind: 'note', text, atMs: 0 });
  const states: [SessionState, () => Promise<unknown>][] = [
    ['recording', async () => undefined],
    ['paused', () => world.agent.api.command('pause')],
    ['recording', () => world.agent.api.command('resume')],
    ['finalising', () => world.agent.api.command('stop')],
    ['recorded', async () => undefined],
  ];
  for (const [step, [state, reach]] of states.entries()) {
    await reach();
    await world.agent.live.session(state, (session) => session.id === id && session.state === state);
    await note(`Note ${step}`);
    const change = { name: `Nom ${step}`, notes: `Notes ${step}`, subtitleModel: 'small', priority: step + 2 } as const;
    const changed = await patch(world, id, change);
    expect(changed).toMatchObject({ ...change, state, autoUpload: false });
    expect(changed.marks.map(({ text }) => text)).toEqual(Array.from({ length: step + 1 }, (_, n) => `Note ${n}`));
    expect(changed.recordings[0]?.path).toBe(recordings[0]?.path);
    await world.agent.live.session('announced', (session) => session.name === `Nom ${step}`);
  }
  // Never uploaded until somebody asks for it, also afterwards.
  const before = await world.agent.api.session(id);
  expect(before.recordings[0]?.uploads).toEqual([]);
  expect(await world.agent.api.sessions('?filter=local-only')).toHaveLength(1);
  await patch(world, id, { autoUpload: true });
  const done = await world.arrived(id);
  await world.expectArrivedOnce(done);
  expect(done.recordings[0]?.uploads[0]).toMatchObject({ subtitleModel: 'small', priority: 6, manual: false });
  expect(done).toMatchObject({ name: 'Nom 4', notes: 'Notes 4', thumbnail: true });
  expect(await world.agent.api.sessions('?filter=uploaded&q=notes%204')).toHaveLength(1);
  expect(await world.agent.api.sessions('?filter=local-only')).toEqual([]);
});

test('a change while OBS crashes: what was written down is there', async () => {
  const { world, obs } = await start();
  const { id } = await world.agent.api.start({ sessionName: 'Perdu' });
  await world.written(300_000);
  await patch(world, id, { name: 'Gardé', notes: 'écrit' });
  await world.agent.api.call('POST', '/api/integrated/recording/chapter', { name: 'Avant' });
  await world.agent.kill();
  await obs.kill();
  await world.agent.start();
  const kept = await world.agent.api.session(id);
  expect(kept).toMatchObject({ name: 'Gardé', notes: 'écrit', marks: [{ text: 'Avant', inFile: false }] });
});
