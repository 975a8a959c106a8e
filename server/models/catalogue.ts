/**
 * The models of whisper.cpp that can be asked for. Sizes and hashes of ggerganov/whisper.cpp's files on Hugging Face, as its
 * models/download-ggml-model.sh names them.
 */
import type { SubtitleModel } from '../../shared/domain.ts';

export interface ModelFile {
  /** Its name in the folder of models, and below the address that it is fetched from. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface WhisperModel extends ModelFile {
  /** What whisper.cpp needs to hear with it, bytes: the weights and what it computes with. */
  readonly memoryBytes: number;
}

const MiB = 1024 ** 2;

export const whisperModels: Readonly<Record<SubtitleModel, WhisperModel>> = {
  tiny: {
    file: 'ggml-tiny.bin',
    bytes: 77_691_713,
    sha256: 'be07e048e1e599ad46341c8d2a135645097a538221678b7acdd1b1919c6e1b21',
    memoryBytes: 400 * MiB,
  },
  base: {
    file: 'ggml-base.bin',
    bytes: 147_951_465,
    sha256: '60ed5bc3dd14eea856493d334349b405782ddcaf0028d4b5df4088345fba2efe',
    memoryBytes: 550 * MiB,
  },
  small: {
    file: 'ggml-small.bin',
    bytes: 487_601_967,
    sha256: '1be3a9b2063867b937e64e2ec7483364a79917e157fa98c5d94b5c1fffea987b',
    memoryBytes: 1100 * MiB,
  },
  medium: {
    file: 'ggml-medium.bin',
    bytes: 1_533_763_059,
    sha256: '6c14d5adee5f86394037b4e4e8b59f1673b6cee10e3cf0b11bbdbee79c156208',
    memoryBytes: 2600 * MiB,
  },
  // large-v3 repeats itself on silence (whisper.cpp, issue 1507) and takes four times as long as its smaller sister.
  large: {
    file: 'ggml-large-v3-turbo.bin',
    bytes: 1_624_555_275,
    sha256: '1fc70f774d38eb169993ac391eea357ef47c88757ef72ee5943879b7e8e2bc69',
    memoryBytes: 2800 * MiB,
  },
};

/** Where the files lie. Another address with the same files in it is a mirror. */
export const modelsUrl = 'https://huggingface.co/ggerganov/whisper.cpp/resolve/main';

/** Silero's voice detection: with it whisper.cpp hears no words in silence and noise. */
export const vadModel: ModelFile = {
  file: 'ggml-silero-v6.2.0.bin',
  bytes: 885_098,
  sha256: '2aa269b785eeb53a82983a20501ddf7c1d9c48e33ab63a41391ac6c9f7fb6987',
};
export const vadUrl = 'https://huggingface.co/ggml-org/whisper-vad/resolve/main';
