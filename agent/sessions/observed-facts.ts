/** What of OBS's counts and scenes belongs to one session. */
import type { SessionMetadata } from '../../shared/domain.ts';
import { sizeOf } from '../files/local-files.ts';
import type { FrameCounts } from '../obs/read-back.ts';
import type { StoredSession } from './session-store.ts';

/** A session with more would make every message about it heavy. */
const mostScenes = 100;
/** The same of a scene's name, in UTF-16 units. */
const longestScene = 200;

/** Frames that OBS lost, by why. */
export type Lost = Pick<FrameCounts, 'skipped' | 'missed'>;

/** @param counts since OBS's start. What is noted of the session already was lost during it, before the agent was away. */
export function lostBefore({ skipped, missed }: Lost, session: StoredSession | undefined): Lost {
  const { skippedFrames = 0, missedFrames = 0 } = session?.metadata ?? {};
  return { skipped: skipped - skippedFrames, missed: missed - missedFrames };
}

/** With one more scene, where there is room for it. */
export function withScene(metadata: SessionMetadata, scene: string, atMs: number): SessionMetadata {
  const name = scene.slice(0, longestScene).toWellFormed();
  const { scenes, scenesLeftOut = 0 } = metadata;
  if (scenesLeftOut === 0 && name === scenes.at(-1)?.name) return metadata;
  if (scenes.length >= mostScenes) return { ...metadata, scenesLeftOut: scenesLeftOut + 1 };
  return { ...metadata, scenes: [...scenes, { name, atMs }] };
}

/** Bytes of a session's files as they lie on disk; OBS may hold some seconds more. */
export async function bytesOnDisk(session: StoredSession | undefined): Promise<number> {
  const sizes = (session?.run.files ?? []).map((file) => sizeOf(file.path));
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
