import { type Details, type Ffmpeg, ffmpegMissing, input, runFfmpeg } from '../tools/ffmpeg.ts';
import { ToolFailed } from '../tools/tool.ts';
import { readDetails } from './check.ts';
import { RecordingProblem, type Stage } from './stage.ts';

/** A video that plays in a browser from its first bytes on: copied where its codecs allow that, else encoded anew. */
export function videoStage(ffmpeg: () => Promise<Ffmpeg | undefined>): Stage {
  return {
    name: 'video',
    missing: async () => ((await ffmpeg()) ? null : ffmpegMissing),
    async run(context) {
      const tools = await ffmpeg();
      if (!tools) return {};
      const { workspace, signal, progress } = context;
      const details = await readDetails(tools, context);
      const { durationMs } = details;
      const args = [...input(workspace.recording), ...videoArguments(details), 'file:video.mp4'];
      const run = { cwd: workspace.scratch, signal, timeoutMs: videoTimeoutMs(details), durationMs, progress };
      try {
        await runFfmpeg(tools, args, run);
      } catch (cause) {
        if (!(cause instanceof ToolFailed)) throw cause;
        if (/No space left/i.test(cause.words)) throw diskFull(cause);
        throw new RecordingProblem(
          'video_failed',
          cause.reason === 'timeout' ? 'Making the video took too long.' : 'No video could be made of this file.',
          'The recording itself is kept and can be downloaded. Play it where it was recorded to see whether it is whole.',
          { cause },
        );
      }
      const bytes = await workspace.keep('video.mp4', 'video.mp4');
      return { results: { video: { file: 'video.mp4', type: details.video ? 'video/mp4' : 'audio/mp4', bytes } } };
    },
  };
}

/** ffmpeg says a full disk in words alone; to us it is one like any other. */
const diskFull = (cause: ToolFailed): Error =>
  Object.assign(new Error('The disk is full', { cause }), { code: 'ENOSPC' });

/** What browsers play in mp4: Chrome, Firefox, Safari and Edge all do. */
const playedVideo = new Set(['h264', 'av1', 'vp9']);
const playedAudio = new Set(['aac', 'mp3', 'opus']);

/** Whether the picture can stay as it is. 10-bit and 4:4:4 H.264 is played by hardly any browser; HEVC by those with the hardware. */
export function copiesVideo({ video }: Pick<Details, 'video'>): boolean {
  if (!video) return false;
  if (video.codec_name === 'h264') return video.pix_fmt === 'yuv420p' || video.pix_fmt === 'yuvj420p';
  return playedVideo.has(video.codec_name) || video.codec_name === 'hevc';
}

/** All audio tracks are kept; browsers play the first. `+faststart`: the index stands before the bytes. */
export function videoArguments(details: Details): string[] {
  const { video, audio } = details;
  const picture = video ? ['-map', `0:${video.index}`] : [];
  const sound = audio.flatMap(({ index }) => ['-map', `0:${index}`]);
  const codecs = audio.flatMap(({ codec_name }, track) =>
    playedAudio.has(codec_name) ? [`-c:a:${track}`, 'copy'] : [`-c:a:${track}`, 'aac', `-b:a:${track}`, '160k'],
  );
  const encode = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '20', '-pix_fmt', 'yuv420p'];
  const kept = ['-c:v', 'copy', ...(video?.codec_name === 'hevc' ? ['-tag:v', 'hvc1'] : [])];
  const videoCodec = video ? (copiesVideo(details) ? kept : encode) : [];
  return [...picture, ...sound, ...videoCodec, ...codecs, '-map_metadata', '0', '-movflags', '+faststart', '-f', 'mp4'];
}

/** Copying is bound by the disk, encoding by the processor: at 1/20 of real time something is wrong. */
function videoTimeoutMs(details: Details): number {
  const duration = details.durationMs ?? 24 * 3_600_000;
  return 600_000 + duration * (copiesVideo(details) ? 1 : 20);
}
