/**
 * What kind of recording OBS is set up for. Each mode has two outputs with settings of their own: OBS's file output, and FFmpeg's
 * (Advanced mode: type “Custom Output (FFmpeg)”; Simple mode: quality “Lossless”). Source: obs-studio, SimpleOutput.cpp and
 * AdvancedOutput.cpp; what each can do was seen on 29.0.2 and 32.2.2.
 */
import { plainText } from '../plain-text.ts';
import { type Asking, maybe } from './asking.ts';

export interface RecordKind {
  /** Made by FFmpeg's output, which can neither pause nor split nor set chapters. */
  readonly ffmpeg: boolean;
  /**
   * `playlist`: a small file that names others, which hold the recording (HLS, DASH, segments, pictures). `elsewhere`: it is sent
   * to an address, and no file is written.
   */
  readonly writes: 'file' | 'playlist' | 'elsewhere';
  /** OBS's name for the format; of FFmpeg's output in Simple mode: avi. */
  readonly format: string;
  /** The profile's parameter that says where it is written. */
  readonly folder: { readonly parameterCategory: string; readonly parameterName: string };
  /** Recording has an encoder of its own (not the stream's), in an output that can pause. */
  readonly canPause: boolean;
  /** Splitting is switched on, by hand, time or size. */
  readonly splits: boolean;
}

/** Formats that write more than one file, by OBS's and by FFmpeg's names. */
const playlists =
  /^(?:hls|m3u8|dash|webm_dash_manifest|smoothstreaming|hds|image2|s?segment|stream_segment(?:,ssegment)?|tee)$/;

export async function readRecordKind(obs: Asking): Promise<RecordKind> {
  const parameter = async (parameterCategory: string, parameterName: string): Promise<string> => {
    const answer = await maybe(obs, 'GetProfileParameter', { parameterCategory, parameterName });
    return plainText(answer?.parameterValue ?? answer?.defaultParameterValue ?? '');
  };
  const advanced = (await parameter('Output', 'Mode')) === 'Advanced';
  const section = advanced ? 'AdvOut' : 'SimpleOutput';
  const [type, quality] = await Promise.all([parameter('AdvOut', 'RecType'), parameter('SimpleOutput', 'RecQuality')]);
  const ffmpeg = advanced ? type === 'FFmpeg' : quality === 'Lossless';
  const folder = {
    parameterCategory: section,
    parameterName: !advanced ? 'FilePath' : ffmpeg ? 'FFFilePath' : 'RecFilePath',
  };
  if (ffmpeg) {
    const [format, toFile] = advanced
      ? await Promise.all([parameter('AdvOut', 'FFFormat'), parameter('AdvOut', 'FFOutputToFile')])
      : ['avi', 'true'];
    const writes = toFile === 'false' ? 'elsewhere' : playlists.test(format) ? 'playlist' : 'file';
    return { ffmpeg, writes, format, folder, canPause: false, splits: false };
  }
  const [newer, older, encoder, split] = await Promise.all([
    parameter(section, 'RecFormat2'),
    // Up to OBS 29.1.
    parameter(section, 'RecFormat'),
    parameter('AdvOut', 'RecEncoder'),
    parameter('AdvOut', 'RecSplitFile'),
  ]);
  const format = newer === '' ? older : newer;
  return {
    ...{ ffmpeg, format, folder, writes: playlists.test(format) ? 'playlist' : 'file' },
    canPause: advanced ? encoder !== 'none' : quality !== 'Stream',
    splits: advanced && split === 'true',
  };
}
