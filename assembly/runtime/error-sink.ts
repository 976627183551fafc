import { LOG_ERROR } from "../abi/constants";
import { FAULT_COUNT, FAULT_NAMES, Fault, Faults } from "../host/faults";
import { Host } from "../host/host";
import { OnError } from "../extension/plugin";
import { Contexts, RootContext, StreamContext } from "./contexts";
import { StandardMetrics } from "./standard";

/** How long one kind of fault is logged only once, in nanoseconds. */
const INTERVAL: u64 = 60_000_000_000;

/** For each kind when it was last logged, 0 for never. */
const logged: usize = memory.data(32);

/**
 * Where faults end: counted in `filter_errors_total{kind}`, logged once per kind and interval; a filter that had one
 * gets no more data of that connection. Traffic passes, unless its plugin wants such connections closed.
 */
export class ErrorSink {
  /** Deals with what was reported during the callback of `stream`. True when that closes the connection. */
  static ofStream(stream: StreamContext): bool {
    const isContained = Faults.areContained;
    ErrorSink.settle(stream.root);
    if (isContained) return false;
    stream.isBlind = true;
    const plugin = stream.plugin;
    return plugin !== null && plugin.onError == OnError.close && Host.stream.close();
  }

  /** Deals with what was reported outside of any connection; any configuration may count it. */
  static ofRoot(root: RootContext | null): void {
    ErrorSink.settle(root !== null ? root : Contexts.roots);
  }

  private static settle(root: RootContext | null): void {
    const pending = Faults.pending;
    Faults.clear();
    let standard: StandardMetrics | null = null;
    if (root !== null) standard = root.standard;
    for (let fault = 0; fault < FAULT_COUNT; fault++) {
      if ((pending & ((<u32>1) << (<u32>fault))) == 0) continue;
      if (standard !== null) standard.countError(<Fault>fault);
      ErrorSink.log(root, fault);
    }
  }

  private static log(root: RootContext | null, fault: i32): void {
    const now = Host.clock.now();
    const last = logged + ((<usize>fault) << 3);
    if (load<u64>(last) != 0 && now - load<u64>(last) < INTERVAL) return;
    store<u64>(last, max(now, 1));
    const name = root === null ? "heirloom" : root.name;
    Host.log.write(LOG_ERROR, name + ": " + unchecked(FAULT_NAMES[fault]) + ": " + Faults.detail);
  }
}
