import { Case, loosen, type LooseCase } from "./case.ts";
import type { Seed } from "./corpus.ts";
import type { Code } from "./driver.ts";
import { DriverFault } from "./hostcalls.ts";
import { Delta, examine, type Finding, recordDifferences } from "./examine.ts";
import { Generator } from "./generate.ts";
import { FastRandom } from "./random.ts";
import { Recutter } from "./recut.ts";
import type { Setup } from "./setup.ts";
import { Subject } from "./subject.ts";
import type { Target } from "./target.ts";

/** Cases in a row in one VM, behind which the invariants are checked: all are closed then, and sums hide nothing. */
export const BATCH = 32;

/** One case in so many is cut anew, one in so many looked at in a VM of its own. */
const RECUT_EVERY = 4;
const EXAMINE_EVERY = 1_024;

/** Behind so many batches a VM gets its configuration anew; few times, as every time defines all metrics. */
const RESTARTS: readonly number[] = [1, 4, 16, 64, 256, 1_024];

interface Known {
  readonly subject: Subject;
  readonly delta: Delta;
  batches: number;
}

/** A finding with what it was found by. */
export interface Found extends Finding {
  readonly setup: Setup;
  /** Of the case; of the last case of its batch where none of it does it alone. */
  readonly index: number;
  readonly loose: LooseCase;
  /** It shows in a VM of its own. */
  readonly isAlone: boolean;
}

/** Plays cases by number: the same seed and number are the same case in the same configuration. */
export class Fuzzer {
  private readonly code: Code;
  private readonly target: Target;
  private readonly seed: number;
  private readonly random = new FastRandom();
  private readonly aside = new FastRandom();
  private readonly generator: Generator;
  private readonly recutter = new Recutter(this.aside);
  private readonly subjects = new Map<Setup, Known>();
  private readonly flat = new Case();
  private readonly other = new Case();

  constructor(code: Code, target: Target, corpus: readonly Seed[], seed: number) {
    this.code = code;
    this.target = target;
    this.seed = seed;
    this.generator = new Generator(corpus, target.speech(corpus), this.random);
  }

  /** Makes a case, valid until the next call. */
  make(index: number): Case {
    this.random.reseed(this.seed, index);
    this.generator.next(this.flat);
    return this.flat;
  }

  setupOf(batch: number): Setup {
    this.aside.reseed(this.seed ^ 0x5e7, batch);
    return this.aside.pick(this.target.setups);
  }

  setupOfCase(index: number): Setup {
    return this.setupOf(Math.floor(index / BATCH));
  }

  /** Plays the cases `batch * BATCH` and following. `before` is told the number of each. */
  runBatch(batch: number, before: (index: number) => void): Found | undefined {
    const setup = this.setupOf(batch);
    const first = batch * BATCH;
    for (let index = first; index < first + BATCH; index++) {
      before(index);
      const finding = this.run(index, setup);
      if (finding !== undefined) return this.found(finding, setup, index);
    }
    const known = this.subjectOf(setup);
    const { subject } = known;
    if (RESTARTS.includes(++known.batches)) subject.restart();
    const broken = subject.violations();
    if (broken.length > 0) return this.locate({ kind: "invariant", text: broken.join("; ") }, setup, first);
    const { memoryBytes } = subject.driver;
    if (memoryBytes <= setup.mostMemory) return undefined;
    return this.locate({ kind: "memory", text: `${memoryBytes} bytes of memory` }, setup, first);
  }

  /** Looks at one case by itself. */
  runAlone(index: number): Found | undefined {
    const setup = this.setupOfCase(index);
    const flat = this.make(index);
    const finding = examine(this.code, this.target, setup, flat);
    return finding && { ...finding, setup, index, loose: loosen(flat), isAlone: true };
  }

  /** Names of everything that was counted at least once, without protocol and prefix. */
  coverage(): { readonly hit: string[]; readonly defined: string[] } {
    const hit = new Set<string>();
    const all = new Set<string>();
    for (const { subject } of this.subjects.values()) {
      subject.driver.settle();
      for (const stat of subject.driver.defined) {
        const name = stat.fullName.split(".").slice(3).join(".");
        all.add(name);
        if (stat.kind === "histogram" ? stat.count > 0 : stat.value !== 0n) hit.add(name);
      }
    }
    return { hit: [...hit], defined: [...all] };
  }

  private run(index: number, setup: Setup): Finding | undefined {
    const flat = this.make(index);
    const { subject, delta } = this.subjectOf(setup);
    const recuts = index % RECUT_EVERY === 0 && !setup.isScarce;
    try {
      if (!recuts) {
        subject.play(flat);
      } else {
        const finding = this.playTwice(subject, delta, flat, index);
        if (finding !== undefined) return finding;
      }
    } catch (error) {
      if (error instanceof DriverFault) return { kind: "fault", text: error.message };
      throw error;
    }
    return index % EXAMINE_EVERY === 0 ? examine(this.code, this.target, setup, flat) : undefined;
  }

  private playTwice(subject: Subject, delta: Delta, flat: Case, index: number): Finding | undefined {
    subject.keepsRecords = true;
    delta.start();
    subject.play(flat);
    delta.keep();
    const records = [...subject.records];
    this.aside.reseed(this.seed ^ 0xc07, index);
    this.recutter.recut(flat, this.other);
    delta.start();
    subject.play(this.other);
    subject.keepsRecords = false;
    const changed = [...delta.differences(), ...recordDifferences(records, subject.records)];
    return changed.length > 0 ? { kind: "cut", text: changed.join("; ") } : undefined;
  }

  /** Which case of a batch it is. */
  private locate(finding: Finding, setup: Setup, first: number): Found {
    for (let index = first; index < first + BATCH; index++) {
      const alone = examine(this.code, this.target, setup, this.make(index));
      if (alone !== undefined) return this.found(alone, setup, index);
    }
    return this.found(finding, setup, first + BATCH - 1);
  }

  /** The VM is not to be trusted any more: the next case gets a fresh one. */
  private found(finding: Finding, setup: Setup, index: number): Found {
    this.subjects.delete(setup);
    const flat = this.make(index);
    const alone = examine(this.code, this.target, setup, flat);
    return { ...(alone ?? finding), setup, index, loose: loosen(flat), isAlone: alone !== undefined };
  }

  private subjectOf(setup: Setup): Known {
    let known = this.subjects.get(setup);
    if (known === undefined) {
      const subject = new Subject(this.code, this.target, setup);
      known = { subject, delta: new Delta(subject.driver), batches: 0 };
      this.subjects.set(setup, known);
    }
    return known;
  }
}
