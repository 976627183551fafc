/** What can go wrong without being a peer's doing; the values of `filter_errors_total{kind}` in this order. */
export const enum Fault {
  /** The proxy refused a host call that should have worked. */
  hostCall = 0,
  /** Memory for a buffer or an object was refused. */
  outOfMemory = 1,
  /** A callback came for a context that was never announced or is gone. */
  unknownContext = 2,
  /** A filter reported that it cannot go on. */
  filterFault = 3,
}

export const FAULT_NAMES: string[] = ["host_call", "out_of_memory", "unknown_context", "filter_fault"];

/** How many kinds of fault there are. */
export const FAULT_COUNT: i32 = 4;

/**
 * Where any layer leaves word of a fault. The runtime looks after every callback, counts, logs and stops handing
 * data to the filter of that connection; traffic passes.
 */
export class Faults {
  /** Bit `1 << fault` for each kind reported since the last `clear`. */
  static pending: u32 = 0;
  /** Whether a chain has switched off whoever reported them: the others go on. */
  static areContained: bool = false;
  private static reports: u32 = 0;
  private static contained: u32 = 0;
  /** What the last report said, for the log. */
  static detail: string = "";

  /** `detail` must be a constant: it is kept and logged. */
  static report(fault: Fault, detail: string): void {
    Faults.pending |= (<u32>1) << (<u32>fault);
    Faults.detail = detail;
    Faults.reports++;
  }

  /** For a chain, behind each callback of a link: whether that reported something, which is then its business alone. */
  static contain(): bool {
    if (Faults.reports == Faults.contained) return false;
    Faults.contained = Faults.reports;
    Faults.areContained = true;
    return true;
  }

  static clear(): void {
    Faults.pending = 0;
    Faults.areContained = false;
    Faults.contained = Faults.reports;
  }
}
