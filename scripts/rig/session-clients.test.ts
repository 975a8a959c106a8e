/**
 * Whatever happens to sessions, and whatever a client misses: in the end it knows them as GET …/recordings/{id} answers. The book, its
 * pace, what the live channel tells, and the dock's own reducer are the real ones; frames arrive late, and some never.
 */
import { expect, test } from 'vitest';
import { TestClock } from '../../agent/clock-fixture.ts';
import { fakeServices } from '../../agent/http/agent-fixture.ts';
import { SessionUpdates } from '../../agent/http/session-updates.ts';
import { type BookFixture, bookFixture } from '../../agent/sessions/book-fixture.ts';
import { openDatabase, transaction } from '../../agent/storage/database.ts';
import { type AgentState, isBehind, reduceAgent } from '../../dock/agent/agent-state.ts';
import type { Upload } from '../../shared/domain.ts';
import { type ServerMessage, serverMessageSchema } from '../../shared/live.ts';
import { uploadFixture } from '../../shared/upload-fixture.ts';
import { Random } from '../e2e/follow-property/random.ts';

/** Both take seconds, and many times that on a busy machine; ms. */
const timeoutMs = 90_000;
const rounds = 20;
const steps = 50;

class Channel {
  readonly clients: Client[] = [];
  readonly updates = new SessionUpdates();
  readonly #fixture: BookFixture;

  constructor(fixture: BookFixture) {
    this.#fixture = fixture;
    fixture.live.subscribe((announcement) => {
      const event = this.updates.told(announcement);
      if (event !== null) for (const client of this.clients) client.frames.push(JSON.stringify(event));
    });
  }

  snapshot(): string {
    const { sessions } = this.#fixture.book.page({ limit: 20, filter: 'all' });
    this.updates.shown(sessions);
    const data = { ...fakeServices().services.snapshot(), sessions };
    return JSON.stringify({ type: 'snapshot', timestamp: new Date(0).toISOString(), data });
  }

