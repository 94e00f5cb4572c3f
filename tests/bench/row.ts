/** What one measurement came to. */
export interface Figure {
  /** What was measured. */
  what: string;
  /** What it is measured against, in the same run; empty where the figure stands by itself. */
  floor: string;
  /** `×`: as a ratio to the floor; else the unit of the figures themselves. */
  unit: "×" | "%" | "B" | "calls" | "files" | "ms";
  min: number;
  median: number;
  max: number;
  /** What the median must not pass; of `at least`: must not fall below. */
  limit: number;
  atLeast?: boolean;
  /** Beside it: the floor in milliseconds, or what the figure does not say. */
  note?: string;
}

/** How a benchmark is run. */
export interface BenchOptions {
  /** Fewer rounds and smaller histories. */
  quick: boolean;
}

/** One row of the table, or a few that are measured together. */
export interface Row {
  name: string;
  /** Says that it measures neither time nor CPU, so that others may be measured meanwhile. */
  undisturbed?: boolean;
  /** Fetches what it needs from elsewhere, which may take minutes and is not counted. */
  prepare?(): Promise<void>;
  measure(options: BenchOptions): Promise<Figure[]>;
}

/** Tells whether a figure is what it must be. */
export function holds({ median, limit, atLeast }: Figure): boolean {
  return atLeast ? median >= limit : median <= limit;
}
