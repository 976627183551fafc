import { PendingCalls } from "../extension/http-client";
import { Fault, Faults } from "../host/faults";
import { Host } from "../host/host";
import { PARENT } from "./callback-log";
import { configure, forgetCalls, setInfo } from "./configure";
import { Contexts, RootContext, StreamContext } from "./contexts";
import { MemoryGauge } from "./memory-gauge";
import { StandardMetrics } from "./standard";
import { StreamPool } from "./stream-pool";
import { Callback } from "./callback";

/** After how many flushes `filter_info` is set again: a configuration that went may have set it to 0 since. */
const INFO_TICKS: u32 = 10;

/** How configurations and connections come, live and go. Unknown ids are harmless. */
export class Lifecycle {
  static createContext(id: u32, parent: u32): void {
    if (parent == 0) Host.log.open();
    Callback.begin("on_context_create", id, PARENT, parent);
    if (Contexts.has(id)) forget(id);
    const root = Contexts.root(parent);
    if (parent == 0) Contexts.addRoot(new RootContext(), id);
    else createStream(id, root);
    Callback.end(root);
  }

  static startVm(root: u32, size: i32): void {
    Callback.begin("on_vm_start", root, "size", size);
    Callback.end(null);
  }

  /** Whether the configuration was accepted. */
  static configure(id: u32, size: i32): bool {
    Callback.begin("on_configure", id, "size", size);
    const root = Contexts.root(id);
    const accepted = root !== null && configure(root, size);
    Callback.end(root);
    return accepted;
  }

  /** Frees what configuring left behind. Only with nothing on the stack: the collector does not look there. */
  static collect(): void {
    if (Callback.isIdle) __collect();
  }

  static tick(id: u32): void {
    Callback.begin("on_tick", id);
    const root = Contexts.root(id);
    Host.log.tick();
    if (root !== null) tickRoot(root);
    Callback.end(root);
  }

  static done(id: u32): void {
    Callback.begin("on_done", id);
    const root = Contexts.root(id);
    if (root !== null) endRoot(root);
    Callback.end(root);
  }

  /** The end of a connection; of a configuration: a line of the access log that it writes. */
  static log(id: u32): void {
    const root = Contexts.root(id);
    if (root !== null) {
      logEntry(root);
      return;
    }
    const stream = Callback.beginStream("on_log", id);
    if (stream === null) return;
    const filter = stream.filter;
    stream.isLogged = true;
    if (filter !== null) filter.onLog();
    stream.root.flush();
    Callback.endStream(stream);
  }

  static deleteContext(id: u32): void {
    Callback.begin("on_delete", id);
    const root = Contexts.rootOf(id);
    if (root !== null) forget(id);
    else Faults.report(Fault.unknownContext, "a context was deleted that is not known");
    Callback.end(root);
  }
}

function createStream(id: u32, root: RootContext | null): void {
  if (root === null) {
    Faults.report(Fault.unknownContext, "a connection came for a configuration that is not known");
    return;
  }
  const stream = StreamPool.take(root);
  if (stream !== null && Contexts.addStream(stream, id)) MemoryGauge.serve(root);
  else Faults.report(Fault.outOfMemory, "no memory for a connection");
}

function tickRoot(root: RootContext): void {
  const plugin = root.plugin;
  if (plugin === null) return;
  plugin.tick();
  root.ticks++;
  if (root.ticks % root.ticksPerFlush != 0) return;
  if (root.ticks % (INFO_TICKS * root.ticksPerFlush) == 0) setInfo(root, 1);
  MemoryGauge.update(root);
  root.flush();
}

function logEntry(root: RootContext): void {
  Callback.begin("on_log", root.id);
  const plugin = root.plugin;
  if (plugin !== null) plugin.onAccessLog();
  Callback.end(root);
}

/** The proxy will not speak of `id` again. */
function forget(id: u32): void {
  const root = Contexts.root(id);
  if (root !== null) {
    endRoot(root); // no effect when on_done came before, as it should
    Contexts.removeRoot(root);
  }
  const stream = Contexts.stream(id);
  if (stream !== null) forgetStream(stream);
}

function forgetStream(stream: StreamContext): void {
  const filter = stream.filter;
  if (filter !== null) filter.onDelete();
  const calls = PendingCalls.active;
  if (calls !== null) calls.forget(stream.id);
  if (!stream.isLogged) stream.root.flush();
  Contexts.removeStream(stream);
  StreamPool.give(stream);
}

function endRoot(root: RootContext): void {
  const plugin = root.plugin;
  if (plugin === null) return;
  plugin.onDone();
  forgetCalls(plugin);
  MemoryGauge.leave(root);
  root.flush();
  root.plugin = null;
  root.free = null;
  clearInfo(root);
}

/** Sets those `filter_info` of `root`, which is over, to 0 that no other configuration of this VM shows. */
function clearInfo(root: RootContext): void {
  let standard = root.standard;
  while (standard !== null) {
    if (!isShown(standard)) standard.setInfo(0);
    standard = standard.next;
  }
}

/** Whether a configuration that is not over shows the same `filter_info` as `standard`. */
function isShown(standard: StandardMetrics): bool {
  let root = Contexts.roots;
  while (root !== null) {
    if (root.plugin !== null && standard.isInfoAmong(root.standard)) return true;
    root = root.next;
  }
  return false;
}
