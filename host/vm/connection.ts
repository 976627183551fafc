import { PEER, type Peer } from "../abi/constants.ts";
import { StreamBuffer } from "./buffer.ts";
import type { Context } from "./context.ts";
import type { Instance } from "./instance.ts";
import type { Properties } from "./properties.ts";
import type { MisuseWatch } from "./vm.ts";

/** Where bytes go: `upstream` those from the client to the server, `downstream` the other way. */
export type Direction = "upstream" | "downstream";

export interface ConnectionOptions {
  /** As Envoy has them at accept; more come with {@link Connection.setProperties}. */
  readonly properties?: Properties;
  /** Called with what the filter lets through, during the call that brought it or later if the filter held it. */
  readonly passOn?: (direction: Direction, bytes: Uint8Array, endOfStream: boolean) => void;
  /** Called when the filter, or the failure policy, closes the connection. */
  readonly onClose?: (details: string) => void;
}

/** Sizes of chunks are signed 32-bit numbers. */
const MAX_CHUNK_BYTES = 2 ** 30;

/** One TCP connection through the filter, in the order of callbacks that Envoy keeps. Impossible orders throw. */
export class Connection {
  private readonly instance: Instance;
  private readonly watch: MisuseWatch;
  private readonly context: Context;
  private readonly options: ConnectionOptions;
  private readonly onGone: () => void;
  private readonly fromClient = new Side();
  private readonly fromServer = new Side();
  private created = false;
  private ended = false;

  constructor(
    instance: Instance,
    watch: MisuseWatch,
    root: Context,
    options: ConnectionOptions,
    onGone: () => void,
  ) {
    this.instance = instance;
    this.watch = watch;
    this.options = options;
    this.onGone = onGone;
    this.context = instance.newContext(root);
    this.context.properties.merge({ "connection.id": this.context.id, ...options.properties });
    this.context.control = {
      continueDownstream: () => this.release(),
      requestClose: (details) => this.closeByFilter(details),
    };
  }

  /** Whether the connection is over. */
  get closed(): boolean {
    return this.ended;
  }

  /** Bytes from the client that the filter holds back. */
  get held(): number {
    return this.fromClient.buffer.size;
  }

  /** Filter state that the module set, by full key: `wasm.heirloom.smtp`. */
  get filterState(): ReadonlyMap<string, Uint8Array> {
    return this.context.properties.filterState;
  }

  /** The id the module knows this connection by. */
  get contextId(): number {
    return this.context.id;
  }

  /** context_create and new_connection; called once, by the plugin. */
  start(): void {
    const { context, instance } = this;
    if (instance.failure !== undefined) {
      this.afterCall();
      return;
    }
    this.created = true;
    instance.call("proxy_on_context_create", context, context.id, context.root.id);
    this.fromClient.stopped = (instance.call("proxy_on_new_connection", context, context.id) ?? 0) !== 0;
    this.afterCall();
  }

  /** Bytes from the client. An end of stream is the client's FIN, with or without bytes. */
  downstream(bytes: Uint8Array, endOfStream = false): void {
    this.expectOpen(this.fromClient, "the client");
    this.fromClient.ended = endOfStream;
    this.fromClient.buffer.append(bytes);
    this.context.downstream = this.fromClient.buffer;
    const pause = this.deliver("proxy_on_downstream_data", this.fromClient.buffer.size, endOfStream);
    this.fromClient.stopped = pause;
    if (!pause) this.context.downstream = undefined;
    this.afterCall();
    if (!pause && !this.ended) this.pass("upstream", this.fromClient.buffer.take(), endOfStream);
  }

