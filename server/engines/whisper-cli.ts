import { open, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { SubtitleModel } from '../../shared/domain.ts';
import type { TaskProblem } from '../tasks/task-state.ts';
import { findTool, runTool } from '../tools/tool.ts';
import { type Engine, LanguageUnknown, type Listening, type Transcript } from './engine.ts';
import { readWhisperOutput } from './whisper-output.ts';

export interface WhisperCliOptions {
  /** Files of models on this machine; fetched where they are not there yet. */
  readonly models: {
    file(model: SubtitleModel, signal: AbortSignal): Promise<string>;
    /** Silero's voice detection; null: without it, noise can be heard as words. */
    vad(signal: AbortSignal): Promise<string | null>;
  };
  /** Default: every core but one, at least one. */
  readonly threads?: number;
  readonly env?: NodeJS.ProcessEnv;
}

/** Its JSON has about 200 bytes a token, and a day of speech some 500,000 tokens. */
const mostOutputBytes = 256 * 1024 ** 2;

/** Whisper hears windows of 30 s. Those of a model with shorter ones are moved on by 30 s all the same: what lies between is lost. */
const wholeWindowMs = 30_000;

/**
 * whisper.cpp's `whisper-cli`, one process for a recording: called off by ending it, and what it breaks, or leaks, ends with it.
 * https://github.com/ggml-org/whisper.cpp/tree/master/examples/cli
 */
export class WhisperCli implements Engine {
  readonly name = 'whisper.cpp';
  readonly #options: WhisperCliOptions;

  constructor(options: WhisperCliOptions) {
    this.#options = options;
  }

  async missing(): Promise<TaskProblem | null> {
    return (await this.#program()) === undefined ? whisperMissing : null;
  }

  async maxPieceMs(model: SubtitleModel, signal: AbortSignal): Promise<number | null> {
    const windowMs = await readWindowMs(await this.#options.models.file(model, signal));
    return windowMs < wholeWindowMs ? windowMs : null;
  }

  async transcribe({ wav, durationMs, model, language, scratch, signal, progress }: Listening): Promise<Transcript> {
    const program = await this.#program();
    if (program === undefined) throw new Error(whisperMissing.cause);
    const { models } = this.#options;
    const modelFile = await models.file(model, signal);
    // Pieces are cut at silences already.
    const vadFile = (await readWindowMs(modelFile)) < wholeWindowMs ? null : await models.vad(signal);
    const { threads = Math.max(1, os.availableParallelism() - 1) } = this.#options;
    const out = path.join(scratch, 'heard');
    const args = [
      ...['-m', modelFile, '-f', wav, '-l', language ?? 'auto', '-t', String(threads)],
      // Whole tokens with their times; progress on stderr; no symbols that are no speech; nothing else on stdout.
      ...['-ojf', '-of', out, '-pp', '-sns', '-np'],
      ...(vadFile === null ? [] : ['--vad', '--vad-model', vadFile]),
    ];
    let languageUnknown = false;
    await runTool(program, args, {
      cwd: scratch,
      signal,
      // The slowest model on one slow core takes some forty times as long as the recording.
      timeoutMs: 600_000 + durationMs * 60,
      maxOutputBytes: mostOutputBytes,
      onErrorLine: (line) => {
        // It ends as if all were well then.
        if (line.startsWith('error: unknown language')) languageUnknown = true;
        // Of recordings under 30 s it says more than 100.
        const percent = /progress\s*=\s*(\d+)\s*%/.exec(line)?.[1];
        if (percent !== undefined) progress(Math.min(1, Number(percent) / 100));
      },
    });
    if (languageUnknown) throw new LanguageUnknown(language ?? 'auto');
    return readWhisperOutput(await readFile(`${out}.json`, 'utf8'), durationMs);
  }

  #program(): Promise<string | undefined> {
    return findTool('whisper-cli', 'WHISPER_CLI', this.#options.env);
  }
}

/** The window that a model hears at once, ms, from the head of its file: ggml's magic, words, then frames of 20 ms (whisper.cpp, whisper_model_load). */
export async function readWindowMs(modelFile: string): Promise<number> {
  const file = await open(modelFile);
  try {
    const head = Buffer.alloc(12);
    const { bytesRead } = await file.read(head, 0, 12, 0);
    if (bytesRead < 12 || head.readUInt32LE(0) !== 0x67676d6c)
      throw new Error(`${modelFile} is no model of whisper.cpp`);
    return head.readInt32LE(8) * 20;
  } finally {
    await file.close();
  }
}

export const whisperMissing: TaskProblem = {
  code: 'whisper_missing',
  cause: 'whisper.cpp is not on this machine.',
  fix: 'Install whisper.cpp (Debian 14: apt install whisper.cpp-tools), or name its whisper-cli in WHISPER_CLI.',
};
