import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { SubtitleModel } from '../../shared/domain.ts';
import type { TaskProblem } from '../tasks/task-state.ts';
import { findTool, runTool } from '../tools/tool.ts';
import type { Engine, Listening, Transcript } from './engine.ts';
import { readWhisperOutput } from './whisper-output.ts';

export interface WhisperCliOptions {
  /** A model's file on this machine; fetched where it is not there yet. */
  readonly modelFile: (model: SubtitleModel, signal: AbortSignal) => Promise<string>;
  /** Whether a model is there, or could be fetched; null when so. */
  readonly modelMissing: (model: SubtitleModel) => Promise<TaskProblem | null>;
  /** Silero's voice detection for whisper.cpp; null: without, silence can be heard as words. */
  readonly vadFile: string | null;
  /** Default: every core but one, at least one. */
  readonly threads?: number;
  readonly env?: NodeJS.ProcessEnv;
}

/** 64 KiB more than the longest a token file was seen to be; its JSON has about 200 bytes a token. */
const mostOutputBytes = 256 * 1024 ** 2;

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

  async missing(model?: SubtitleModel): Promise<TaskProblem | null> {
    if ((await this.#program()) === undefined) return whisperMissing;
    return model === undefined ? null : this.#options.modelMissing(model);
  }

  async transcribe({ wav, durationMs, model, language, scratch, signal, progress }: Listening): Promise<Transcript> {
    const program = await this.#program();
    if (program === undefined) throw new Error(whisperMissing.cause);
    const modelFile = await this.#options.modelFile(model, signal);
    const { vadFile, threads = Math.max(1, os.availableParallelism() - 1) } = this.#options;
    const out = path.join(scratch, 'heard');
    const args = [
      ...['-m', modelFile, '-f', wav, '-l', language ?? 'auto', '-t', String(threads)],
      // Whole tokens with their times; progress on stderr; no symbols that are no speech; nothing else on stdout.
      ...['-ojf', '-of', out, '-pp', '-sns', '-np'],
      ...(vadFile === null ? [] : ['--vad', '--vad-model', vadFile]),
    ];
    await runTool(program, args, {
      cwd: scratch,
      signal,
      // The slowest model on one slow core takes some forty times as long as the recording.
      timeoutMs: 600_000 + durationMs * 60,
      maxOutputBytes: mostOutputBytes,
      onErrorLine: (line) => {
        // Of recordings under 30 s it says more than 100.
        const percent = /progress\s*=\s*(\d+)\s*%/.exec(line)?.[1];
        if (percent !== undefined) progress(Math.min(1, Number(percent) / 100));
      },
    });
    return readWhisperOutput(await readFile(`${out}.json`, 'utf8'), durationMs);
  }

  #program(): Promise<string | undefined> {
    return findTool('whisper-cli', 'WHISPER_CLI', this.#options.env);
  }
}

export const whisperMissing: TaskProblem = {
  code: 'whisper_missing',
  cause: 'whisper.cpp is not on this machine.',
  fix: 'Install whisper.cpp (Debian 14: apt install whisper.cpp-tools), or name its whisper-cli in WHISPER_CLI.',
};
