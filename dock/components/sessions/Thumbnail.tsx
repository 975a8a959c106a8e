import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { attempt } from '../../dock.ts';

/** A picture of the recording's beginning. No alternative text: the session's name stands beside it. */
export function Thumbnail({ id }: { readonly id: string }) {
  const url = useSignal<string | undefined>(undefined);
  useEffect(() => {
    void attempt(async (client) => {
      // Not an object URL: each waits for the browser's main process, and scrolling past many pictures would stutter.
      const reader = new FileReader();
      reader.onload = () => {
        url.value = String(reader.result);
      };
      reader.readAsDataURL(await client.thumbnail(id));
    });
  }, [id]);
  return <img class="thumbnail" src={url.value} width="64" height="36" alt="" data-testid="thumbnail" />;
}
