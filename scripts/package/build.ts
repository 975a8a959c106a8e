/** What every package of one run shares. */
export interface Build {
  /** StreamAI's. */
  readonly version: string;
  /** The time that every file in a package has, seconds since 1970: the commit's. */
  readonly epoch: number;
  /** Where finished packages go. */
  readonly out: string;
  /** A temporary folder. */
  readonly temporary: string;
  /** Packs badly, and ten times as fast: for tests. */
  readonly quick: boolean;
}
