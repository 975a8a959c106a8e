import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { attempt } from '../../dock.ts';

/** The program scene at the recording's start: decoration, its name stands beside it. */
export function Thumbnail({ id }: { readonly id: string }) {
  const url = useSignal<string | undefined>(undefined);
  useEffect(() => {
    void attempt(async (client) => {
      // Not an object URL: making one waits for the browser's main process, and with many pictures scrolling would stutter.
      const reader = new FileReader();
      reader.onload = () => {
        url.value = String(reader.result);
      };
      reader.readAsDataURL(await client.thumbnail(id));
    });
  }, [id]);
  return <img class="thumbnail" src={url.value} width="64" height="36" alt="" data-testid="thumbnail" />;
}
