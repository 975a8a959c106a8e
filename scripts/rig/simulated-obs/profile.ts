import type { FullObsOptions } from '../obs-config.ts';
import { defaultVideo } from '../obs-config.ts';
import { RequestFailure, requestStatus } from './protocol.ts';

/** OBS's own values for what a profile leaves open, as far as they concern recording. */
const obsDefaults: Readonly<Record<string, string>> = {
  'Output/FilenameFormatting': '%CCYY-%MM-%DD %hh-%mm-%ss',
  'Output/OverwriteIfExists': 'false',
  'Output/Mode': 'Simple',
  'SimpleOutput/RecQuality': 'Stream',
  'SimpleOutput/RecEncoder': 'x264',
  'AdvOut/RecType': 'Standard',
  'AdvOut/RecEncoder': 'none',
  'AdvOut/RecTracks': '1',
  'AdvOut/Encoder': 'obs_x264',
  'Video/FPSCommon': '30',
};

/** The parameters of OBS's current profile: what the user set over what OBS defaults to. */
export class Profile {
  readonly #defaults: ReadonlyMap<string, string>;
  readonly #values: Map<string, string>;
  /** RecFormat up to 29.1, RecFormat2 later. */
  readonly #formatKey: string;

  constructor(options: FullObsOptions, formatKey: 'RecFormat' | 'RecFormat2', defaultFormat: string) {
    this.#formatKey = formatKey;
    this.#defaults = new Map([
      ...Object.entries(obsDefaults),
      [`SimpleOutput/${formatKey}`, defaultFormat],
      [`AdvOut/${formatKey}`, defaultFormat],
    ]);
    this.#values = new Map([
      ['Output/Mode', options.outputMode],
      ['AdvOut/RecType', 'Standard'],
      ['AdvOut/RecFilePath', options.recordingsDir],
      [`AdvOut/${formatKey}`, options.format],
      ['AdvOut/RecEncoder', 'obs_x264'],
      ['AdvOut/RecSplitFile', String(options.split)],
      ['AdvOut/RecSplitFileType', 'Manual'],
      ['SimpleOutput/FilePath', options.recordingsDir],
      [`SimpleOutput/${formatKey}`, options.format],
      ['SimpleOutput/RecQuality', 'Small'],
      ['Video/BaseCX', String(defaultVideo.width)],
      ['Video/BaseCY', String(defaultVideo.height)],
      ...Object.entries(options.profile),
    ]);
  }

  get advanced(): boolean {
    return this.#get('Output/Mode') === 'Advanced';
  }

  get fileNameFormat(): string {
    return this.#get('Output/FilenameFormatting');
  }

  get overwrites(): boolean {
    return this.#get('Output/OverwriteIfExists') === 'true';
  }

  get format(): string {
    return this.#get(`${this.#section}/${this.#formatKey}`);
  }

  get folder(): string {
    return this.#get(this.#folderKey);
  }

  set folder(folder: string) {
    this.#values.set(this.#folderKey, folder);
  }

  /** Only Advanced mode can split by hand. */
  get splits(): boolean {
    return this.advanced && this.#get('AdvOut/RecSplitFile') === 'true';
  }

  /** Recording that shares the stream's encoder cannot pause: obs-studio, OBSBasic, "isRecordingPausable". */
  get pausable(): boolean {
    return this.advanced
      ? this.#get('AdvOut/RecEncoder') !== 'none'
      : this.#get('SimpleOutput/RecQuality') !== 'Stream';
  }

  /** GetProfileParameter's answer. */
  parameter(category: string, name: string) {
    const fallback = this.#defaults.get(`${category}/${name}`) ?? null;
    return {
      parameterValue: this.#values.get(`${category}/${name}`) ?? fallback,
      defaultParameterValue: fallback,
    };
  }

  /** SetProfileParameter: null removes the user's value, so that OBS's own shows again. */
  setParameter(category: string, name: string, value: string | null): void {
    if (value !== null) this.#values.set(`${category}/${name}`, value);
    else if (!this.#values.delete(`${category}/${name}`)) {
      throw new RequestFailure(
        requestStatus.resourceNotFound,
        'There are no existing instances of that profile parameter.',
      );
    }
  }

  get #section(): string {
    return this.advanced ? 'AdvOut' : 'SimpleOutput';
  }

  get #folderKey(): string {
    return this.advanced ? 'AdvOut/RecFilePath' : 'SimpleOutput/FilePath';
  }

  #get(key: string): string {
    return this.#values.get(key) ?? this.#defaults.get(key) ?? '';
  }
}
