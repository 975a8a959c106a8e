import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { attempt } from '../dock.ts';

/** The program scene at the recording's start: decoration, its name stands beside it. */
export function Thumbnail({ id }: { readonly id: string }) {
  const url = useSignal('');
  useEffect(() => {
    void attempt(async (client) => {
      url.value = URL.createObjectURL(await client.thumbnail(id));
    });
    return () => URL.revokeObjectURL(url.peek());
  }, [id]);
  return <img class="thumbnail" src={url.value || undefined} width="64" height="36" alt="" data-testid="thumbnail" />;
}
