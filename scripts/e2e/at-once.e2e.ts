/** Two at once: of two starts each has its own, of two stops one is enough, and OBS is not asked for two things at a time. */
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sessionAnswerSchema } from '../../shared/api.ts';
import type { Session } from '../../shared/domain.ts';
import type { Answer } from '../rig/agent-api.ts';
import { describePeer } from '../rig/describe-peer.ts';
import { peersOfObs } from '../rig/peers.ts';
import { World } from './world-fixture.ts';

const sessionOf = ({ body }: Answer): Session => sessionAnswerSchema.parse(body).session;
const refused = { status: 409, body: { error: { code: 'already_recording' } } };
const fileOf = ({ recordings }: Session): string => path.parse(recordings[0]?.path ?? '').name;

for (const kind of ['newest', 'system', 'simulated'] as const) {
  await describePeer(peersOfObs[kind], `at once, OBS ${kind}`, () => {
    let world: World;
    beforeAll(async () => {
      world = await World.start({ obs: kind, env: { VULTR_AUTO_UPLOAD: 'false' } });
    });
    afterAll(() => world?.dispose());
    const start = (sessionName: string, more: object = {}): Promise<Answer> =>
      world.agent.api.call('POST', '/api/integrated/recording/start', { sessionName, ...more });
    const call = (command: string): Promise<Answer> =>
      world.agent.api.call('POST', `/api/integrated/recording/${command}`);
    const end = async (id: string): Promise<Session> => {
      await world.agent.api.command('stop');
      return world.agent.live.recorded(id);
    };

    test.each([0, 5, 30])(
      'two starts, %i ms apart: one has its own name and choices, the other is refused',
      async (ms) => {
        const wanted = [
          { sessionName: `Eins ${ms}`, priority: 3, subtitleModel: 'tiny' },
          { sessionName: `Zwei ${ms}`, priority: 8, subtitleModel: 'large' },
        ];
        const answers = await Promise.all(
          wanted.map(async ({ sessionName, ...choices }, index) => {
            await delay(ms * index);
            return start(sessionName, choices);
          }),
        );
        // Which of two requests is first is not for us to say.
        const won = answers.findIndex(({ status }) => status === 200);
        expect(answers[1 - won]).toMatchObject(refused);
        const session = sessionOf(answers[won] ?? { status: 0, body: null });
        const { sessionName: name = '', ...choices } = wanted[won] ?? {};
        expect(session).toMatchObject({ name, startedBy: 'rest', ...choices });
        expect(fileOf(session)).toBe(name);
        expect((await end(session.id)).name).toBe(name);
        expect((await world.agent.api.sessions('?limit=1'))[0]?.id).toBe(session.id);
      },
    );

    test('a start by REST while a dock starts: the dock’s, and REST is refused', async () => {
      const button = await world.obsClient();
      await world.agent.api.nextSession({ name: 'Dock', priority: 6 });
      await world.agent.api.call('PUT', '/api/integrated/next-session', { starting: 'dock' });
      const rest = start('REST', { priority: 2 });
      await button.call('StartRecord');
      expect(await rest).toMatchObject(refused);
      const session = await world.agent.live.session('it records', ({ state }) => state === 'recording');
      expect(session).toMatchObject({ name: 'Dock', startedBy: 'dock', priority: 6 });
      expect(fileOf(session)).toBe('Dock');
      await end(session.id);
    });

    test('a dock that starts while REST does: REST’s, and once', async () => {
      const button = await world.obsClient();
      const before = (await world.agent.api.sessions()).length;
      const rest = start('REST first', { priority: 2 });
      await delay(5);
      await world.agent.api.call('PUT', '/api/integrated/next-session', { name: 'Dock later', starting: 'dock' });
      await button.call('StartRecord').catch(() => undefined);
      const session = sessionOf(await rest);
      expect(session).toMatchObject({ name: 'REST first', startedBy: 'rest', priority: 2 });
      expect(fileOf(session)).toBe('REST first');
      await end(session.id);
      expect(await world.agent.api.sessions()).toHaveLength(before + 1);
    });

    test('OBS’s own button is faster than REST: REST is told what it gets', async () => {
      const button = await world.obsClient();
      const rest = start('Mine');
      // While the agent prepares the file's name.
      await button.call('StartRecord');
      const answer = await rest;
      const [session] = await world.agent.api.sessions('?limit=1');
      if (answer.status === 200) expect(sessionOf(answer)).toMatchObject({ id: session?.id, name: 'Mine' });
      else {
        expect(answer).toMatchObject(refused);
        expect(session?.name).not.toBe('Mine');
      }
      await end(session?.id ?? '');
    });

    test('two stops: it is stopped, once', async () => {
      const { id } = sessionOf(await start('Stopped twice'));
      const answers = await Promise.all([call('stop'), call('stop')]);
      for (const answer of answers) {
        if (answer.status === 200) expect(sessionOf(answer).id).toBe(id);
        else expect(answer).toMatchObject({ status: 409, body: { error: { code: 'not_recording' } } });
      }
      expect(answers.map(({ status }) => status)).toContain(200);
      expect((await world.agent.live.recorded(id)).state).toBe('recorded');
    });

    test('a pause and a stop: OBS does not hang', async () => {
      const { id } = sessionOf(await start('Paused and stopped'));
      const [paused, stopped] = await Promise.all([call('pause'), call('stop')]);
      // Which of the two requests is first is not for us to say.
      if (paused.status !== 200) {
        expect(paused).toMatchObject({ status: 409, body: { error: { code: 'not_recording' } } });
      }
      expect(stopped.status).toBe(200);
      expect((await world.agent.live.recorded(id)).state).toBe('recorded');
      const again = sessionOf(await start('And again'));
      await end(again.id);
    });

    test('two uploads by hand of one session: each file once', async () => {
      const [session] = await world.agent.api.sessions('?limit=1');
      const upload = (): Promise<Answer> =>
        world.agent.api.call('POST', '/api/integrated/upload/manual', { sessionId: session?.id });
      const answers = await Promise.all([upload(), upload()]);
      expect(answers.map(({ status }) => status)).toEqual([202, 202]);
      await world.expectArrivedOnce(await world.arrived(session?.id ?? ''));
    });
  });
}
