import { ACTION_CONTINUE, ACTION_PAUSE } from "../abi/constants";
import { DownstreamChunk, UpstreamChunk } from "../extension/chunk";
import { NewConnection } from "../extension/connection";
import { NetworkFilter, Peer } from "../extension/filter";
import { Call, PendingCalls } from "../extension/http-client";
import { Fault, Faults } from "../host/faults";
import { Host } from "../host/host";
import { configure, setInfo } from "./configure";
import { Contexts, NOT_HELD, RootContext, StreamContext } from "./contexts";
import { ErrorSink } from "./error-sink";
import { MEMORY_CEILING } from "./limits";
import { MemoryGauge } from "./memory-gauge";

/** After how many flushes `filter_info` is set again: a configuration that went may have set it to 0 since. */
const INFO_TICKS: u32 = 10;

/** What happens at each callback of the proxy. Only a filter holds traffic back, and unknown ids are harmless. */
export class Runtime {
  /** How many callbacks are on the stack. */
  private static depth: i32 = 0;
  private static readonly fromClient: DownstreamChunk = new DownstreamChunk();
  private static readonly fromServer: UpstreamChunk = new UpstreamChunk();
  private static readonly connection: NewConnection = new NewConnection();

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
    if (root !== null) Runtime.tickRoot(root);
    Runtime.leaveRoot(root);
  }

  /** What the proxy is to do: ACTION_…. */
  static newConnection(id: u32): i32 {
    const stream = Runtime.enterStream(id);
    if (stream === null) return ACTION_CONTINUE;
    const filter = stream.filter;
    const connection = Runtime.connection;
    connection.open();
    if (filter !== null) filter.onNewConnection(connection);
    stream.held = connection.isHeld ? 0 : NOT_HELD;
    return Runtime.leaveClient(stream, connection.isClosed);
  }

  /** What the proxy is to do: ACTION_…. `size`: of everything it has of the client's, what is held included. */
  static downstreamData(id: u32, size: i32, endOfStream: bool): i32 {
    const stream = Runtime.enterStream(id);
    if (stream === null) return ACTION_CONTINUE;
    const filter = stream.filter;
    const chunk = Runtime.fromClient;
    const shown = max(stream.held, 0);
    chunk.open(shown, size - shown);
    if (filter !== null && !stream.isBlind) {
      chunk.isHeld = stream.held != NOT_HELD;
      filter.onDownstreamData(chunk, endOfStream);
      stream.held = chunk.isHeld ? chunk.skipped + chunk.size : NOT_HELD;
      stream.isEndHeld = chunk.isHeld && endOfStream;
    }
    return Runtime.leaveClient(stream, chunk.isClosed);
  }

  static upstreamData(id: u32, size: i32, endOfStream: bool): void {
    const stream = Runtime.enterStream(id);
    if (stream === null) return;
    const filter = stream.filter;
    if (filter !== null && !stream.isBlind) {
      const chunk = Runtime.fromServer;
      chunk.open(0, size);
      filter.onUpstreamData(chunk, endOfStream);
    }
    Runtime.leaveStream(stream);
  }

  /** The answer to the call `token` of an HTTP client; `headers`: how many, 0 where it broke off. */
  static httpResponse(id: u32, token: u32, headers: i32, bodySize: i32): void {
    Runtime.enter();
    const root = Contexts.root(id);
    const calls = PendingCalls.active;
    if (calls !== null) {
      const call = calls.take(token);
      if (call !== null) Runtime.answer(calls, call, headers, bodySize);
    }
    Runtime.leaveRoot(root);
  }

  static queueReady(id: u32, queue: u32): void {
    Runtime.enter();
    const root = Contexts.root(id);
    if (root !== null) {
      const plugin = root.plugin;
      if (plugin !== null) plugin.onQueueReady(queue);
    }
    Runtime.leaveRoot(root);
  }

  static downstreamClose(id: u32, peer: i32): void {
    const stream = Runtime.enterStream(id);
    if (stream === null) return;
    const filter = stream.filter;
    if (filter !== null) filter.onDownstreamClose(peerOf(peer));
    Runtime.leaveStream(stream);
  }

  static upstreamClose(id: u32, peer: i32): void {
    // Envoy tells it late where the connection was closed during the server's end of stream.
    if (!Contexts.has(id)) return;
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
    const root = Contexts.root(id);
    if (root !== null) {
      Runtime.logEntry(root);
      return;
    }
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

  private static tickRoot(root: RootContext): void {
    const plugin = root.plugin;
    if (plugin === null) return;
    plugin.tick();
    root.ticks++;
    if (root.ticks % root.ticksPerFlush != 0) return;
    if (root.ticks % (INFO_TICKS * root.ticksPerFlush) == 0) setInfo(root, 1);
    MemoryGauge.update(root);
    root.flush();
  }

  private static logEntry(root: RootContext): void {
    Runtime.enter();
    const plugin = root.plugin;
    if (plugin !== null) plugin.onAccessLog();
    Runtime.leaveRoot(root);
  }

  private static answer(calls: PendingCalls, call: Call, headers: i32, bodySize: i32): void {
    const stream = Contexts.stream(call.context);
    if (stream !== null) Runtime.answerStream(calls, call, stream, headers, bodySize);
    else calls.answer(call, headers, bodySize, Runtime.connection);
  }

  /** Hands an answer to the filter that waits for it, and lets go on what it then releases. */
  private static answerStream(
    calls: PendingCalls,
    call: Call,
    stream: StreamContext,
    headers: i32,
    bodySize: i32,
  ): void {
    Host.context = stream.id;
    Host.stream.enter(stream.id);
    const asker = call.filter;
    const connection = Runtime.connection;
    connection.open();
    connection.isHeld = stream.held != NOT_HELD;
    calls.answer(call, headers, bodySize, connection);
    if (Faults.pending != 0) {
      const filter = stream.filter;
      if (filter !== null && asker !== null) filter.contain(asker, connection);
      if (ErrorSink.ofStream(stream)) connection.isClosed = true;
      if (stream.isBlind) connection.release();
    }
    if (!connection.isHeld && !connection.isClosed) Runtime.release(stream, asker);
  }

  /** `by` (null: whoever does) holds the connection no longer: what was held goes on, unless it is held anew. */
  private static release(stream: StreamContext, by: NetworkFilter | null): void {
    if (stream.held == NOT_HELD) return;
    if (by !== null && !stream.isBlind && Runtime.isHeldAnew(stream, by)) return;
    stream.held = NOT_HELD;
    stream.isEndHeld = false;
    if (!Host.stream.resume()) Faults.report(Fault.hostCall, "the proxy refused to go on with held bytes");
  }

  /** Shows what `by` held to the filters behind it, which may hold or close in turn. */
  private static isHeldAnew(stream: StreamContext, by: NetworkFilter): bool {
    const filter = stream.filter;
    if (filter === null) return false;
    const chunk = Runtime.fromClient;
    chunk.open(0, stream.held);
    chunk.isHeld = false;
    const goesOn = filter.released(by, chunk, stream.isEndHeld);
    stream.held = chunk.size;
    return !goesOn || chunk.isClosed;
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
      used.held = NOT_HELD;
      used.isEndHeld = false;
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
    const calls = PendingCalls.active;
    if (calls !== null) calls.forget(id);
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
    Host.context = 0;
    Host.clock.forget();
  }

  private static enterStream(id: u32): StreamContext | null {
    Runtime.enter();
    Host.context = id;
    const stream = Contexts.stream(id);
    if (stream === null) {
      Faults.report(Fault.unknownContext, "a callback came for a connection that is not known");
      Runtime.leaveRoot(null);
    }
    return stream;
  }

  /** Where the proxy asks what to do: ACTION_…. */
  private static leaveClient(stream: StreamContext, isClosed: bool): i32 {
    Runtime.depth--;
    const closes = Faults.pending != 0 && ErrorSink.ofStream(stream);
    if (stream.isBlind) stream.held = NOT_HELD;
    return stream.held == NOT_HELD && !isClosed && !closes ? ACTION_CONTINUE : ACTION_PAUSE;
  }

  private static leaveStream(stream: StreamContext): void {
    Runtime.depth--;
    if (Faults.pending == 0) return;
    const closes = ErrorSink.ofStream(stream);
    if (stream.isBlind && !closes) Runtime.release(stream, null);
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
