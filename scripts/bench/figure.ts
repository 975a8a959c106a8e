/** One measured figure; a goal is printed beside it and never fails anything. */
export interface Figure {
  /** For `--json`: unit included, such as `idleRssMB`. */
  readonly id: string;
  readonly label: string;
  readonly value: number;
  readonly unit: string;
  /** The value should not be more than this. */
  readonly atMost?: number;
}

/** The figures as a table for people. */
export function formatFigures(figures: readonly Figure[]): string {
  const rows = figures.map(({ label, value, unit, atMost }) => {
    const goal = atMost === undefined ? '' : `goal ≤ ${round(atMost)} ${unit}: ${value <= atMost ? 'met' : 'NOT met'}`;
    return [label, `${round(value)} ${unit}`, goal] as const;
  });
  const width = (column: 0 | 1): number => Math.max(...rows.map((row) => row[column].length));
  return rows
    .map(([label, value, goal]) => `${label.padEnd(width(0))}  ${value.padStart(width(1))}  ${goal}`.trimEnd())
    .join('\n');
}

/** The figures as one line of JSON: `{bench, node, platform, figures: {id: value}, goals: {id: {atMost, met}}}`. */
export function figuresJson(bench: string, figures: readonly Figure[]): string {
  const goals = figures.flatMap(({ id, value, atMost }) =>
    atMost === undefined ? [] : [[id, { atMost, met: value <= atMost }] as const],
  );
  return JSON.stringify({
    bench,
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    figures: Object.fromEntries(figures.map(({ id, value }) => [id, round(value)])),
    goals: Object.fromEntries(goals),
  });
}

/** Two digits after the point: more would be noise. */
const round = (value: number): number => Math.round(value * 100) / 100;
