/** A number on the page, with what it says that it is. */
export interface Figure {
  readonly metric: string;
  readonly show: string;
  readonly text: string;
}

/** All that the page shows of one scrape. */
export interface Shown {
  readonly scrape: number;
  /** What rates and latencies are against. */
  readonly sinceScrape: number;
  /** Between the two. */
  readonly seconds: number;
  readonly figures: readonly Figure[];
}

/** A row of the comparison. */
export interface ShownRow {
  readonly name: string;
  readonly filter: string;
  readonly state: string;
}

export function readFigures(): Shown | undefined;
export function readComparison(): { readonly scrape: number; readonly rows: readonly ShownRow[] };
export function readColours(): readonly (readonly [text: string, ground: string])[];
export function readNameless(): readonly string[];
export function readWidth(): number;
export function leaveAlone(): void;
export function forgetChoices(): void;
