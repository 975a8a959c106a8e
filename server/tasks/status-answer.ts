/** The answer of the status route: the contract's fields, and ours beside them. Pure. */
import type { Progress } from '../queue/queue.ts';
import { type StageName, stageNames, type TaskState } from './task-state.ts';
import type { Task } from './task-store.ts';

/** How much of a task's time a stage takes, roughly; speech is nearly all of it. */
const weights: Readonly<Record<StageName, number>> = { fetch: 4, check: 1, video: 8, transcribe: 80, pictures: 7 };

const doing: Readonly<Record<StageName, string>> = {
  fetch: 'fetching',
  check: 'checking',
  video: 'making the video',
  transcribe: 'transcribing',
  pictures: 'making the pictures',
};

export interface StatusParts {
  readonly task: Task;
  /** What a worker reported last; null when nobody works on it. */
  readonly progress: Progress | null;
  /** How many tasks are before it; null when it does not wait. */
  readonly place: number | null;
  /** ms since 1970 */
  readonly now: number;
}

export function statusAnswer({ task: { record, state }, progress, place, now }: StatusParts) {
  const percent = overallPercent(state, progress);
  return {
    task_id: record.taskId,
    filename: record.filename,
    size: record.size,
    sha256: record.sha256,
    config: {
      subtitle_model: state.settings.model,
      priority: state.settings.priority,
      language: state.settings.language ?? 'auto',
      ...(state.settings.audioTrack !== null && { audio_track: state.settings.audioTrack }),
    },
    status: state.status,
    progress: percent,
    message: message(state, progress, place),
    run: state.run,
    ...(state.stage !== null && { stage: state.stage }),
    ...(progress !== null && { stage_progress: Math.floor(progress.fraction * 100) }),
    ...(place !== null && { place }),
    ...timeLeft(state, percent, now),
    ...(state.warnings.length > 0 && { warnings: state.warnings.map(({ code, message }) => ({ code, message })) }),
    ...(state.problem !== null && { error: state.problem }),
    ...(state.status !== 'uploaded' && { result: resultLinks(record.taskId, state) }),
  };
}

/** In whole percent of the whole task; 100 when it ended well. */
export function overallPercent(state: TaskState, progress: Progress | null): number {
  if (state.status === 'completed' || state.status === 'completed_simple') return 100;
  const weight = (stage: StageName): number => {
    if (state.done.includes(stage)) return weights[stage];
    return progress?.stage === stage ? weights[stage] * progress.fraction : 0;
  };
  const all = Object.values(weights).reduce((sum, each) => sum + each, 0);
  const percent = (stageNames.reduce((sum, stage) => sum + weight(stage), 0) / all) * 100;
  // 100 is said when it is over.
  return Math.min(99, Math.floor(percent));
}

function message(state: TaskState, progress: Progress | null, place: number | null): string {
  switch (state.status) {
    case 'uploaded':
      if (place === null || place === 0) return 'Received, next in the queue.';
      return `Received, ${place} before it in the queue.`;
    case 'processing':
      if (state.stage === null) return 'Beginning.';
      return progress?.stage === state.stage && progress.fraction > 0
        ? `${doing[state.stage]}, ${Math.floor(progress.fraction * 100)} %`
        : doing[state.stage];
    case 'completed':
      return 'Done.';
    case 'completed_simple':
      return 'Stored, no subtitles: this server has no speech recognition. /health says what is missing.';
    case 'cancelled':
      return 'Called off. The recording is kept.';
    case 'error':
      return state.problem ? `${state.problem.cause} ${state.problem.fix}` : 'Failed.';
  }
}

/** From how fast it went so far; nothing is said before there is something to go by. */
function timeLeft(state: TaskState, percent: number, now: number): { seconds_left?: number } {
  if (state.status !== 'processing' || state.startedAt === null || percent < 5) return {};
  const elapsed = (now - state.startedAt) / 1000;
  return elapsed <= 1 ? {} : { seconds_left: Math.ceil((elapsed * (100 - percent)) / percent) };
}

/** Paths below the server's address. Without a video of its own the recording itself is the video. */
function resultLinks(taskId: string, state: TaskState): Record<string, string> {
  const names = new Set(['video', ...Object.keys(state.results)]);
  return Object.fromEntries(Array.from(names, (name) => [name, `/results/${taskId}/${name}`]));
}
