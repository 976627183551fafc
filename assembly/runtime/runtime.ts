import { BUFFER_DOWNSTREAM_DATA, BUFFER_UPSTREAM_DATA } from "../abi/constants";
import { Chunk } from "../extension/chunk";
import { Peer } from "../extension/filter";
import { Fault, Faults } from "../host/faults";
import { Host } from "../host/host";
import { configure, setInfo } from "./configure";
import { Contexts, RootContext, StreamContext } from "./contexts";
import { ErrorSink } from "./error-sink";
import { MEMORY_CEILING } from "./limits";
import { MemoryGauge } from "./memory-gauge";

/** After how many ticks `filter_info` is set again: a configuration that went may have set it to 0 since. */
const INFO_TICKS: u32 = 10;

/** What happens at each callback of the proxy. Nothing here ever holds traffic back, and unknown ids are harmless. */
export class Runtime {
  /** How many callbacks are on the stack. */
  private static depth: i32 = 0;
  private static readonly chunk: Chunk = new Chunk();

  static createContext(id: u32, parent: u32): void {
    Runtime.enter();
    if (Contexts.has(id)) Runtime.forget(id);
    if (parent == 0) Contexts.addRoot(new RootContext(), id);
    else Runtime.createStream(id, parent);
    Runtime.leaveRoot(null);
  }

  /** Whether the configuration was accepted. */
  static configure(id: u32, size: i32): bool {
    Runtime.enter();
    const root = Contexts.root(id);
    const accepted = root !== null && configure(root, size);
    Runtime.leaveRoot(root);
    return accepted;
  }

  /** Frees what configuring left behind. Only with nothing on the stack: the collector does not look there. */
  static collect(): void {
    if (Runtime.depth == 0) __collect();
  }

  static tick(id: u32): void {
    Runtime.enter();
    const root = Contexts.root(id);
    Host.log.tick();
    if (root !== null && root.plugin !== null) {
      root.ticks++;
      if (root.ticks % INFO_TICKS == 0) setInfo(root, 1);
      MemoryGauge.update(root);
      root.flush();
    }
    Runtime.leaveRoot(root);
  }

  static newConnection(id: u32): void {
    const stream = Runtime.enterStream(id);
    if (stream === null) return;
    const filter = stream.filter;
    if (filter !== null) filter.onNewConnection();
    Runtime.leaveStream(stream);
  }

  static downstreamData(id: u32, size: i32, endOfStream: bool): void {
    const stream = Runtime.enterStream(id);
    if (stream === null) return;
    const filter = stream.filter;
    if (filter !== null && !stream.isBlind) {
      Runtime.chunk.open(BUFFER_DOWNSTREAM_DATA, size);
      filter.onDownstreamData(Runtime.chunk, endOfStream);
    }
    Runtime.leaveStream(stream);
  }

  static upstreamData(id: u32, size: i32, endOfStream: bool): void {
    const stream = Runtime.enterStream(id);
    if (stream === null) return;
    const filter = stream.filter;
    if (filter !== null && !stream.isBlind) {
      Runtime.chunk.open(BUFFER_UPSTREAM_DATA, size);
      filter.onUpstreamData(Runtime.chunk, endOfStream);
    }
    Runtime.leaveStream(stream);
  }

  static downstreamClose(id: u32, peer: i32): void {
    const stream = Runtime.enterStream(id);
    if (stream === null) return;
    const filter = stream.filter;
    if (filter !== null) filter.onDownstreamClose(peerOf(peer));
    Runtime.leaveStream(stream);
  }

  static upstreamClose(id: u32, peer: i32): void {
    const stream = Runtime.enterStream(id);
    if (stream === null) return;
    const filter = stream.filter;
    if (filter !== null) filter.onUpstreamClose(peerOf(peer));
    Runtime.leaveStream(stream);
  }

