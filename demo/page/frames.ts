import { sampleKey, type Sample } from "../../host/metrics/parse.ts";
import type { Frame } from "./messages.ts";

/** Five minutes of scrapes: what the plots show. */
const KEPT = 300;

/** Turns scrapes into frames, each saying only what is new, and keeps the last of them for who comes later. */
export class Frames {
  private readonly numbers = new Map<string, number>();
  private readonly values: number[] = [];
  /** What the oldest frame kept builds on, as one frame. */
  private base: Frame | undefined;
  private kept: Frame[] = [];

  /** All that somebody who comes now has to know. */
  get history(): readonly Frame[] {
    return this.base === undefined ? this.kept : [this.base, ...this.kept];
  }

  /** What the scrape says that the one before did not. */
  add(scrape: number, at: number, samples: readonly Sample[]): Frame {
    const added: string[] = [];
    const changed: number[] = [];
    for (const { name, labels, value } of samples) {
      const key = sampleKey(name, labels);
      const known = this.numbers.get(key);
      if (known !== undefined && this.values[known] === value) continue;
      const number = known ?? this.values.length;
      if (known === undefined) {
        this.numbers.set(key, number);
        added.push(key);
      }
      this.values[number] = value;
      changed.push(number, value);
    }
    const frame = { scrape, at, added, changed };
    this.kept.push(frame);
    if (this.kept.length > KEPT) this.base = merged(this.base, this.kept.shift() ?? frame);
    return frame;
  }
}

/** Two frames, one after the other, as one. */
function merged(first: Frame | undefined, second: Frame): Frame {
  if (first === undefined) return second;
  const values = new Map<number, number>();
  for (const { changed } of [first, second]) {
    for (let i = 0; i + 1 < changed.length; i += 2) values.set(changed[i] ?? 0, changed[i + 1] ?? 0);
  }
  return { ...second, added: [...first.added, ...second.added], changed: [...values].flat() };
}
