import type { Dispatcher } from 'undici';
import type { SubtitleModel } from '../../shared/domain.ts';
import { modelsUrl, vadModel, vadUrl, whisperModels } from './catalogue.ts';
import { type DownloadProgress, download } from './download.ts';
import { ModelUnavailable } from './model-unavailable.ts';

export interface ModelsOptions {
  /** Where the files are, and are fetched to. Files of the same names may be put there beforehand. */
  readonly dir: string;
  /** A mirror, which has all the files below one address; undefined: where whisper.cpp's own script gets them. */
  readonly baseUrl?: string | undefined;
  readonly dispatcher?: Dispatcher;
  readonly onProgress: (progress: DownloadProgress) => void;
  /** Hears that voice detection could not be fetched: subtitles are made without it. */
  readonly onWithoutVad: (error: unknown) => void;
}

/** The models of this machine. */
export class Models {
  readonly #options: ModelsOptions;

  constructor(options: ModelsOptions) {
    this.#options = options;
  }

  /** @throws ModelUnavailable, an ENOSPC, or the signal's reason */
  async file(model: SubtitleModel, signal: AbortSignal): Promise<string> {
    return download(whisperModels[model], this.#download(modelsUrl, signal));
  }

  /** @returns null where it is not there and cannot be fetched */
  async vad(signal: AbortSignal): Promise<string | null> {
    try {
      return await download(vadModel, this.#download(vadUrl, signal));
    } catch (error) {
      if (!(error instanceof ModelUnavailable)) throw error;
      this.#options.onWithoutVad(error);
      return null;
    }
  }

  #download(ownUrl: string, signal: AbortSignal) {
    const { dir, baseUrl = ownUrl, dispatcher, onProgress } = this.#options;
    return { dir, baseUrl, signal, onProgress, ...(dispatcher && { dispatcher }) };
  }
}
