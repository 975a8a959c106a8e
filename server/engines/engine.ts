/** What hears speech. One interface for whisper.cpp and for whatever else can do it. */
import type { SubtitleModel } from '../../shared/domain.ts';
import type { TaskProblem } from '../tasks/task-state.ts';

/** A word with its time in the recording, ms. */
export interface Word {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** What the engine heard in one go: about a sentence. */
export interface Segment {
  readonly startMs: number;
  readonly endMs: number;
  readonly words: readonly Word[];
}

export interface Transcript {
  /** ISO 639; null where the engine does not tell it. */
  readonly language: string | null;
  readonly segments: readonly Segment[];
}

export interface Listening {
  /** 16 kHz, mono, signed 16 bit little-endian. */
  readonly wav: string;
  readonly durationMs: number;
  readonly model: SubtitleModel;
  /** null: the engine finds it. */
  readonly language: string | null;
  /** A folder for files of its own. */
  readonly scratch: string;
  readonly signal: AbortSignal;
  readonly progress: (fraction: number) => void;
}

export interface Engine {
  readonly name: string;
  /**
   * What this machine lacks to hear with a model; null when nothing.
   * @param model undefined: with any
   */
  missing(model?: SubtitleModel): Promise<TaskProblem | null>;
  /** @throws ToolFailed when it ended badly, or the signal's reason */
  transcribe(listening: Listening): Promise<Transcript>;
}
