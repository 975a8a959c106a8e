/** ffmpeg and ffprobe as the stages use them: local files alone, no questions, no network. */
import * as z from 'zod';
import type { TaskProblem } from '../tasks/task-state.ts';
import { findTool, runTool, type ToolRun } from './tool.ts';

export interface Ffmpeg {
  readonly ffmpeg: string;
  readonly ffprobe: string;
}

export const ffmpegMissing: TaskProblem = {
  code: 'ffmpeg_missing',
  cause: 'ffmpeg and ffprobe are not on this machine.',
  fix: 'Install ffmpeg (Debian, Ubuntu: apt install ffmpeg), or name the files in FFMPEG and FFPROBE.',
};

/** Looks for both programs; undefined when one of them is not there. */
export async function findFfmpeg(env: NodeJS.ProcessEnv = process.env): Promise<Ffmpeg | undefined> {
  const [ffmpeg, ffprobe] = await Promise.all([findTool('ffmpeg', 'FFMPEG', env), findTool('ffprobe', 'FFPROBE', env)]);
  return ffmpeg === undefined || ffprobe === undefined ? undefined : { ffmpeg, ffprobe };
}

/** What OBS and cameras write. A playlist or a script is no recording: it could name any other file, and have it in the result. */
const containers = 'matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,flv,mpegts,avi,ogg,wav,mp3,aac,flac';
/** Only the recording itself is read, whatever it says. */
const localOnly = ['-protocol_whitelist', 'file,pipe', '-format_whitelist', containers];

/**
 * Runs ffmpeg.
 * @param durationMs of the input: what the progress is measured against; null where it is not known
 * @throws ToolFailed, or the signal's reason
 */
export async function runFfmpeg(
  { ffmpeg }: Ffmpeg,
  args: readonly string[],
  run: Omit<ToolRun, 'onLine'> & { readonly durationMs: number | null; readonly progress: (fraction: number) => void },
): Promise<void> {
  const { durationMs, progress } = run;
  await runTool(ffmpeg, ['-hide_banner', '-nostdin', '-nostats', '-y', '-progress', 'pipe:1', ...args], {
    ...run,
    maxOutputBytes: 64 * 1024 ** 2,
    onLine: (line) => {
      // In microseconds, whatever its older name says (ffmpeg_opt.c, print_report).
      const time = /^out_time_us=(\d+)$/.exec(line)?.[1];
      if (time !== undefined && durationMs !== null && durationMs > 0) progress(Number(time) / 1000 / durationMs);
    },
  });
}

/** How an input is named to ffmpeg and ffprobe: as a file, whatever its name begins with. */
export const input = (file: string): string[] => [...localOnly, '-i', `file:${file}`];

const number = z.coerce.number().catch(Number.NaN);
const streamSchema = z.object({
  index: z.int(),
  codec_type: z.string().catch(''),
  codec_name: z.string().catch(''),
  pix_fmt: z.string().optional().catch(undefined),
  width: z.int().optional().catch(undefined),
  height: z.int().optional().catch(undefined),
  r_frame_rate: z.string().optional().catch(undefined),
  avg_frame_rate: z.string().optional().catch(undefined),
  disposition: z
    .object({ attached_pic: z.int().catch(0) })
    .partial()
    .optional()
    .catch(undefined),
  tags: z.object({ title: z.string(), language: z.string() }).partial().optional().catch(undefined),
});
const probeSchema = z.object({
  format: z.object({ format_name: z.string().catch(''), duration: number.optional() }),
  streams: z.array(streamSchema).max(200),
});

export type Stream = z.infer<typeof streamSchema>;

/** What a recording is made of. */
export interface Details {
  /** ffmpeg's name of the container, such as `matroska,webm`. */
  readonly format: string;
  /** null where the container does not say it. */
  readonly durationMs: number | null;
  /** The picture that is played; null: sound alone. */
  readonly video: Stream | null;
  readonly audio: readonly Stream[];
}

/**
 * Looks what a file is made of.
 * @throws ToolFailed when ffprobe cannot read it, or the signal's reason
 */
export async function probe({ ffprobe }: Ffmpeg, file: string, run: Pick<ToolRun, 'cwd' | 'signal'>): Promise<Details> {
  const args = ['-hide_banner', '-v', 'error', '-show_format', '-show_streams', '-of', 'json', ...input(file)];
  const said = probeSchema.parse(JSON.parse(await runTool(ffprobe, args, { ...run, timeoutMs: 120_000 })));
  const seconds = said.format.duration ?? Number.NaN;
  const pictures = said.streams.filter(
    ({ codec_type, disposition }) => codec_type === 'video' && !disposition?.attached_pic,
  );
  return {
    format: said.format.format_name,
    durationMs: Number.isFinite(seconds) && seconds > 0 ? Math.round(seconds * 1000) : null,
    video: pictures[0] ?? null,
    audio: said.streams.filter(({ codec_type }) => codec_type === 'audio'),
  };
}
