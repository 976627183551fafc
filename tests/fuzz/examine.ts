import { Case } from "./case.ts";
import type { Code, Driver } from "./driver.ts";
import { DriverFault } from "./hostcalls.ts";
import { FastRandom } from "./random.ts";
import { Recutter } from "./recut.ts";
import type { Setup } from "./setup.ts";
import { Subject } from "./subject.ts";
import type { Target } from "./target.ts";

/** What was found wrong. */
export interface Finding {
  /** `fault`: a trap, a refused host call, a bad record; `invariant`; `leak`; `repeat`: played again, other metrics; `cut`: cut otherwise, other metrics; `memory`; `hang`; `verdict`: a configuration accepted that has to be refused, or the other way round. */
  readonly kind: "fault" | "invariant" | "leak" | "repeat" | "cut" | "memory" | "hang" | "verdict";
  readonly text: string;
}

/** Times a case is played before the budget has to stand still: which connection gets which reused filter may change. */
const SETTLES_AFTER = 4;

/** Ways to cut that a thorough look tries. */
const RECUTS = 12;

/** Differences that are named. */
const MOST_NAMED = 6;

/** Memory and what is defined on first use belong to the VM, not to the case. */
const OWN = /\.filter_(memory_bytes|info)\b|\.limits_reached_total\.cap\.metrics$/;

/** What the metrics of a VM grew by in a case. */
export class Delta {
  private readonly driver: Driver;
  private before: Int32Array = new Int32Array(0);
  private first: Int32Array = new Int32Array(0);

  constructor(driver: Driver) {
    this.driver = driver;
  }

  /** What counts begins here. */
  start(): void {
    this.before = this.copy(this.before);
  }

  /** Keeps what was added since `start` as what is right. */
  keep(): void {
    const words = this.driver.ledger.words;
    if (this.first.length < words.length) this.first = new Int32Array(words.length);
    const { places, before, first } = this;
    for (const half of [0, 1]) {
      const base = half * (words.length / 2);
      for (let i = base; i < base + places; i++) first[i] = (words[i] ?? 0) - (before[i] ?? 0);
    }
  }

  /** Where what was added since `start` is not what was kept. */
  differences(): string[] {
    const words = this.driver.ledger.words;
    const { places, before, first } = this;
    const found: string[] = [];
    for (const half of [0, 1]) {
      const base = half * (words.length / 2);
      // The low word of each is enough: no case adds 2^32.
      for (let i = base + 2; i < base + places; i += 2) {
        const added = ((words[i] ?? 0) - (before[i] ?? 0)) | 0;
        if (added === first[i]) continue;
        const name = this.driver.defined[(i - base) / 2 - 1]?.fullName ?? "?";
        if (!OWN.test(name))
          found.push(`${name}${half === 1 ? " (sum)" : ""} ${added} instead of ${first[i]}`);
      }
    }
    return found.length > MOST_NAMED ? [...found.slice(0, MOST_NAMED), "…"] : found;
  }

  private get places(): number {
    return (this.driver.defined.length + 1) * 2;
  }

  private copy(into: Int32Array): Int32Array {
    const words = this.driver.ledger.words;
    const copy = into.length === words.length ? into : new Int32Array(words.length);
    const { places } = this;
    copy.set(words.subarray(0, places));
    copy.set(words.subarray(words.length / 2, words.length / 2 + places), words.length / 2);
    return copy;
  }
}

const again = new Case();

/** Plays a case in a VM of its own: as it is, again, and cut in other ways. The first thing that is wrong, if any. */
export function examine(code: Code, target: Target, setup: Setup, flat: Case): Finding | undefined {
  try {
    return look(new Subject(code, target, setup), flat);
  } catch (error) {
    if (error instanceof DriverFault) return { kind: "fault", text: error.message };
    throw error;
  }
}

function look(subject: Subject, flat: Case): Finding | undefined {
  const { driver, setup } = subject;
  subject.keepsRecords = true;
  subject.play(flat);
  const broken = subject.violations();
  if (broken.length > 0) return { kind: "invariant", text: broken.join("; ") };
  for (let i = 1; i < SETTLES_AFTER; i++) subject.play(flat);
  const delta = new Delta(driver);
  const budget = driver.budgetUsed;
  delta.start();
  subject.play(flat);
  delta.keep();
  const records = [...subject.records];
  if (driver.budgetUsed !== budget)
    return { kind: "leak", text: `played again, it takes ${driver.budgetUsed - budget} bytes more` };
  // Which connection gets what is scarce depends on what was given back last.
  if (setup.isScarce) return restarted(subject, flat);
  delta.start();
  subject.play(flat);
  const changed = delta.differences();
  if (changed.length > 0) return { kind: "repeat", text: changed.join("; ") };
  const recutter = new Recutter(new FastRandom(1, 1));
  for (let i = 0; i < RECUTS; i++) {
    recutter.recut(flat, again);
    delta.start();
    subject.play(again);
    const other = [...delta.differences(), ...recordDifferences(records, subject.records)];
    if (other.length > 0) return { kind: "cut", text: other.join("; ") };
  }
  return restarted(subject, flat);
}

/** The same in the memory that another configuration has left. */
function restarted(subject: Subject, flat: Case): Finding | undefined {
  subject.restart();
  subject.play(flat);
  const broken = subject.violations();
  return broken.length > 0 ? { kind: "invariant", text: `restarted: ${broken.join("; ")}` } : undefined;
}

/** Where the records of the same case differ. */
export function recordDifferences(expected: readonly string[], found: readonly string[]): string[] {
  const at = expected.findIndex((record, i) => record !== found[i]);
  if (at < 0) return expected.length === found.length ? [] : ["another number of records"];
  return [`record ${found[at]} instead of ${expected[at]}`];
}
