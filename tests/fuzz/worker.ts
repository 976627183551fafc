// One of the fuzzer's threads: plays every n-th batch until it is told to stop.

import { parentPort, workerData } from "node:worker_threads";
import { compile } from "./driver.ts";
import { readCorpus } from "./corpus.ts";
import { BATCH, Fuzzer, type Found } from "./fuzzer.ts";
import { targetOf } from "./target.ts";

/** What a thread is started with. */
export interface WorkerData {
  readonly filter: Uint8Array;
  readonly ledger: Uint8Array;
  readonly corpus: string;
  readonly protocol: string;
  readonly seed: number;
  /** The first case. */
  readonly from: number;
  readonly job: number;
  readonly jobs: number;
  readonly cases: number;
  readonly goesOn: boolean;
  /** Of 64-bit numbers: whether to stop, then for each thread cases done and the one at hand. */
  readonly shared: BigInt64Array;
}

/** What it says: a finding, and at the end what was counted at least once. */
export type WorkerMessage =
  | { readonly kind: "found"; readonly found: Found }
  | { readonly kind: "coverage"; readonly hit: readonly string[]; readonly defined: readonly string[] };

/** Batches between two reports of the coverage. */
const REPORT_EVERY = 1_024;

if (parentPort !== null) run(workerData as WorkerData, (message) => parentPort?.postMessage(message));

function run(data: WorkerData, say: (message: WorkerMessage) => void): void {
  const { shared, job, jobs, seed, from } = data;
  const code = compile(data.filter, data.ledger);
  const target = targetOf(data.protocol);
  const fuzzer = new Fuzzer(code, target, readCorpus(data.corpus, data.protocol), seed);
  const done = 1 + 2 * job;
  const before = (index: number): void => {
    shared[done + 1] = BigInt(index);
  };
  let played = 0;
  const first = from / BATCH;
  const end = (from + data.cases) / BATCH;
  for (let batch = first + job; batch < end && Atomics.load(shared, 0) === 0n; batch += jobs) {
    const found = fuzzer.runBatch(batch, before);
    shared[done] = BigInt((shared[done] ?? 0n) + BigInt(BATCH));
    if (++played % REPORT_EVERY === 0) say({ kind: "coverage", ...fuzzer.coverage() });
    if (found === undefined) continue;
    say({ kind: "found", found });
    if (!data.goesOn) break;
  }
  say({ kind: "coverage", ...fuzzer.coverage() });
}
