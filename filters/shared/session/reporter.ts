import { Buffer, BufferPool } from "../../../assembly/bytes/buffer";
import { Surroundings } from "./surroundings";

/** Kinds of anomalies that a protocol may have. */
const MAX_KINDS: i32 = 64;

/** Occurrences of one kind that one connection may count, so that no connection drowns the others. */
export const MAX_PER_KIND: u16 = 1_000;

/** Whether the proxy encrypts the client's side. */
const enum ProxyTls {
  unasked,
  yes,
  no,
}

/** What the parts of a session report through, so that no connection counts more than it may. */
export abstract class ConnectionReporter {
  /** How often each kind of anomaly was seen; null until there is one. */
  private counts: Buffer | null = null;
  private proxyTls: ProxyTls = ProxyTls.unasked;

  /** The protocol's own TLS was started, though what is read is in clear: it ends between client and filter. */
  isTlsEndedBefore: bool = false;

  constructor(readonly surroundings: Surroundings) {}

  begin(): void {
    this.release();
    this.isTlsEndedBefore = false;
    this.proxyTls = ProxyTls.unasked;
  }

  /** Whether neither the proxy nor the protocol encrypts the client's side. The proxy is asked once per connection. */
  get isInClear(): bool {
    if (this.isTlsEndedBefore) return false;
    if (this.proxyTls == ProxyTls.unasked) {
      this.proxyTls = this.surroundings.isEncrypted() ? ProxyTls.yes : ProxyTls.no;
    }
    return this.proxyTls == ProxyTls.no;
  }

  /** The connection is over: gives back what is held for it. */
  release(): void {
    const counts = this.counts;
    if (counts === null) return;
    COUNTS.give(counts);
    this.counts = null;
  }

  /** Whether one more anomaly of this kind counts, of at most `cap`. Without memory to count it in, it does. */
  protected admits(kind: i32, cap: u16 = MAX_PER_KIND): bool {
    const counts = this.openCounts();
    if (counts === null) return true;
    const place = counts.pointer + ((<usize>kind) << 1);
    const count = load<u16>(place);
    if (count >= cap) return false;
    store<u16>(place, count + 1);
    return true;
  }

  private openCounts(): Buffer | null {
    let counts = this.counts;
    if (counts !== null) return counts;
    counts = COUNTS.take();
    if (counts !== null) memory.fill(counts.pointer, 0, <usize>counts.capacity);
    this.counts = counts;
    return counts;
  }
}

/** Counts of 16 bits, one for each kind; all connections of a VM share them. */
const COUNTS = new BufferPool(MAX_KINDS << 1);
