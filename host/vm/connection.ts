import { PEER, type Peer } from "../abi/constants.ts";
import { StreamBuffer } from "./buffer.ts";
import { CANNOT } from "../abi/cannot.ts";
import type { Context } from "./context.ts";
import { CLUSTER_KEY } from "./filter-state.ts";
import type { Instance } from "./instance.ts";
import type { Properties } from "./properties.ts";
import { ReadSide, type ConnectMode } from "./read-side.ts";
import { impliedProperty } from "./stream-info.ts";
import type { VmWatch } from "./watch.ts";

/** Where bytes go: `upstream` those from the client to the server, `downstream` the other way. */
export type Direction = "upstream" | "downstream";

export interface ConnectionOptions {
  /** As Envoy has them at accept; more come with {@link Connection.setProperties}. */
  readonly properties?: Properties;
  /** Called with what the filter lets through, during the call that brought it or later if the filter held it. */
  readonly passOn?: (direction: Direction, bytes: Uint8Array, endOfStream: boolean) => void;
  /** Called when the filter, or the failure policy, closes the connection. */
  readonly onClose?: (details: string) => void;
  /**
   * Called once, when tcp_proxy would connect to the server; {@link Connection.upstreamConnected} has to follow.
   * Without it the server is there at once. `cluster`: what the filter chose by `envoy.tcp_proxy.cluster`.
   */
  readonly connectUpstream?: (cluster: string | undefined) => void;
  /** tcp_proxy's `upstream_connect_mode`; `immediate` by default. */
  readonly connectMode?: ConnectMode;
  /** Envoy's `per_connection_buffer_limit_bytes`, 1 MiB by default, 0 for none: with more held, nothing is read. */
  readonly bufferLimitBytes?: number;
  /** Called when reading from the client stops or starts again. */
  readonly onReading?: (reading: boolean) => void;
}

/** Sizes of chunks are signed 32-bit numbers. */
const MAX_CHUNK_BYTES = 2 ** 30;

/** One TCP connection through the filter, in the order of callbacks that Envoy keeps. Impossible orders throw. */
export class Connection {
  private readonly instance: Instance;
  private readonly watch: VmWatch;
  private readonly context: Context;
  private readonly options: ConnectionOptions;
  private readonly onGone: () => void;
  private readonly fromClient: ReadSide;
  private readonly fromServer = new StreamBuffer();
  private serverEnded = false;
  private created = false;
  private ended = false;
  private closeDetails: string | undefined;
  /** Bytes from and to the client, as Envoy counts them. */
  private readonly progress: { readonly startTime: bigint; received: number; sent: number };

  constructor(
    instance: Instance,
    watch: VmWatch,
    root: Context,
    options: ConnectionOptions,
    onGone: () => void,
  ) {
    this.instance = instance;
    this.watch = watch;
    this.options = options;
    this.onGone = onGone;
    const context = instance.newContext(root);
    this.context = context;
    this.progress = { startTime: instance.options.clock.wall(), received: 0, sent: 0 };
    context.properties.implied = (path) => impliedProperty(path, this.progress);
    context.properties.set("connection.id", context.id);
    context.properties.set("connection_id", context.id);
    if (options.properties !== undefined) context.properties.merge(options.properties);
    this.fromClient = new ReadSide(options, {
      show: (size, endOfStream) => this.show(size, endOfStream),
      expose: (buffer) => (context.downstream = buffer),
      passOn: (bytes, endOfStream) => this.pass("upstream", bytes, endOfStream),
      isOver: () => this.ended,
      cluster: () => this.cluster,
      reset: () => this.finish("remote"),
    });
    context.control = {
      continueDownstream: () => this.fromClient.release(),
      requestClose: (details) => this.closeByFilter(details),
    };
  }

  /** Whether the connection is over. */
  get closed(): boolean {
    return this.ended;
  }

  /** Why the filter, or the failure policy, closed it, in Envoy's words; undefined where a peer did. */
  get closedByFilter(): string | undefined {
    return this.closeDetails;
  }

  /** Bytes from the client that the filter holds back. */
  get held(): number {
    return this.fromClient.buffer.size;
  }

  /** Bytes that the client sent and that Envoy does not read yet: it has no server for them, or holds too many. */
  get unread(): number {
    return this.fromClient.unread;
  }

  /** Whether Envoy reads from the client. While it does not, it does not notice that the client is gone either. */
  get reading(): boolean {
    return this.fromClient.reading;
  }

  /** Whether tcp_proxy has begun to connect to a server. */
  get upstreamWanted(): boolean {
    return this.fromClient.upstreamWanted;
  }

  /** The cluster that the filter chose; undefined for that of the configuration. */
  get cluster(): string | undefined {
    const chosen = this.filterState.get(CLUSTER_KEY);
    return chosen === undefined ? undefined : Buffer.from(chosen).toString();
  }

  /** Filter state that the module set, by full key: `wasm.heirloom.smtp`, `envoy.tcp_proxy.cluster`. */
  get filterState(): ReadonlyMap<string, Uint8Array> {
    return this.context.properties.filterState;
  }

  /** What an access logger may ask about this connection. */
  get streamInfo(): Context["properties"] {
    return this.context.properties;
  }

  /** The id the module knows this connection by. */
  get contextId(): number {
    return this.context.id;
  }

