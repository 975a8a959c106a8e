/** What a processing server makes of recordings, with the programs and models that this machine has. */
import path from 'node:path';
import { EnvHttpProxyAgent } from 'undici';
import { WhisperCli } from './engines/whisper-cli.ts';
import type { DownloadProgress } from './models/download.ts';
import { Models } from './models/models.ts';
import { checkStage } from './stages/check.ts';
import type { Stage } from './stages/stage.ts';
import { transcribeStage } from './stages/transcribe.ts';
import { videoStage } from './stages/video.ts';
import { findFfmpeg } from './tools/ffmpeg.ts';

export interface ProcessingOptions {
  /** The server's folder; models lie below it where MODELS_DIR names no other. */
  readonly dir: string;
  /** FFMPEG, FFPROBE, WHISPER_CLI, MODELS_DIR, MODEL_BASE_URL, PATH; HTTP_PROXY, HTTPS_PROXY, NO_PROXY. */
  readonly env: NodeJS.ProcessEnv;
  readonly onModelProgress?: (progress: DownloadProgress) => void;
  readonly log: (level: 'info' | 'error', message: string, details?: unknown) => void;
}

/** @returns the stages in their order */
export function processingStages({ dir, env, onModelProgress = () => {}, log }: ProcessingOptions): Stage[] {
  const ffmpeg = () => findFfmpeg(env);
  const models = new Models({
    dir: path.resolve(env.MODELS_DIR || path.join(dir, 'models')),
    baseUrl: env.MODEL_BASE_URL || undefined,
    ...((env.HTTP_PROXY || env.HTTPS_PROXY || env.http_proxy || env.https_proxy) && {
      dispatcher: new EnvHttpProxyAgent(),
    }),
    onProgress: onModelProgress,
    onWithoutVad: (error) => log('error', 'Voice detection could not be fetched: subtitles are made without it', error),
  });
  return [checkStage(ffmpeg), videoStage(ffmpeg), transcribeStage(ffmpeg, new WhisperCli({ models, env }))];
}