  answer(id: string): string[] {
    if (this.updates.current(id) === undefined) {
      if (this.#fixture.store.find(id) === undefined) return [];
      this.updates.shown([this.#fixture.book.view(id)]);
    }
    const data = this.updates.current(id);
    return [JSON.stringify({ type: 'session', timestamp: new Date(0).toISOString(), data })];
  }
}

class Client {
  frames: string[] = [];
  state: AgentState | null = null;
  asks = 0;
  #asked: string[] = [];
  readonly #channel: Channel;
  readonly #isChecked: boolean;

  /** @param isChecked whether each frame has to be as the schema says, which takes most of the time */
  constructor(channel: Channel, isChecked: boolean) {
    this.#channel = channel;
    this.#isChecked = isChecked;
  }

  connect(): void {
    this.frames = [this.#channel.snapshot()];
    this.#asked = [];
  }

  /** The next frame arrives. */
  receive(): void {
    const frame = this.frames.shift();
    if (frame === undefined) return;
    const message: ServerMessage = this.#isChecked ? serverMessageSchema.parse(JSON.parse(frame)) : JSON.parse(frame);
    this.state = reduceAgent(this.state, message);
    if (message.type === 'session_updated' && this.state !== null && isBehind(this.state, message.data)) {
      this.#asked.push(message.data.id);
      this.asks += 1;
    }
  }

  /** What it asked for arrives at the agent, which answers behind everything that it has sent. */
  askNow(): void {
    for (const id of this.#asked.splice(0)) this.frames.push(...this.#channel.answer(id));
  }

  /** The next session update is lost; other frames are not what this is about. */
  lose(): void {
    const at = this.frames.findIndex((frame) => frame.includes('"session_updated"'));
    if (at >= 0) this.frames.splice(at, 1);
  }

  settle(): void {
    do {
      while (this.frames.length > 0) this.receive();
      this.askNow();
    } while (this.frames.length > 0);
  }
}

/** A session's uploads, as the queue has them. */
const uploadsOf = new Map<string, Upload[]>();

function world(random: Random) {
  uploadsOf.clear();
  const clock = new TestClock();
  const ofRecordings = (ids: readonly string[]) => new Map(ids.map((id) => [id, uploadsOf.get(id) ?? []]));
  const fixture = bookFixture(() => clock.now(), openDatabase(':memory:'), { ofRecordings }, clock);
  const { book, live } = fixture;
  const ids = ['a', 'b', 'c'].map((file) => {
    const id = fixture.open(`/rec/${file}.mkv`, { name: file });
    clock.advance(60_000);
    if (file !== 'c') book.apply(id, { type: 'stopped', at: fixture.at(clock.now()), paths: [] });
    return id;
  });
  let count = 0;
  const text = (): string => {
    count += 1;
    return `${count}`;
  };
  const at = () => fixture.at(clock.now());
  const deeds: ((id: string) => void)[] = [
    (id) => book.change(id, (session) => ({ ...session, name: `Name ${text()}`, notes: text() })),
    (id) => {
      const mark = { id: text(), kind: 'note', atMs: random.int(0, 99), text: text(), inFile: false } as const;
      book.changeMark(id, { save: { ...mark, createdAt: new Date(clock.now()).toISOString() } });
    },
    (id) => {
      const mark = book.view(id).marks.at(random.int(0, 5));
      if (mark === undefined) return;
      if (random.chance(0.5)) book.changeMark(id, { remove: mark.id });
      else book.changeMark(id, { save: { ...mark, atMs: random.int(0, 99), text: text() } });
    },
    (id) => book.note(id, (facts) => ({ ...facts, scenes: [...facts.scenes, { name: text(), atMs: count }] })),
    (id) => book.note(id, (facts) => ({ ...facts, scenes: facts.scenes.slice(1), skippedFrames: count }), 'soon'),
    (id) => book.note(id, ({ skippedFrames: _, ...facts }) => facts),
    (id) => book.notice(id, 'file_missing', { file: text() }),
    (id) => book.dropNotices(id, () => random.chance(0.5)),
    () => book.apply(ids[2] ?? '', { type: random.chance(0.5) ? 'paused' : 'resumed', at: at() }),
    () => {
      const file = { type: 'file_changed', path: `/rec/${text()}.mkv`, startMs: null } as const;
      book.apply(ids[2] ?? '', { ...file, at: at(), bornAt: clock.now() });
    },
    () => book.apply(ids[2] ?? '', { type: 'file_seen', number: 1, inode: text() }),
    (id) => book.apply(id, { type: 'file_missing', number: random.int(1, 3) }),
    (id) => book.apply(id, { type: 'file_deleted', number: random.int(1, 3) }),
    (id) => {
      const recordingId = book.view(id).recordings[0]?.id ?? '';
      const upload = uploadFixture({ id: text(), sessionId: id, recordingId });
      uploadsOf.set(recordingId, [...(uploadsOf.get(recordingId) ?? []), upload]);
      live.publish('upload_updated', upload);
      if (random.chance(0.5)) book.announce(id);
    },
    (id) => {
      const recordingId = book.view(id).recordings[0]?.id ?? '';
      const uploads = uploadsOf.get(recordingId) ?? [];
      const upload = uploads.at(random.int(0, 3));
      if (upload === undefined) return;
      const sent = { ...upload, bytesSent: random.int(0, 100) };
      uploadsOf.set(
        recordingId,
        uploads.map((one) => (one === upload ? sent : one)),
      );
      live.publish('upload_progress', { uploadId: upload.id, ...sent });
    },
    (id) => {
      uploadsOf.delete(book.view(id).recordings[0]?.id ?? '');
      book.announce(id);
    },
    () => {
      const [first, second] = [random.pick([0, 1, 2]), random.pick([0, 1, 2])];
      const both = (): void => {
        book.change(ids[first] ?? '', (session) => ({ ...session, notes: text() }));
        book.apply(ids[2] ?? '', { type: 'file_missing', number: 1 });
        book.change(ids[second] ?? '', (session) => ({ ...session, priority: random.int(1, 10) }));
        if (random.chance(0.3)) throw new Error('the disk is full');
      };
      try {
        transaction(fixture.database, both);
      } catch {
        // Nobody hears of it.
      }
    },
  ];
  const change = (): void => random.pick(deeds as [(id: string) => void])(random.pick(ids as [string]));
  return { clock, fixture, ids, change, at };
}

test(
  `after ${rounds} random lives every client knows what GET answers, whatever it missed`,
  () => {
    let [applied, asked] = [0, 0];
    for (let seed = 1; seed <= rounds; seed += 1) {
      const random = new Random(seed);
      const { clock, fixture, ids, change, at } = world(random);
      const channel = new Channel(fixture);
      for (let number = 0; number < 3; number += 1) channel.clients.push(new Client(channel, seed <= 5));
      for (const client of channel.clients.slice(1)) client.connect();
      for (let step = 0; step < steps; step += 1) {
        change();
        if (random.chance(0.4)) clock.advance(random.int(0, 2) === 0 ? random.int(0, 6000) : random.int(0, 300));
        for (const client of channel.clients) {
          for (let frames = random.int(0, 3); frames > 0; frames -= 1) client.receive();
          if (random.chance(0.5)) client.askNow();
        }
        if (random.chance(0.1)) channel.clients[1]?.lose();
        if (step === steps / 2) channel.clients[0]?.connect();
      }
      // One that never missed anything never has to ask, but for what was on its way to be announced when it came.
      applied += fixture.events.filter(({ type }) => type === 'session_updated').length;
      asked += channel.clients[2]?.asks ?? 0;
      fixture.book.apply(ids[2] ?? '', { type: 'stopped', at: at(), paths: [] });
      fixture.recorded.end();
      for (const id of ids) fixture.book.change(id, (session) => ({ ...session, notes: 'the end' }));
      clock.advance(60_000);
      for (const client of channel.clients) {
        client.settle();
        for (const id of ids) {
          const known = client.state?.sessions.find((session) => session.id === id);
          expect(known, `seed ${seed}`).toEqual(JSON.parse(JSON.stringify(fixture.book.view(id))));
        }
      }
    }
    expect(applied).toBeGreaterThan(rounds * 20);
    expect(asked).toBeLessThan(rounds / 10);
  },
  timeoutMs,
);

test(
  'a session’s 200 files cost a client as much as they say, each beside 100 marks',
  () => {
    const clock = new TestClock();
    const fixture = bookFixture(() => clock.now(), openDatabase(':memory:'), undefined, clock);
    const { book } = fixture;
    const id = fixture.open('/rec/a.mkv');
    const channel = new Channel(fixture);
    const client = new Client(channel, false);
    channel.clients.push(client);
    client.connect();
    client.settle();
    /** Bytes of each ten deeds, and at last those of the whole session. */
    const costs = (count: number, deed: (number: number) => void): number[] =>
      Array.from({ length: count / 10 }, (_, tens) => {
        for (let number = 1; number <= 10; number += 1) {
          deed(tens * 10 + number);
          clock.advance(6000);
        }
        const bytes = client.frames.reduce((sum, frame) => sum + Buffer.byteLength(frame), 0);
        client.settle();
        return bytes;
      });
    const marks = costs(100, (number) => {
      const mark = { id: `${number}`, kind: 'chapter', atMs: 100 - number, text: 'Chapter', inFile: false } as const;
      book.changeMark(id, { save: { ...mark, createdAt: new Date(clock.now()).toISOString() } });
    });
    const files = costs(200, (number) => {
      const file = { type: 'file_changed', path: `/rec/${number}.mkv`, startMs: null } as const;
      book.apply(id, { ...file, at: fixture.at(clock.now()), bornAt: clock.now() });
    });
    const whole = Buffer.byteLength(JSON.stringify(book.view(id)));
    const sum = (bytes: number[]): number => bytes.reduce((one, other) => one + other, 0);
    console.info(`bytes to one client: 100 marks ${sum(marks)}, 200 files ${sum(files)}; the whole session ${whole}`);
    const { durationMs: _, ...known } = book.view(id);
    expect(client.state?.sessions[0]).toMatchObject(known);
    expect(client.asks).toBe(0);
    // Each ten cost the same, from the first to the last, and far less than all that is there by then.
    for (const bytes of [marks, files]) expect(Math.max(...bytes)).toBeLessThan(1.5 * Math.min(...bytes));
    expect(sum(marks) + sum(files)).toBeLessThan(4 * whole);
  },
  timeoutMs,
);
