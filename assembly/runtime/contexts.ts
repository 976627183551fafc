import { NetworkFilter } from "../extension/filter";
import { Plugin } from "../extension/plugin";
import { Stats } from "../host/stats";
import { ContextTable } from "./context-table";
import { StandardMetrics } from "./standard";

/** Of `StreamContext.held`. */
export const NOT_HELD: i32 = -1;

/** What the proxy knows by a number: a configuration (root) or a connection (stream). */
export abstract class Context {
  constructor(readonly isRoot: bool) {}
  id: u32 = 0;
}

/** One configuration. */
export class RootContext extends Context {
  next: RootContext | null = null;
  /** The filter's `root_id`, for the log. */
  name: string = "";
  /** The stat prefix of what it measured first, for the log; "" where it measures nothing. */
  prefix: string = "";
  /** Null until it is configured, when that failed, and when it is over. */
  plugin: Plugin | null = null;
  /** Whether it has, or had, its one configuration: open connections hold raw addresses of its metrics until they go. */
  isConfigured: bool = false;
  stats: Stats | null = null;
  standard: StandardMetrics | null = null;
  ticks: u32 = 0;
  /** Ticks come more often than flushes where the plugin has a ticker; at least 1. */
  ticksPerFlush: u32 = 1;
  /** Open connections: keeps what the table holds within the collector's sight. */
  streams: StreamContext | null = null;
  /** Connections that are over, with their filters, for reuse. */
  free: StreamContext | null = null;

  constructor() {
    super(true);
  }

  flush(): void {
    let stats = this.stats;
    while (stats !== null) {
      stats.flush();
      stats = stats.next;
    }
  }
}

/** One connection. */
export class StreamContext extends Context {
  next: StreamContext | null = null;
  previous: StreamContext | null = null;
  /** Null when the configuration was refused, or memory is gone. */
  filter: NetworkFilter | null = null;
  /** The plugin that made the filter. */
  plugin: Plugin | null = null;
  /** Whether the filter gets no more data after a fault. */
  isBlind: bool = false;
  /** Bytes of the client's that are held and were shown, NOT_HELD when nothing is held. */
  held: i32 = NOT_HELD;
  /** Whether the client's end of stream is held with them. */
  isEndHeld: bool = false;
  isLogged: bool = false;

  constructor(public root: RootContext) {
    super(false);
  }
}

/** Every context that the proxy has announced and not deleted. */
export class Contexts {
  static roots: RootContext | null = null;

  private static readonly table: ContextTable = new ContextTable();
  /** The connection of the last look-up: callbacks come in runs. */
  private static recent: StreamContext | null = null;

  static root(id: u32): RootContext | null {
    const context = Contexts.find(id);
    return context !== null && context.isRoot ? changetype<RootContext>(context) : null;
  }

  @inline
  static stream(id: u32): StreamContext | null {
    const recent = Contexts.recent;
    if (recent !== null && recent.id == id) return recent;
    const context = Contexts.find(id);
    if (context === null || context.isRoot) return null;
    Contexts.recent = changetype<StreamContext>(context);
    return Contexts.recent;
  }

  /** The configuration `id`, or that of the connection `id`. */
  static rootOf(id: u32): RootContext | null {
    const context = Contexts.find(id);
    if (context === null) return null;
    return context.isRoot ? changetype<RootContext>(context) : changetype<StreamContext>(context).root;
  }

  /** Whether `id` is announced and not deleted. */
  static has(id: u32): bool {
    return Contexts.find(id) !== null;
  }

  /** False when the table cannot hold it. */
  static addRoot(root: RootContext, id: u32): bool {
    if (!Contexts.table.set(id, changetype<usize>(root))) return false;
    root.id = id;
    root.next = Contexts.roots;
    Contexts.roots = root;
    return true;
  }

  /** Forgets a root and all of its connections. */
  static removeRoot(root: RootContext): void {
    while (root.streams !== null) Contexts.removeStream(changetype<StreamContext>(root.streams));
    Contexts.table.remove(root.id);
    let before: RootContext | null = null;
    let at = Contexts.roots;
    while (at !== null && at !== root) {
      before = at;
      at = at.next;
    }
    if (before === null) Contexts.roots = root.next;
    else before.next = root.next;
  }

  /** False when the table cannot hold it. */
  static addStream(stream: StreamContext, id: u32): bool {
    if (!Contexts.table.set(id, changetype<usize>(stream))) return false;
    stream.id = id;
    const first = stream.root.streams;
    stream.next = first;
    stream.previous = null;
    if (first !== null) first.previous = stream;
    stream.root.streams = stream;
    return true;
  }

  static removeStream(stream: StreamContext): void {
    if (Contexts.recent === stream) Contexts.recent = null;
    Contexts.table.remove(stream.id);
    const next = stream.next;
    const previous = stream.previous;
    if (next !== null) next.previous = previous;
    if (previous !== null) previous.next = next;
    else stream.root.streams = next;
    stream.next = null;
    stream.previous = null;
    stream.id = 0;
  }

  private static find(id: u32): Context | null {
    return changetype<Context | null>(Contexts.table.get(id));
  }
}
