/** What clients of the live channel are sent of a session that grows is what came to it, not all of it again and again. */
import { expect, onTestFinished, test } from 'vitest';
import type { Session } from '../../shared/domain.ts';
import { LiveClient } from '../rig/live-channel.ts';
import { countBytes } from './live-bytes-fixture.ts';
import { start } from './simulated-world-fixture.ts';

const marks = 500;
/** As many as OBS may announce at once; 200 files: ../rig/session-clients.test.ts. */
const splits = 90;
/** What one mark or one split may cost a client, bytes: itself, the file before it that is closed, OBS's and the recording's status. */
const most = { mark: 1000, split: 4000 } as const;

test('500 marks and 90 splits cost a client as much as they say, and those that come late know them too', async () => {
  const options = { timesFaster: 100, kbps: 40, split: true } as const;
  const { world } = await start(options, { VULTR_AUTO_UPLOAD: 'false' });
  const { agent } = world;
  const { id } = await agent.api.start({ sessionName: 'Long' });
  const counted = await countBytes(world);
  onTestFinished(() => counted.close());
  /** Bytes of each half. */
  async function costs(
    count: number,
    together: number,
    deed: (number: number) => Promise<unknown>,
    known: (session: Session) => number,
  ): Promise<number[]> {
    const halves = [counted.total];
    for (let number = 1; number <= count; number += together) {
      await Promise.all(Array.from({ length: together }, (_, index) => deed(number + index)));
      const done = number + together - 1;
      if (done !== count / 2 && done !== count) continue;
      await agent.live.session('clients know it', (session) => known(session) === done);
      halves.push(counted.total);
    }
    return halves.slice(1).map((total, index) => total - (halves[index] ?? 0));
  }

  const addMark = async (atMs: number): Promise<void> => {
    const mark = { kind: 'note', text: `note ${atMs}`, atMs: marks - atMs };
    expect((await agent.api.call('POST', `/api/integrated/recordings/${id}/marks`, mark)).status).toBe(200);
  };
  const ofMarks = await costs(marks, 10, addMark, (session) => session.marks.length);
  const late = await LiveClient.connect(agent.url, agent.token);
  onTestFinished(() => late.close());
  const obs = await world.obsClient();
  const split = async (): Promise<void> => {
    const changed = new Promise((resolve) => obs.once('RecordFileChanged', resolve));
    await obs.call('SplitRecordFile');
    await changed;
  };
  const ofSplits = await costs(splits, 1, split, (session) => session.recordings.length - 1);
  await agent.api.command('stop');
  await agent.live.recorded(id);
  console.info(`bytes to one client, first and second half: ${marks} marks ${ofMarks}, ${splits} splits ${ofSplits}`);
  console.info(JSON.stringify(counted.by));

  const session = await agent.api.session(id);
  expect(session.marks).toHaveLength(marks);
  expect(session.recordings).toHaveLength(splits + 1);
  for (const client of [agent.live, late]) {
    const { sessions } = await client.until('it knows the session’s end', (state) =>
      state.sessions.some(({ revision }) => revision === session.revision),
    );
    expect(sessions).toEqual([session]);
  }
  for (const [halves, mostBytes] of [
    [ofMarks, marks * most.mark],
    [ofSplits, splits * most.split],
  ] as const) {
    const [first = 0, second = Number.NaN] = halves;
    expect(first + second).toBeLessThan(mostBytes);
    // Whole sessions would make it three times as heavy.
    expect(second).toBeLessThan(2 * first);
  }
});
