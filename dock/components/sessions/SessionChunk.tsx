import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Session } from '../../../shared/domain.ts';
import { onNear } from './near-screen.ts';
import { SessionCard } from './SessionCard.tsx';

interface Props {
  readonly sessions: readonly Session[];
  /** Whether it is seen at once. */
  readonly isFirst: boolean;
}

/** A guess at a card's height, for those that were never drawn (px). */
const usualHeight = 88;

/**
 * A few cards that are drawn together while they are near the screen; else an empty box of their height keeps their place, so
 * that ten thousand sessions weigh no more than those that can be seen.
 */
export function SessionChunk({ sessions, isFirst }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const height = useSignal(isFirst ? '' : `${sessions.length * usualHeight}px`);
  useEffect(
    () =>
      onNear(box.current, (near) => {
        // What is being typed there must not go.
        if (near) height.value = '';
        else if (height.peek() === '' && !box.current?.contains(document.activeElement)) {
          height.value = `${box.current?.offsetHeight}px`;
        }
      }),
    [],
  );
  return (
    <div ref={box} class="stack" style={{ height: height.value }}>
      {height.value === '' ? sessions.map((session) => <UnchangedCard key={session.id} session={session} />) : null}
    </div>
  );
}

/** A session that did not change keeps its identity, and its card is not drawn again. */
function UnchangedCard({ session }: { readonly session: Session }) {
  return useMemo(() => <SessionCard session={session} />, [session]);
}