  /** context_create and new_connection; called once, by the plugin. */
  start(): void {
    const { context, instance } = this;
    if (instance.failure !== undefined) {
      this.failIfClosed();
      if (!this.ended) this.fromClient.open();
      this.watch.settle();
      return;
    }
    this.created = true;
    instance.run("proxy_on_context_create", context, context.id, context.root.id);
    context.accepting = true;
    const pause = !this.ended && (instance.run("proxy_on_new_connection", context, context.id) ?? 0) !== 0;
    context.accepting = false;
    this.failIfClosed();
    if (!pause && !this.ended) this.fromClient.open();
    this.watch.settle();
  }

  /** Bytes from the client. An end of stream is the client's FIN, with or without bytes. */
  downstream(bytes: Uint8Array, endOfStream = false): void {
    this.expectOpen(this.fromClient.ended, "the client");
    this.fromClient.arrive(bytes, endOfStream);
    this.watch.settle();
  }

  /** Bytes from the server. An end of stream is the server's FIN; the module then hears that the upstream closed. */
  upstream(bytes: Uint8Array, endOfStream = false): void {
    this.expectUpstream();
    this.serverEnded = endOfStream;
    this.fromServer.append(bytes);
    this.context.upstream = this.fromServer;
    const pause = this.deliver("proxy_on_upstream_data", this.fromServer.size, endOfStream);
    if (pause) this.instance.flag("upstream_pause", CANNOT.stopServer);
    else this.context.upstream = undefined;
    if (endOfStream && this.created) {
      this.instance.run("proxy_on_upstream_connection_close", this.context, this.context.id, PEER.unknown);
    }
    if (!pause) {
      const passing = this.fromServer.take();
      this.progress.sent += passing.length;
      this.pass("downstream", passing, endOfStream);
    }
    this.watch.settle();
  }

  /** The server that `connectUpstream` asked for is there. */
  upstreamConnected(): void {
    if (this.ended) return;
    this.fromClient.connected();
    this.watch.settle();
  }

  /**
   * Bytes from the client that nobody can show any more, as where a capture has a gap. The module hears how many they
   * are and finds none when it asks for them; nothing is passed on.
   */
  downstreamUnseen(count: number): void {
    this.expectOpen(this.fromClient.ended, "the client");
    this.context.downstream = new StreamBuffer();
    this.progress.received += count;
    this.unseen("proxy_on_downstream_data", count);
    this.context.downstream = undefined;
    this.watch.settle();
  }

  /** The same from the server. */
  upstreamUnseen(count: number): void {
    this.expectUpstream();
    this.context.upstream = new StreamBuffer();
    this.unseen("proxy_on_upstream_data", count);
    this.progress.sent += count;
    this.context.upstream = undefined;
    this.watch.settle();
  }

  /** More becomes known about the connection: the upstream's address, TLS, response flags. */
  setProperties(properties: Properties): void {
    this.context.properties.merge(properties);
  }

  /**
   * The downstream connection closed; done, log and delete follow. `local` means that Envoy closed it. That a client is
   * gone, Envoy notices when it reads: while {@link reading} is false, only later.
   */
  close(peer: Exclude<Peer, "unknown">, properties: Properties = {}): void {
    if (this.ended) throw new Error("impossible: a close after the close");
    this.setProperties(properties);
    if (peer === "local" || !this.fromClient.deferReset()) this.finish(peer);
    this.watch.settle();
  }

  private finish(peer: Peer): void {
    const { context, instance } = this;
    this.ended = true;
    if (this.created) {
      instance.run("proxy_on_downstream_connection_close", context, context.id, PEER[peer]);
      instance.run("proxy_on_done", context, context.id);
      instance.run("proxy_on_log", context, context.id);
      instance.run("proxy_on_delete", context, context.id);
    }
    instance.contexts.delete(context.id);
    context.downstream = undefined;
    context.upstream = undefined;
    this.onGone();
  }

  private show(size: number, endOfStream: boolean): boolean {
    this.progress.received += size;
    return this.deliver("proxy_on_downstream_data", size, endOfStream);
  }

  /** Calls a data callback; true if the filter stopped the data. */
  private deliver(callback: string, size: number, endOfStream: boolean): boolean {
    if (!this.created) return false;
    const { context, instance } = this;
    const result = instance.run(callback, context, context.id, size, endOfStream ? 1 : 0);
    if (instance.failure !== undefined) this.failIfClosed();
    return (result ?? 0) !== 0;
  }

  private unseen(callback: string, count: number): void {
    for (let rest = count; rest > 0; rest -= MAX_CHUNK_BYTES) {
      this.deliver(callback, Math.min(rest, MAX_CHUNK_BYTES), false);
    }
  }

  private pass(direction: Direction, bytes: Uint8Array, endOfStream: boolean): void {
    if (this.ended || (bytes.length === 0 && !endOfStream)) return;
    this.options.passOn?.(direction, bytes, endOfStream);
  }

  private closeByFilter(details: string): void {
    if (this.ended) return;
    this.closeDetails = details;
    this.finish("local");
    this.options.onClose?.(details);
  }

  private failIfClosed(): void {
    const { failure, options } = this.instance;
    if (failure !== undefined && options.failurePolicy === "closed") this.closeByFilter("wasm_fail_stream");
  }

  private expectUpstream(): void {
    this.expectOpen(this.serverEnded, "the server");
    if (!this.fromClient.isConnected) throw new Error("impossible: data from a server that is not connected");
  }

  private expectOpen(sideEnded: boolean, name: string): void {
    if (this.ended) throw new Error(`impossible: data from ${name} after the connection closed`);
    if (sideEnded) throw new Error(`impossible: data from ${name} after its end of stream`);
  }
}
