import { traceOf, tracePoints } from '../../agent/speeds.ts';

const [width, height] = [60, 14];

/** An upload's speed over the last minute as a line. Decoration: the present speed stands beside it. */
export function Sparkline({ uploadId }: { readonly uploadId: string }) {
  const speeds = traceOf(uploadId).value?.speeds ?? [];
  if (speeds.length < 3) return null;
  return (
    <svg class="sparkline" viewBox={`0 -1 ${width} ${height + 2}`} width={width} height={height} aria-hidden="true">
      <polyline points={tracePoints(speeds, width, height)} />
    </svg>
  );
}
