export type ShapeKind = 'ok' | 'busy' | 'warn' | 'bad' | 'recording' | 'paused';

/** A state as a small shape: nobody has to tell states apart by colour. */
export function Shape({ kind }: { readonly kind: ShapeKind }) {
  return (
    <svg class={`shape shape-${kind}`} viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
      {drawings[kind]}
    </svg>
  );
}

const drawings = {
  ok: <circle cx="5" cy="5" r="4.5" fill="currentColor" />,
  busy: <circle cx="5" cy="5" r="3.5" fill="none" stroke="currentColor" stroke-width="2" />,
  warn: <path d="M5 .5L9.8 9.5H.2z" fill="currentColor" />,
  bad: <path d="M3 0h4l3 3v4l-3 3H3L0 7V3z" fill="currentColor" />,
  recording: <circle cx="5" cy="5" r="4.5" fill="currentColor" />,
  paused: <path d="M1 .5h3v9H1zM6 .5h3v9H6z" fill="currentColor" />,
};
