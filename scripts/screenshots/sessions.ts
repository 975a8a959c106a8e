/** The sessions of the pictures, one for each step of a recording’s life. */
import type { Mark, Session } from '../../shared/domain.ts';
import { errorInfo } from '../../shared/errors.ts';
import { at, day, mark, minute, now, recording, session, task, withUpload } from './build-session.ts';
import { recordDirectory } from './scene.ts';

const arrived = { state: 'completed', completedAt: at('18:51'), sentAs: 'file' } as const;

const marks: readonly Mark[] = [
  mark('mark-1', 'chapter', 0, 'Welcome'),
  mark('mark-2', 'chapter', 4 * minute + 12_000, ''),
  mark('mark-3', 'note', 11 * minute, 'Start again here: the microphone crackles, cut to Élodie’s question'),
  mark('mark-4', 'chapter', 12 * minute, 'Exercises'),
];

/** The one that is being recorded. */
export const onAir: Session = session('on-air', 'Lesson 12 – Fractions', {
  state: 'recording',
  startedAt: at('19:30'),
  stoppedAt: null,
  durationMs: 12 * minute + 34_000,
  marks: [...marks],
  recordings: [
    recording('on-air', 1, 'Lesson 12 – Fractions', {
      state: 'writing',
      bytes: 565_500_000,
      finalised: null,
      endedAt: null,
    }),
  ],
});

export const onAirPaused: Session = { ...onAir, state: 'paused' };

export const onAirFollowed: Session = withUpload(onAir, {
  destination: 'object-storage',
  state: 'uploading',
  phase: 'following',
  behindMs: 9000,
  bytesSent: 545_000_000,
  bytesPerSecond: 1_250_000,
  parts: { done: 34, total: 36 },
});

/** Just stopped. */
export const finalising: Session = {
  ...withUpload(
    { ...onAir, recordings: onAir.recordings.map((one) => ({ ...one, state: 'finalising' })) },
    {
      destination: 'object-storage',
      state: 'uploading',
      phase: 'sending',
      bytesSent: 551_000_000,
      bytesPerSecond: 4_100_000,
      parts: { done: 35, total: 36 },
    },
  ),
  state: 'finalising',
  stoppedAt: now,
};

export const uploading: Session = withUpload(
  withUpload(session('uploading', 'Lesson 11 – Decimals', { startedAt: at('17:00') }), {
    destination: 'object-storage',
    state: 'uploading',
    phase: 'sending',
    bytesSent: 786_745_894,
    bytesPerSecond: 4_100_000,
    parts: { done: 47, total: 112 },
  }),
  { state: 'queued', attempts: 0, notice: errorInfo('waits_for_object_storage') },
);

/** Tried in vain, and to be tried again. */
export const waiting: Session = withUpload(
  session('waiting', 'Interview with Élodie Lefèvre', { startedAt: at('16:00'), durationMs: 31 * minute }),
  {
    state: 'waiting',
    attempts: 4,
    nextAttemptAt: new Date(Date.parse(now) + 45_000).toISOString(),
    error: errorInfo('destination_unreachable', { reason: 'ECONNREFUSED' }),
  },
);

/** Neither failed nor going at full speed: the reason stands beside each. */
export const held: readonly Session[] = [
  withUpload(session('held', 'Interview with Élodie Lefèvre', { startedAt: at('16:50'), durationMs: 31 * minute }), {
    state: 'queued',
    notice: errorInfo('held_on_air'),
  }),
  withUpload(session('offline', 'Half-term concert', { startedAt: at('15:20'), durationMs: 87 * minute }), {
    destination: 'object-storage',
    state: 'waiting',
    bytesSent: 412_000_000,
    notice: errorInfo('offline'),
  }),
  withUpload(session('slowed', 'Lesson 11 – Decimals', { startedAt: at('14:30') }), {
    destination: 'object-storage',
    state: 'uploading',
    phase: 'sending',
    bytesSent: 912_000_000,
    bytesPerSecond: 610_000,
    parts: { done: 54, total: 112 },
    notice: errorInfo('slowed_for_obs', { mbit: 5 }),
  }),
  withUpload(session('paused', 'Monday team meeting', { startedAt: at('14:10'), durationMs: 22 * minute }), {
    state: 'paused',
    bytesSent: 700_000_000,
  }),
];

export const failed: Session = withUpload(
  session('failed', 'Monday team meeting', { startedAt: at('15:00'), durationMs: 55 * minute, marks: [...marks] }),
  { state: 'failed', error: errorInfo('destination_too_large', { detail: 'File too large' }) },
);

export const transcribing: Session = withUpload(
  session('transcribing', 'Podcast 48, the sound of cities', { startedAt: at('14:00'), durationMs: 48.5 * minute }),
  { ...arrived, task: task('transcribing-1-processing', { status: 'processing', progress: 37, endedAt: null }) },
);

