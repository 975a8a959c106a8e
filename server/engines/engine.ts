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
  /** What this machine lacks to hear at all; null when nothing. A model that is not there yet is fetched when it is needed. */
  missing(): Promise<TaskProblem | null>;
  /**
   * How long a piece of sound it may be given with a model, ms; null: however long.
   * @throws ModelUnavailable, or the signal's reason
   */
  maxPieceMs(model: SubtitleModel, signal: AbortSignal): Promise<number | null>;
  /** @throws ToolFailed when it ended badly, LanguageUnknown, ModelUnavailable, or the signal's reason */
  transcribe(listening: Listening): Promise<Transcript>;
}

/** The engine has no such language. */
export class LanguageUnknown extends Error {
  readonly language: string;

  constructor(language: string, options?: ErrorOptions) {
    super(`no language ${language}`, options);
    this.name = 'LanguageUnknown';
    this.language = language;
  }
}
