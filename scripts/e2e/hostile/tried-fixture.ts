/** For tests: an upload to whoever answers as they like. */
import type { ManualUpload } from '../../../shared/api.ts';
import type { Upload } from '../../../shared/domain.ts';
import type { World } from '../world-fixture.ts';

/** Uploads by hand. @returns the upload once it was tried, and called off where it would be tried again */
export async function triedOnce({ agent }: World, request: ManualUpload): Promise<Upload> {
  const [queued] = await agent.api.upload(request);
  if (!queued) throw new Error('nothing was queued');
  const ended = ({ id, state }: Upload): boolean =>
    id === queued.id && ['failed', 'waiting', 'completed'].includes(state);
  let found: Upload | undefined;
  await agent.live.until('it was tried', () => {
    found = agent.live.events
      .flatMap((event) => (event.type === 'upload_updated' || event.type === 'upload_completed' ? [event.data] : []))
      .findLast(ended);
    return found !== undefined;
  });
  if (found === undefined) throw new Error('cannot be');
  if (found.state === 'waiting') await agent.api.uploadCommand(found.id, 'cancel');
  return found;
}
