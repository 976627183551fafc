import type { Row } from "../compare.ts";
import type { Section } from "../view/report.ts";
import type { ComparedRow, ComparedSection } from "./messages.ts";

/**
 * Filter and book are read a moment apart, the filter counts up to a second late, and Envoy merges histograms once a
 * second: only a difference that nothing has moved for so long is one, in milliseconds.
 */
const STILL_MS = 5_000;

interface Seen {
  readonly filter: number;
  readonly book: number;
  readonly movedAt: number;
}

/** Tells differences from rows that are only on their way. */
export class Settling {
  private readonly seen = new Map<string, Seen>();

  /** The rows with what is to be thought of them at this time, in milliseconds of a clock that only goes forward. */
  judge(sections: readonly Section[], now: number): ComparedSection[] {
    return sections.map(({ title, rows }) => ({
      title,
      rows: rows.map((row) => this.judged(`${title} ${row.title} ${row.key}`, row, now)),
    }));
  }

  private judged(id: string, { equal, ...row }: Row, now: number): ComparedRow {
    const before = this.seen.get(id);
    const hasMoved = before === undefined || before.filter !== row.filter || before.book !== row.book;
    const movedAt = hasMoved ? now : before.movedAt;
    this.seen.set(id, { filter: row.filter, book: row.book, movedAt });
    const state = equal ? "equal" : now - movedAt < STILL_MS ? "settling" : "different";
    return { ...row, state };
  }
}

/** The rows at the end of the demo, when nothing moves any more. */
export function settled(sections: readonly Section[]): ComparedSection[] {
  return sections.map(({ title, rows }) => ({
    title,
    rows: rows.map(({ equal, ...row }) => ({ ...row, state: equal ? "equal" : "different" })),
  }));
}
