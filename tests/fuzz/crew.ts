import { Worker } from "node:worker_threads";
import { loosen } from "./case.ts";
import type { Code } from "./driver.ts";
import { Fuzzer, type Found } from "./fuzzer.ts";
import type { Seed } from "./corpus.ts";
import { signature } from "./minimise.ts";
import type { Target } from "./target.ts";
import type { WorkerData, WorkerMessage } from "./worker.ts";

/** A case takes a fraction of a millisecond: one that goes on for so long does not end. */
const HANG_MS = 20_000;

const PROGRESS_MS = 2_000;

/** What a run came to. */
export interface Sum {
  readonly cases: number;
  /** Of those, the ones in a row from the first: where a later run can go on. */
  readonly inRow: number;
  readonly seconds: number;
  readonly found: readonly Found[];
  readonly hit: ReadonlySet<string>;
  readonly defined: ReadonlySet<string>;
}

export interface CrewOptions extends Omit<WorkerData, "job" | "shared" | "protocol"> {
  readonly seconds: number;
  readonly code: Code;
  readonly target: Target;
  readonly seeds: readonly Seed[];
  readonly progress: (line: string) => void;
}

/** Runs the threads of a fuzzing run, and watches over them. */
export class Crew {
  private readonly options: CrewOptions;
  private readonly shared: BigInt64Array;
  private readonly hit = new Set<string>();
  private readonly found: Found[] = [];
  private readonly signatures = new Set<string>();
  private readonly workers = new Map<number, Worker>();
  private readonly lastSeen = new Map<number, { index: bigint; at: number }>();
  private readonly defined = new Set<string>();

  constructor(options: CrewOptions) {
    this.options = options;
    this.shared = new BigInt64Array(new SharedArrayBuffer((1 + 2 * options.jobs) * 8));
  }

  async run(): Promise<Sum> {
    const started = Date.now();
    const ended = Array.from({ length: this.options.jobs }, (_, job) => this.start(job));
    const watch = setInterval(() => this.watch(started), PROGRESS_MS);
    const deadline =
      this.options.seconds === Infinity
        ? undefined
        : setTimeout(() => this.stop(), this.options.seconds * 1000);
    await Promise.all(ended);
    clearInterval(watch);
    clearTimeout(deadline);
    const seconds = (Date.now() - started) / 1000;
    return {
      cases: this.cases,
      inRow: this.inRow,
      seconds,
      found: this.found,
      hit: this.hit,
      defined: this.defined,
    };
  }

  private get cases(): number {
    return this.done.reduce((sum, one) => sum + one, 0);
  }

  /** Threads take batches in turn. */
  private get inRow(): number {
    return Math.min(...this.done) * this.options.jobs;
  }

  private get done(): number[] {
    return Array.from({ length: this.options.jobs }, (_, job) => Number(this.shared[1 + 2 * job]));
  }

  private start(job: number): Promise<void> {
    const { filter, ledger, corpus, seed, from, jobs, cases, goesOn, target } = this.options;
    const workerData: WorkerData = {
      ...{ filter, ledger, corpus, seed, from, jobs, cases, goesOn, protocol: target.name },
      job,
      shared: this.shared,
    };
    const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData });
    this.workers.set(job, worker);
    return new Promise((resolve, reject) => {
      worker.on("message", (message: WorkerMessage) => this.hear(message));
      worker.on("error", reject);
      worker.on("exit", () => {
        this.workers.delete(job);
        resolve();
      });
    });
  }

  private hear(message: WorkerMessage): void {
    if (message.kind === "found") {
      this.keep(message.found);
      return;
    }
    for (const name of message.hit) this.hit.add(name);
    for (const name of message.defined) this.defined.add(name);
  }

  private keep(found: Found): void {
    const words = signature(found);
    if (this.signatures.has(words)) return;
    this.signatures.add(words);
    this.found.push(found);
    this.options.progress(`found: case ${found.index} (${found.setup.name}): ${found.kind}: ${found.text}`);
    if (!this.options.goesOn) this.stop();
  }

  private stop(): void {
    Atomics.store(this.shared, 0, 1n);
  }

  private watch(started: number): void {
    const seconds = (Date.now() - started) / 1000;
    const anomalies = [...this.hit].filter((name) => name.startsWith("anomalies_total.")).length;
    this.options.progress(
      `${this.cases} cases, ${Math.round(this.cases / seconds)}/s, hit: ${anomalies} anomalies, ` +
        `${this.hit.size} of ${this.defined.size} metrics; ${this.found.length} found`,
    );
    for (const [job, worker] of this.workers) {
      const index = this.shared[2 + 2 * job] ?? 0n;
      const last = this.lastSeen.get(job);
      if (last?.index !== index) this.lastSeen.set(job, { index, at: Date.now() });
      else if (Date.now() - last.at > HANG_MS) this.giveUp(job, worker, Number(index));
    }
  }

  private giveUp(job: number, worker: Worker, index: number): void {
    this.workers.delete(job);
    void worker.terminate();
    const fuzzer = new Fuzzer(this.options.code, this.options.target, this.options.seeds, this.options.seed);
    const setup = fuzzer.setupOfCase(index);
    const loose = loosen(fuzzer.make(index));
    this.keep({ kind: "hang", text: "does not end", setup, index, loose, isAlone: true });
  }
}
