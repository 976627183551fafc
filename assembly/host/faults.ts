import { STATUS_OK } from "../abi/constants";

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
 * data to the filter of that connection; traffic passes. All texts are constants: they are kept and logged.
 */
export class Faults {
  /** Bit `1 << fault` for each kind reported since the last `clear`. */
  static pending: u32 = 0;
  /** Whether a chain has switched off whoever reported them: the others go on. */
  static areContained: bool = false;
  /** The kind of the first report, and what it said: later ones are mostly what follows from it. */
  static first: Fault = Fault.hostCall;
  static detail: string = "";
  /** The callback of the proxy that this is: `on_downstream_data`. */
  static callback: string = "";
  /** The link of a chain that reported it; "" outside of chains. */
  static link: string = "";
  /** The host call that the proxy refused last before it in the same callback: `get_buffer_bytes`. */
  static call: string = "";
  /** What the proxy answered (STATUS_…); STATUS_OK when it refused nothing. */
  static status: i32 = STATUS_OK;
  /** How many reports there were: two numbers that differ have one between them. */
  static reports: u32 = 0;
  private static contained: u32 = 0;

  static report(fault: Fault, detail: string): void {
    if (Faults.pending == 0) {
      Faults.first = fault;
      Faults.detail = detail;
    }
    Faults.pending |= (<u32>1) << (<u32>fault);
    Faults.reports++;
  }

  /** Remembers a host call that was refused: the fault that may follow names it. Always false. */
  static refused(call: string, status: i32): bool {
    if (Faults.pending == 0) {
      Faults.call = call;
      Faults.status = status;
    }
    return false;
  }

  /** For a chain, behind each callback of `link`: whether that reported something, which is then its business alone. */
  static contain(link: string): bool {
    if (Faults.reports == Faults.contained) return false;
    if (!Faults.areContained) Faults.link = link;
    Faults.contained = Faults.reports;
    Faults.areContained = true;
    return true;
  }

  static clear(): void {
    Faults.pending = 0;
    Faults.status = STATUS_OK;
    Faults.areContained = false;
    Faults.link = "";
    Faults.contained = Faults.reports;
  }
}

/** Whether the proxy did what the host call `call` asked for: `status` is what that returned. */
export function accepted(call: string, status: i32): bool {
  return status == STATUS_OK || Faults.refused(call, status);
}
