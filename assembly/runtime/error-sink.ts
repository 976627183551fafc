import { LOG_ERROR, LOG_WARN, STATUS_NAMES, STATUS_OK } from "../abi/constants";
import { Text } from "../bytes/text";
import { OnError } from "../extension/plugin";
import { FAULT_COUNT, Fault, Faults } from "../host/faults";
import { Host } from "../host/host";
import { Contexts, RootContext, StreamContext } from "./contexts";
import { Line } from "./line";
import { StandardMetrics } from "./standard";

/** How long one kind of fault is logged only once, in nanoseconds. */
const INTERVAL: u64 = 60_000_000_000;

/** The kind behind the faults: a refusal that nobody reported. */
const REFUSAL: i32 = FAULT_COUNT;

/** For each kind when it was last logged, 0 for never. */
const logged: usize = memory.data(40);

/**
 * Where faults end: counted in `filter_errors_total{kind}`, logged once per kind and interval; a filter that had one
 * gets no more data of that connection. Traffic passes, unless its plugin wants such connections closed.
 *
 * The line says in which configuration, callback and link, after which refused host call:
 * `heirloom.smtp: edge: on_downstream_data: get_buffer_bytes: status 2 (bad argument): the proxy refused …`.
 */
export class ErrorSink {
  /** Whether there is anything to deal with. */
  static get isWanted(): bool {
    return (Faults.pending | (<u32>Faults.status)) != 0;
  }

  /** Deals with what was reported during the callback of `stream`. True when that closes the connection. */
  static ofStream(stream: StreamContext): bool {
    const isItsOwn = Faults.pending != 0 && !Faults.areContained;
    ErrorSink.ofRoot(stream.root);
    if (!isItsOwn) return false;
    stream.isBlind = true;
    const plugin = stream.plugin;
    if (plugin === null || plugin.onError != OnError.close) return false;
    const isClosed = Host.stream.close();
    if (ErrorSink.isWanted) ErrorSink.ofRoot(stream.root);
    return isClosed;
  }

  /** Deals with what was reported outside of any connection; any configuration may count it. */
  static ofRoot(known: RootContext | null): void {
    const root = known !== null ? known : Contexts.roots;
    if (root !== null) count(root.standard);
    if (isDue()) {
      writeChain(Line.beginAt(root));
      Line.write(Faults.pending == 0 ? LOG_WARN : LOG_ERROR);
    }
    Faults.clear();
  }
}

/** Writes which link it was, which host call was refused before it, and what was reported. */
export function writeChain(line: Text): void {
  if (Faults.link.length > 0) line.string("link ").string(Faults.link).string(": ");
  if (Faults.status != STATUS_OK) {
    line.string(Faults.call).string(": status ").signed(Faults.status);
    const name = statusName(Faults.status);
    if (name.length > 0) line.string(" (").string(name).string(")");
    line.string(": ");
  }
  line.string(Faults.pending == 0 ? "the proxy refused" : Faults.detail);
}

/** "" where the ABI has none. */
function statusName(status: i32): string {
  return <u32>status < <u32>STATUS_NAMES.length ? unchecked(STATUS_NAMES[status]) : "";
}

function count(standard: StandardMetrics | null): void {
  if (standard === null) return;
  for (let fault = 0; fault < FAULT_COUNT; fault++) {
    if ((Faults.pending & ((<u32>1) << (<u32>fault))) != 0) standard.countError(<Fault>fault);
  }
}

/** Whether its kind was not logged for an interval; from now on it was. */
function isDue(): bool {
  const now = Host.clock.now();
  const kind = Faults.pending == 0 ? REFUSAL : <i32>Faults.first;
  const last = logged + ((<usize>kind) << 3);
  if (load<u64>(last) != 0 && now - load<u64>(last) < INTERVAL) return false;
  store<u64>(last, max(now, 1));
  return true;
}
