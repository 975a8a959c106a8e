/**
 * Nothing is announced and nothing is sent that is not in the database: the agent is killed in place of a COMMIT, and its disk is
 * full at one. The agent is a real process; OBS is simulated.
 */
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { LiveEvent } from '../../shared/live.ts';
import { describePeer } from '../rig/describe-peer.ts';
import { until } from '../rig/until.ts';
import type { AgentFault, JournalStep } from './agent-fault-fixture.ts';
import { start, temporaryFolder } from './simulated-world-fixture.ts';
import { mountSmallDisk } from './small-disk-fixture.ts';
import { World } from './world-fixture.ts';

const preload = pathToFileURL(path.join(import.meta.dirname, 'preload-fault-fixture.ts')).href;

/** What would have been heard or sent if it had not waited for the COMMIT. */
interface Telltale {
  heard(event: LiveEvent): boolean;
  readonly posts: number;
}
const session = (state: string) => (event: LiveEvent) =>
  (event.type === 'session_updated' || event.type.startsWith('recording_st')) &&
  'state' in event.data &&
  event.data.state === state;
const upload = (state: string) => (event: LiveEvent) => event.type === 'upload_updated' && event.data.state === state;

const telltales: Partial<Record<JournalStep, Telltale>> = {
  'session recording': { heard: session('recording'), posts: 0 },
  'session finalising': { heard: session('finalising'), posts: 0 },
  'session recorded': { heard: session('recorded'), posts: 0 },
  queued: { heard: upload('queued'), posts: 0 },
  uploading: { heard: upload('uploading'), posts: 0 },
  arrived: { heard: upload('completed'), posts: 1 },
  'task ended': { heard: (event) => event.type === 'task_updated' && event.data.endedAt !== null, posts: 1 },
};

const posts = ({ receiver }: World): number =>
  receiver?.requests.filter(({ method }) => method === 'POST').length ?? Number.NaN;

/** Records for a moment, with OBS's own button: the agent may be gone before it could answer. */
async function record(world: World): Promise<void> {
  const button = await world.obsClient();
  const stopped = new Promise((resolve) =>
    button.on('RecordStateChanged', ({ outputState }) => {
      if (outputState === 'OBS_WEBSOCKET_OUTPUT_STOPPED') resolve(undefined);
    }),
  );
  await button.call('StartRecord');
  await until('OBS records', async () => (await button.call('GetRecordStatus')).outputBytes > 300_000);
  await button.call('StopRecord');
  await stopped;
}

test.each(Object.entries(telltales) as [JournalStep, Telltale][])(
  'killed in place of the COMMIT of “%s”: nobody heard of it, nothing was sent for it, and the next start goes on',
  async (step, { heard, posts: sent }) => {
    const { world } = await start({}, { NODE_OPTIONS: `--import ${preload}` });
    const { agent } = world;
    const { child } = agent;
    const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
    await agent.ask({ fault: { kind: 'kill', step, when: 'commit', nth: 1 } satisfies AgentFault });
    const recorded = record(world);
    expect(await ended).toBe('SIGKILL');
    await recorded;
    expect(agent.live.events.filter(heard)).toEqual([]);
    expect(posts(world)).toBe(sent);
    await agent.start();
    await agent.live.until('the agent is connected to OBS', ({ obs }) => obs.state === 'connected');
    const sessions = await agent.api.sessions();
    // A start that nobody wrote down was never seen; OBS has stopped since.
    if (step === 'session recording') {
      expect(sessions).toEqual([]);
      return;
    }
    const done = await world.arrived(sessions[0]?.id ?? '');
    await world.expectArrivedOnce(done);
  },
);

await describePeer(['mount'], 'a full disk', () => {
  test('what cannot be committed is neither announced nor sent; with room again everything arrives', async () => {
    const disk = await temporaryFolder('disk');
    await mountSmallDisk(disk, '4m');
    const world = await World.start({ obs: 'simulated', obsOptions: { kbps: 8000 }, dataDir: path.join(disk, 'data') });
    onTestFinished(() => world.dispose());
    const { agent } = world;
    const { id } = await agent.api.start({ sessionName: 'Full disk' });
    await world.written(300_000);
    const filler = path.join(disk, 'filler');
    // To the last byte: the log and the journal have nothing left either.
    for (let bytes = 1024 * 1024; bytes >= 1; bytes = Math.floor(bytes / 2)) {
      await writeFile(filler, Buffer.alloc(bytes), { flag: 'a' }).catch(() => undefined);
    }
    const note = (text: string) =>
      agent.api.call('PATCH', `/api/integrated/recordings/${id}`, { notes: text.padEnd(4000) });
    // What the write-ahead log has room for still goes in.
    let notes = 0;
    await until('a change cannot be written', async () => (await note(`note ${++notes}`)).status === 500);
    // Announcements are gathered: that of the last one that was written may come a moment later.
    await agent.live.session('the last that was written is told', (now) => now.notes.trim() === `note ${notes - 1}`);
    const before = agent.live.events.length;
    const button = await world.obsClient();
    await button.call('StopRecord');
    await until('OBS has stopped', async () => !(await button.call('GetRecordStatus')).outputActive);
    expect((await note('after the stop')).status).toBe(500);
    const heard = agent.live.events.slice(before).map(({ type }) => type);
    expect(heard.filter((type) => /^(session|upload|recording_stopped)/.test(type))).toEqual([]);
    expect(posts(world)).toBe(0);
    await rm(filler);
    await agent.restart();
    const done = await world.arrived(id);
    expect(done.notes.trim()).toBe(`note ${notes - 1}`);
    await world.expectArrivedOnce(done);
  });
});
