import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Details, type Ffmpeg, ffmpegMissing, probe } from '../tools/ffmpeg.ts';
import { ToolFailed } from '../tools/tool.ts';
import { RecordingProblem, type Stage, type StageContext } from './stage.ts';

/** Looks whether the recording can be read, and what it is made of. */
export function checkStage(ffmpeg: () => Promise<Ffmpeg | undefined>): Stage {
  return {
    name: 'check',
    missing: async () => ((await ffmpeg()) ? null : ffmpegMissing),
    async run(context) {
      const tools = await ffmpeg();
      if (!tools) return {};
      const details = await readDetails(tools, context);
      const { workspace } = context;
      await writeFile(path.join(workspace.scratch, 'details.json'), JSON.stringify(details));
      const bytes = await workspace.keep('details.json', 'details.json');
      return { results: { details: { file: 'details.json', type: 'application/json', bytes } } };
    },
  };
}

/**
 * What a recording is made of.
 * @throws RecordingProblem recording_empty, recording_unreadable
 */
export async function readDetails(
  tools: Ffmpeg,
  context: Pick<StageContext, 'task' | 'workspace' | 'signal'>,
): Promise<Details> {
  const { task, workspace, signal } = context;
  if (task.record.size === 0) {
    throw new RecordingProblem(
      'recording_empty',
      'The recording is empty.',
      'Record it again; nothing of it is on the server.',
    );
  }
  try {
    const details = await probe(tools, workspace.recording, { cwd: workspace.scratch, signal });
    if (details.video === null && details.audio.length === 0) throw unreadable();
    return details;
  } catch (cause) {
    throw cause instanceof ToolFailed || cause instanceof SyntaxError ? unreadable(cause) : cause;
  }
}

const unreadable = (cause?: unknown): RecordingProblem =>
  new RecordingProblem(
    'recording_unreadable',
    'No picture and no sound can be read from this file.',
    'Play the file where it was recorded. If OBS was ended hard while it wrote an mp4, record in mkv or in fragmented or hybrid mp4: those survive it.',
    { cause },
  );
