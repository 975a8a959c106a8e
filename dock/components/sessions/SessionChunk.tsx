import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Session } from '../../../shared/domain.ts';
import { watchNearness } from './near-screen.ts';
import { SessionCard } from './SessionCard.tsx';

interface Props {
  readonly sessions: readonly Session[];
  /** Whether it is at the top of the list, where it is seen at once. */
  readonly isFirst: boolean;
}

/** The assumed height of a card that was never drawn, in px. */
const usualHeight = 88;

/**
 * A few cards that are drawn together while they are near the visible part of the page. Else an empty box of their height takes
 * their place, so that a list of ten thousand sessions costs no more than the cards that can be seen.
 */
export function SessionChunk({ sessions, isFirst }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const height = useSignal(isFirst ? '' : `${sessions.length * usualHeight}px`);
  useEffect(
    () =>
      watchNearness(box.current, (isNear) => {
        // While something in it has focus it stays, since a text may be half typed there.
        if (isNear) height.value = '';
        else if (height.peek() === '' && !box.current?.contains(document.activeElement)) {
          height.value = `${box.current?.offsetHeight}px`;
        }
      }),
    [],
  );
  return (
    <div ref={box} class="stack" style={{ height: height.value }}>
      {height.value === '' ? sessions.map((session) => <MemoCard key={session.id} session={session} />) : null}
    </div>
  );
}

/** A card that is drawn again only if its session is another object. */
function MemoCard({ session }: { readonly session: Session }) {
  return useMemo(() => <SessionCard session={session} />, [session]);
}
