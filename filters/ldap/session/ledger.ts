import { Block } from "../../../assembly/bytes/block";
import { Pooled } from "../../../assembly/bytes/pool";
import { Anomaly } from "../wire/anomalies";
import { WeighedPool } from "./weighed";

/** Kinds there are. */
const KINDS: i32 = 24;

/** Linear memory of the counts. */
const COUNTS_BYTES: u64 = 80;

/** Occurrences of one kind that one connection may count, so that no connection drowns the others. */
export const MAX_PER_KIND: u16 = 1_000;

/** How often a connection has shown each kind of anomaly, to hold it to its cap. */
@final
export class AnomalyLedger extends Pooled {
  private readonly counts: ArrayBuffer = Block.allocate(<usize>KINDS * sizeof<u16>());

  /** Forgets all counts. */
  clear(): void {
    memory.fill(Block.start(this.counts), 0, <usize>KINDS * sizeof<u16>());
  }

  /** Whether one more occurrence counts; if so it is entered. */
  admit(kind: Anomaly): bool {
    const place = Block.start(this.counts) + ((<usize>kind) << 1);
    const count = load<u16>(place);
    if (count >= MAX_PER_KIND) return false;
    store<u16>(place, count + 1);
    return true;
  }
}

/** Only connections that have shown an anomaly hold a ledger. */
export const LEDGERS = new WeighedPool<AnomalyLedger>(COUNTS_BYTES);
