import { Settings } from "../config/settings";
import { DownstreamChunk, UpstreamChunk } from "./chunk";
import { NewConnection } from "./connection";
import { FilterFactory } from "./factory";
import { NetworkFilter, Peer } from "./filter";
import { Plugin } from "./plugin";

/**
 * A filter of plain functions, one for each callback it wants, in place of subclasses. `C` is what one configuration shares
 * among its connections, `S` the state of one connection: functions have no memory of their own (AssemblyScript has no
 * closures), so each is handed the state. States are reused: the handler of new connections must leave no trace of the
 * one before.
 *
 *     Module.register(new Handlers<Counters, State>("my.filter", configure, newState).onDownstreamData(count));
 */
export class Handlers<C, S> extends FilterFactory {
  /** For the runtime: the handlers, null where there is none. */
  newConnection: ((state: S, connection: NewConnection) => void) | null = null;
  /** For the runtime. */
  downstreamData: ((state: S, chunk: DownstreamChunk, endOfStream: bool) => void) | null = null;
  /** For the runtime. */
  upstreamData: ((state: S, chunk: UpstreamChunk, endOfStream: bool) => void) | null = null;
  /** For the runtime. */
  downstreamClose: ((state: S, peer: Peer) => void) | null = null;
  /** For the runtime. */
  upstreamClose: ((state: S, peer: Peer) => void) | null = null;
  /** For the runtime. */
  log: ((state: S) => void) | null = null;

  /**
   * `read`: reads a configuration, and declares the metrics (see `FilterFactory.configure`). `newState`: makes the state of
   * a connection; called only when more connections are open than ever before.
   */
  constructor(
    rootId: string,
    private readonly read: (settings: Settings) => C,
    readonly newState: (shared: C) => S,
  ) {
    super(rootId);
  }

  /** `handler` is called as `NetworkFilter.onNewConnection`. */
  onNewConnection(handler: (state: S, connection: NewConnection) => void): Handlers<C, S> {
    this.newConnection = handler;
    return this;
  }

  /** `handler` is called as `NetworkFilter.onDownstreamData`. */
  onDownstreamData(handler: (state: S, chunk: DownstreamChunk, endOfStream: bool) => void): Handlers<C, S> {
    this.downstreamData = handler;
    return this;
  }

  /** `handler` is called as `NetworkFilter.onUpstreamData`. */
  onUpstreamData(handler: (state: S, chunk: UpstreamChunk, endOfStream: bool) => void): Handlers<C, S> {
    this.upstreamData = handler;
    return this;
  }

  /** `handler` is called as `NetworkFilter.onDownstreamClose`. */
  onDownstreamClose(handler: (state: S, peer: Peer) => void): Handlers<C, S> {
    this.downstreamClose = handler;
    return this;
  }

  /** `handler` is called as `NetworkFilter.onUpstreamClose`. */
  onUpstreamClose(handler: (state: S, peer: Peer) => void): Handlers<C, S> {
    this.upstreamClose = handler;
    return this;
  }

  /** `handler` is called as `NetworkFilter.onLog`. */
  onLog(handler: (state: S) => void): Handlers<C, S> {
    this.log = handler;
    return this;
  }

  configure(settings: Settings): Plugin {
    return new HandlersPlugin<C, S>(this, this.read(settings));
  }
}

class HandlersPlugin<C, S> extends Plugin {
  constructor(
    private readonly handlers: Handlers<C, S>,
    private readonly shared: C,
  ) {
    super();
  }

  newFilter(): NetworkFilter {
    return new HandlersFilter<C, S>(this.handlers, this.handlers.newState(this.shared));
  }
}

class HandlersFilter<C, S> extends NetworkFilter {
  constructor(
    private readonly handlers: Handlers<C, S>,
    private readonly state: S,
  ) {
    super();
  }

  onNewConnection(connection: NewConnection): void {
    const handler = this.handlers.newConnection;
    if (handler !== null) handler(this.state, connection);
  }

  onDownstreamData(chunk: DownstreamChunk, endOfStream: bool): void {
    const handler = this.handlers.downstreamData;
    if (handler !== null) handler(this.state, chunk, endOfStream);
  }

  onUpstreamData(chunk: UpstreamChunk, endOfStream: bool): void {
    const handler = this.handlers.upstreamData;
    if (handler !== null) handler(this.state, chunk, endOfStream);
  }

  onDownstreamClose(peer: Peer): void {
    const handler = this.handlers.downstreamClose;
    if (handler !== null) handler(this.state, peer);
  }

  onUpstreamClose(peer: Peer): void {
    const handler = this.handlers.upstreamClose;
    if (handler !== null) handler(this.state, peer);
  }

  onLog(): void {
    const handler = this.handlers.log;
    if (handler !== null) handler(this.state);
  }
}