  /** Bytes from the server. An end of stream is the server's FIN; the module then hears that the upstream closed. */
  upstream(bytes: Uint8Array, endOfStream = false): void {
    this.expectOpen(this.fromServer, "the server");
    this.fromServer.ended = endOfStream;
    this.fromServer.buffer.append(bytes);
    this.context.upstream = this.fromServer.buffer;
    const pause = this.deliver("proxy_on_upstream_data", this.fromServer.buffer.size, endOfStream);
    if (pause) this.instance.flag("upstream_pause", "the filter stopped data on its way to the client");
    else this.context.upstream = undefined;
    if (endOfStream && this.created) {
      this.instance.call("proxy_on_upstream_connection_close", this.context, this.context.id, PEER.unknown);
    }
    this.afterCall();
    if (!pause && !this.ended) this.pass("downstream", this.fromServer.buffer.take(), endOfStream);
  }

  /**
   * Bytes from the client that nobody can show any more, as where a capture has a gap. The module hears how many they
   * are and finds none when it asks for them; nothing is passed on.
   */
  downstreamUnseen(count: number): void {
    this.expectOpen(this.fromClient, "the client");
    this.context.downstream = new StreamBuffer();
    this.unseen("proxy_on_downstream_data", count);
    this.context.downstream = undefined;
    this.afterCall();
  }

  /** The same from the server. */
  upstreamUnseen(count: number): void {
    this.expectOpen(this.fromServer, "the server");
    this.context.upstream = new StreamBuffer();
    this.unseen("proxy_on_upstream_data", count);
    this.context.upstream = undefined;
    this.afterCall();
  }

  /** More becomes known about the connection: the upstream's address, TLS, response flags. */
  setProperties(properties: Properties): void {
    this.context.properties.merge(properties);
  }

  /** The downstream connection closed; done, log and delete follow. `local` means that Envoy closed it. */
  close(peer: Exclude<Peer, "unknown">, properties: Properties = {}): void {
    if (this.ended) throw new Error("impossible: a close after the close");
    this.setProperties(properties);
    this.finish(peer);
    this.watch.check();
  }

  private finish(peer: Peer): void {
    const { context, instance } = this;
    this.ended = true;
    if (this.created) {
      instance.call("proxy_on_downstream_connection_close", context, context.id, PEER[peer]);
      instance.call("proxy_on_done", context, context.id);
      instance.call("proxy_on_log", context, context.id);
      instance.call("proxy_on_delete", context, context.id);
    }
    instance.contexts.delete(context.id);
    context.downstream = undefined;
    context.upstream = undefined;
    this.onGone();
    instance.runDeferred();
  }

  /** Calls a data callback; true if the filter stopped the data. */
  private deliver(callback: string, size: number, endOfStream: boolean): boolean {
    if (!this.created) return false;
    const { context, instance } = this;
    return (instance.call(callback, context, context.id, size, endOfStream ? 1 : 0) ?? 0) !== 0;
  }

  private unseen(callback: string, count: number): void {
    for (let rest = count; rest > 0; rest -= MAX_CHUNK_BYTES) {
      this.deliver(callback, Math.min(rest, MAX_CHUNK_BYTES), false);
    }
  }

  private pass(direction: Direction, bytes: Uint8Array, endOfStream: boolean): void {
    if (bytes.length > 0 || endOfStream) this.options.passOn?.(direction, bytes, endOfStream);
  }

  /** proxy_continue_stream: held bytes go to the next filter without another callback. */
  private release(): void {
    if (this.ended || !this.fromClient.stopped) return;
    this.fromClient.stopped = false;
    this.context.downstream = undefined;
    this.pass("upstream", this.fromClient.buffer.take(), this.fromClient.ended);
  }

  private closeByFilter(details: string): void {
    if (this.ended) return;
    this.finish("local");
    this.options.onClose?.(details);
  }

  private afterCall(): void {
    if (this.instance.failure !== undefined && this.instance.options.failurePolicy === "closed") {
      this.closeByFilter("wasm_fail_stream");
    }
    this.instance.runDeferred();
    this.watch.check();
  }

  private expectOpen(side: Side, name: string): void {
    if (this.ended) throw new Error(`impossible: data from ${name} after the connection closed`);
    if (side.ended) throw new Error(`impossible: data from ${name} after its end of stream`);
  }
}

class Side {
  readonly buffer = new StreamBuffer();
  ended = false;
  /** The filter answered Pause last. */
  stopped = false;
}