export const taskFailed: readonly Session[] = [
  withUpload(session('task-failed', 'Podcast 48, the sound of cities', { startedAt: at('15:10') }), {
    ...arrived,
    task: task('task-failed-1-processing', {
      status: 'error',
      error: errorInfo('task_failed', { detail: 'no speech found' }),
    }),
  }),
  withUpload(session('task-unknown', 'Interview with Élodie Lefèvre', { startedAt: at('15:00') }), {
    ...arrived,
    task: task('task-unknown-1-processing', { status: 'unknown', error: errorInfo('task_unknown') }),
  }),
];

export const completed: Session = withUpload(
  withUpload(
    session('completed', 'Lesson 10 – Areas and perimeters', {
      startedAt: at('13:00'),
      durationMs: 44 * minute,
      marks: [...marks],
      notes: 'Title to be checked with the head of department.',
    }),
    {
      ...arrived,
      destination: 'object-storage',
      object: {
        bucket: 'camille-lessons',
        key: `${day}/Lesson 10 – Areas and perimeters.mp4`,
        etag: 'a1b2c3d4-112',
      },
      provenBy: 'md5',
    },
  ),
  {
    ...arrived,
    sentAs: 'source_url',
    sha256: 'a'.repeat(64),
    task: task('completed-1-processing', {
      results: Object.fromEntries(
        ['video', 'subtitles', 'thumbnail'].map((name) => [name, `https://subtitles.example.com/results/1/${name}`]),
      ),
    }),
  },
);

/** Three files, each to two destinations: more than a card lists. */
export const split: Session = {
  ...session('split', 'Saturday_night_stream_with_the_whole_crew_and_all_subscribers', {
    startedAt: at('14:30'),
    durationMs: 5 * 60 * minute,
  }),
  recordings: [1, 2, 3].map((number) => {
    const file = recording('split', number, `Saturday night ${number}`);
    const stored = withUpload(
      { ...onAir, id: 'split', recordings: [file] },
      { ...arrived, destination: 'object-storage' },
    );
    const { recordings } = withUpload(stored, number === 3 ? { state: 'paused', bytesSent: 9e8 } : arrived);
    return recordings[0] ?? file;
  }),
};

/** OBS gave up on a full disk, and a file that begins like no recording lies where it said that it records. */
export const askedAbout: Session = session('asked-about', 'Entretien avec Anne-Marie', {
  startedAt: at('10:30'),
  state: 'interrupted',
  notices: [
    errorInfo('recording_disk_full'),
    errorInfo('file_held_format', { file: `${recordDirectory}/Entretien avec Anne-Marie Duchesne-Lévesque.mp4` }),
    errorInfo('file_uncertain', { file: `${recordDirectory}/Replay 2026-11-22 11-12-59.mp4` }),
  ],
});

/** What a person has answered. */
export const leftAlone: Session = {
  ...askedAbout,
  id: 'left-alone',
  state: 'recorded',
  notices: [
    errorInfo('file_held_format', {
      file: `${recordDirectory}/Entretien avec Anne-Marie Duchesne-Lévesque.mp4`,
      left: 1,
    }),
  ],
};

/** On a storage whose ETags are no MD5. */
export const provenByParts: Session = {
  ...completed,
  id: 'proven-by-parts',
  recordings: completed.recordings.map((one) => ({
    ...one,
    uploads: one.uploads.map((upload) =>
      upload.destination === 'object-storage' ? { ...upload, provenBy: 'parts' } : upload,
    ),
  })),
};

export const interrupted: Session = session('interrupted', 'Trying the new microphone', {
  startedAt: at('09:00'),
  state: 'interrupted',
  durationMs: 3 * minute,
  thumbnail: false,
  recordings: [
    recording('interrupted', 1, 'Trying the new microphone', {
      bytes: 133_740_000,
      finalised: false,
      container: 'mkv',
    }),
  ],
});

export const missing: Session = session('missing', 'Rough cut', {
  startedAt: at('08:00'),
  recordings: [recording('missing', 1, 'Rough cut', { state: 'missing' })],
});

/** With which nothing is to be done any more. */
export const putAway: readonly Session[] = [
  withUpload(
    session('deleted', 'Lesson 9 – Angles', {
      startedAt: at('16:30'),
      recordings: [recording('deleted', 1, 'Lesson 9 – Angles', { state: 'deleted' })],
    }),
    { ...arrived, destination: 'object-storage' },
  ),
  session('discarded', 'Rough cut', {
    startedAt: at('16:20'),
    metadata: { scenes: [], pauses: [], discarded: true },
  }),
  withUpload(session('cancelled', 'Half-term concert', { startedAt: at('16:10') }), {
    state: 'cancelled',
    bytesSent: 300_000_000,
  }),
];
