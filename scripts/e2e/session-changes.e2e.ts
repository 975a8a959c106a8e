/** What clients of the live channel are sent of a session that grows is what came to it, not all of it again and again. */
import { expect, onTestFinished, test } from 'vitest';
import { LiveClient } from '../rig/live-channel.ts';
import { countBytes } from './live-bytes-fixture.ts';
import { start } from './simulated-world-fixture.ts';

const marks = 500;
const recordings = 200;
/** What one mark or one split may cost a client, bytes: itself, the file before it that is closed, OBS's and the recording's status. */
const most = { mark: 1000, split: 4000 } as const;

test('500 marks and 200 files cost a client as much as they say, and those that come late know them too', async () => {
  const options = { timesFaster: 100, kbps: 40, split: true } as const;
  const { world } = await start(options, { VULTR_AUTO_UPLOAD: 'false' });
  const { agent } = world;
  const { id } = await agent.api.start({ sessionName: 'Long' });
  const counted = await countBytes(world);
  onTestFinished(() => counted.close());
  /** Bytes of each half. */
  async function costs(count: number, deed: (number: number) => Promise<unknown>): Promise<[number, number]> {
    const before = counted.total;
    for (let number = 1; number <= count / 2; number++) await deed(number);
    const half = counted.total;
    for (let number = count / 2 + 1; number <= count; number++) await deed(number);
    return [half - before, counted.total - half];
  }

  const ofMarks = await costs(marks, async (atMs) => {
    const mark = { kind: 'note', text: `note ${atMs}`, atMs: marks - atMs };
    expect((await agent.api.call('POST', `/api/integrated/recordings/${id}/marks`, mark)).status).toBe(200);
  });
  const late = await LiveClient.connect(agent.url, agent.token);
  onTestFinished(() => late.close());
  const ofSplits = await costs(recordings - 1, () => agent.api.command('split'));
  await agent.api.command('stop');
  await agent.live.recorded(id);
  console.info(
    `bytes to one client, first and second half: ${marks} marks ${ofMarks}, ${recordings} files ${ofSplits}`,
  );
  console.info(JSON.stringify(counted.by));

  const session = await agent.api.session(id);
  expect(session.marks).toHaveLength(marks);
  expect(session.recordings).toHaveLength(recordings);
  for (const client of [agent.live, late]) {
    const { sessions } = await client.until('it knows the session’s end', (state) =>
      state.sessions.some(({ revision }) => revision === session.revision),
    );
    expect(sessions).toEqual([session]);
  }
  expect(ofMarks[0] + ofMarks[1]).toBeLessThan(marks * most.mark);
  expect(ofSplits[0] + ofSplits[1]).toBeLessThan(recordings * most.split);
  // Whole sessions would make the second half three times as heavy.
  expect(ofMarks[1]).toBeLessThan(2 * ofMarks[0]);
  expect(ofSplits[1]).toBeLessThan(2 * ofSplits[0]);
});