  static done(id: u32): void {
    Runtime.enter();
    const root = Contexts.root(id);
    if (root !== null) Runtime.endRoot(root);
    Runtime.leaveRoot(root);
  }

  static log(id: u32): void {
    if (Contexts.root(id) !== null) return;
    const stream = Runtime.enterStream(id);
    if (stream === null) return;
    const filter = stream.filter;
    stream.isLogged = true;
    if (filter !== null) filter.onLog();
    stream.root.flush();
    Runtime.leaveStream(stream);
  }

  static deleteContext(id: u32): void {
    Runtime.enter();
    if (Contexts.has(id)) Runtime.forget(id);
    else Faults.report(Fault.unknownContext, "a context was deleted that is not known");
    Runtime.leaveRoot(null);
  }

  private static createStream(id: u32, parent: u32): void {
    const root = Contexts.root(parent);
    if (root === null) {
      Faults.report(Fault.unknownContext, "a connection came for a configuration that is not known");
      return;
    }
    const stream = Runtime.takeStream(root);
    if (stream !== null && Contexts.addStream(stream, id)) MemoryGauge.serve(root);
    else Faults.report(Fault.outOfMemory, "no memory for a connection");
  }

  /** A connection with its filter, used before or new; null when memory is gone. */
  private static takeStream(root: RootContext): StreamContext | null {
    const used = root.free;
    if (used !== null) {
      root.free = used.next;
      used.next = null;
      used.isBlind = false;
      used.isLogged = false;
      return used;
    }
    if (<u64>memory.size() * 65536 > MEMORY_CEILING) return null;
    const stream = new StreamContext(root);
    const plugin = root.plugin;
    stream.plugin = plugin;
    if (plugin !== null) stream.filter = plugin.newFilter();
    return stream;
  }

  private static forget(id: u32): void {
    const root = Contexts.root(id);
    if (root !== null) {
      Runtime.endRoot(root); // no effect when on_done came before, as it should
      Contexts.removeRoot(root);
    }
    const stream = Contexts.stream(id);
    if (stream === null) return;
    const filter = stream.filter;
    if (filter !== null) filter.onDelete();
    if (!stream.isLogged) stream.root.flush();
    Contexts.removeStream(stream);
    const owner = stream.root;
    if (stream.plugin !== owner.plugin) return; // made for a configuration that was replaced
    stream.next = owner.free;
    owner.free = stream;
  }

  private static endRoot(root: RootContext): void {
    const plugin = root.plugin;
    if (plugin === null) return;
    plugin.onDone();
    MemoryGauge.leave(root);
    root.flush();
    if (!isShownByOther(root)) setInfo(root, 0);
    root.plugin = null;
    root.free = null;
  }

  private static enter(): void {
    Runtime.depth++;
    Host.clock.forget();
  }

  private static enterStream(id: u32): StreamContext | null {
    Runtime.enter();
    const stream = Contexts.stream(id);
    if (stream === null) {
      Faults.report(Fault.unknownContext, "a callback came for a connection that is not known");
      Runtime.leaveRoot(null);
    }
    return stream;
  }

  private static leaveStream(stream: StreamContext): void {
    Runtime.depth--;
    if (Faults.pending != 0) ErrorSink.ofStream(stream);
  }

  private static leaveRoot(root: RootContext | null): void {
    Runtime.depth--;
    if (Faults.pending != 0) ErrorSink.ofRoot(root);
  }
}

function peerOf(peer: i32): Peer {
  return peer == <i32>Peer.local || peer == <i32>Peer.remote ? <Peer>peer : Peer.unknown;
}

/** Whether another configuration of this VM shows the same `filter_info`. */
function isShownByOther(root: RootContext): bool {
  const mine = root.standard;
  if (mine === null) return false;
  let other = Contexts.roots;
  while (other !== null) {
    const theirs = other.standard;
    if (other !== root && other.plugin !== null && theirs !== null && mine.sharesInfoWith(theirs))
      return true;
    other = other.next;
  }
  return false;
}
