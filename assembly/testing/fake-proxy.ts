import { FilterFactory } from "../extension/factory";
import { PendingCalls } from "../extension/http-client";
import { Module } from "../extension/module";
import {
  proxy_on_configure,
  proxy_on_context_create,
  proxy_on_delete,
  proxy_on_done,
  proxy_on_downstream_connection_close,
  proxy_on_downstream_data,
  proxy_on_http_call_response,
  proxy_on_log,
  proxy_on_new_connection,
  proxy_on_queue_ready,
  proxy_on_tick,
  proxy_on_upstream_connection_close,
  proxy_on_upstream_data,
  proxy_on_vm_start,
} from "../runtime/callbacks";
import { FakeHost } from "./fake-host";
import { FakeVm } from "./fake-vm";

let nextContext: u32 = 1;

/** Configuring collects garbage, and the collector does not look at the stack. */
const kept: FakeProxy[] = [];

/**
 * A proxy that runs a factory as Envoy would: `FakeProxy.start(new MyFactory(), "{…}")`, then connections by
 * `connect`. Each configuration is one of these.
 */
export class FakeProxy {
  /** Whether the configuration was accepted; why not is in `FakeHost.log.lines`. */
  isAccepted: bool = false;
  private readonly root: u32 = nextContext++;

  /**
   * Fresh fakes, a module with `factory` alone, and `configuration` (JSON) given to it. `vm`: what the VM is started with,
   * by default nothing.
   */
  static start(factory: FilterFactory, configuration: string = "", vm: FakeVm = new FakeVm()): FakeProxy {
    FakeHost.install(vm);
    Module.reset();
    PendingCalls.active = null;
    Module.register(factory);
    FakeHost.properties.setText("plugin_root_id", factory.rootId);
    const proxy = new FakeProxy();
    kept.push(proxy);
    proxy.configure(configuration);
    return proxy;
  }

  /** Another configuration (JSON) of the same VM and filter, as a further listener or an update brings it. */
  another(configuration: string = ""): FakeProxy {
    const proxy = new FakeProxy();
    kept.push(proxy);
    proxy.configure(configuration);
    return proxy;
  }

  /** The number that the proxy knows this configuration by. */
  get id(): u32 {
    return this.root;
  }

  private configure(configuration: string): void {
    proxy_on_context_create(this.root, 0);
    proxy_on_vm_start(this.root, 0);
    this.isAccepted = proxy_on_configure(this.root, FakeHost.buffers.setConfiguration(configuration)) == 1;
  }

  /** A client connects. */
  connect(): FakeConnection {
    return new FakeConnection(this.root);
  }

  /** Time passes, and the proxy's timer goes off once. */
  tick(milliseconds: u64 = 1000): void {
    FakeHost.clock.advance(milliseconds);
    proxy_on_tick(this.root);
  }

  /** The HTTP server answers the call `token` (1 for the first). */
  answer(token: u32, status: i32, body: string = ""): void {
    FakeHost.http.answered.set(":status", String.UTF8.encode(status.toString()));
    const size = FakeHost.buffers.setResponse(body);
    proxy_on_http_call_response(this.root, token, FakeHost.http.answered.size, size, 0);
    FakeHost.http.answered.clear();
  }

  /** The call `token` gets no answer in time: Envoy answers itself. */
  timeOut(token: u32): void {
    this.answer(token, 504, "upstream request timeout");
  }

  /** The answer to the call `token` breaks off. */
  breakOff(token: u32): void {
    proxy_on_http_call_response(this.root, token, 0, 0, 0);
  }

  /** Something lies in `queue`. */
  queueReady(queue: u32): void {
    proxy_on_queue_ready(this.root, queue);
  }

  /** A line of the access log is due. */
  logEntry(): void {
    proxy_on_log(this.root);
  }

  /** The configuration is withdrawn. */
  end(): void {
    proxy_on_done(this.root);
    proxy_on_delete(this.root);
  }
}

/**
 * One connection, as its two peers see it. What Envoy cannot do fails the spec: bytes after an end of stream, anything
 * after the close.
 */
export class FakeConnection {
  /** What has reached the server. */
  serverSaw: string = "";
  /** What has reached the client. */
  clientSaw: string = "";
  /** Whether the server was told that the client ends. */
  serverSawEnd: bool = false;
  /** Whether the proxy makes a connection to the server. */
  isConnected: bool = false;
  /** Whether the connection is over. */
  isClosed: bool = false;
  /** The proxy's number of the context. */
  readonly id: u32 = nextContext++;
  /** What the proxy holds of the client's. */
  private held: string = "";
  private isHeld: bool = false;
  private hasClientEnded: bool = false;
  private hasServerEnded: bool = false;

  /** For `FakeProxy.connect`. */
  constructor(root: u32) {
    proxy_on_context_create(this.id, root);
    this.isHeld = proxy_on_new_connection(this.id) != 0;
    this.isConnected = !this.isHeld;
    this.settle();
  }

  /** The cluster that the filter chose (`EnvoyState.setCluster`); "" for the one that tcp_proxy names. */
  get cluster(): string {
    return FakeHost.foreign.clusterOf(this.id);
  }

  /** The client sends `text` (UTF-8). Fails the spec after its end of stream or the close. */
  clientSends(text: string): void {
    this.fromClient(text, false);
  }

  /** The client sends no more, after `text`. */
  clientEnds(text: string = ""): void {
    this.fromClient(text, true);
  }

  /**
   * The server sends `text` (UTF-8). Fails the spec after its end of stream or the close, and while there is no
   * connection to a server.
   */
  serverSends(text: string): void {
    this.fromServer(text, false);
  }

  /** The server sends no more, after `text`. */
  serverEnds(text: string = ""): void {
    this.fromServer(text, true);
    if (!this.isClosed) proxy_on_upstream_connection_close(this.id, 0);
  }

  /** The client is gone. */
  clientCloses(): void {
    this.must(!this.isClosed, "the connection is closed already");
    this.close(2);
  }

  /** The proxy closes, as it does when the server is gone, or for a limit of its own. */
  proxyCloses(): void {
    this.must(!this.isClosed, "the connection is closed already");
    this.close(1);
  }

  /** Looks what a callback outside of this connection has done to it: an answer, a tick. */
  settle(): void {
    if (this.isClosed) return;
    if (this.isHeld && FakeHost.stream.resumes(this.id)) this.letGo();
    if (FakeHost.stream.closes(this.id)) this.close(1);
  }

  private fromClient(text: string, isEnd: bool): void {
    this.must(!this.isClosed, "the client sends on a closed connection");
    this.must(!this.hasClientEnded, "the client sends after its end of stream");
    this.hasClientEnded = isEnd;
    const size = FakeHost.buffers.setDownstream(this.held + text);
    this.isHeld = proxy_on_downstream_data(this.id, size, isEnd ? 1 : 0) != 0;
    this.held = FakeHost.buffers.downstreamText();
    if (!this.isHeld) this.letGo();
    this.settle();
  }

  private fromServer(text: string, isEnd: bool): void {
    this.must(!this.isClosed, "the server sends on a closed connection");
    this.must(!this.hasServerEnded, "the server sends after its end of stream");
    this.must(this.isConnected, "the server is not connected");
    this.hasServerEnded = isEnd;
    const size = FakeHost.buffers.setUpstream(text);
    this.must(
      proxy_on_upstream_data(this.id, size, isEnd ? 1 : 0) == 0,
      "Envoy cannot hold a server's bytes",
    );
    this.clientSaw += FakeHost.buffers.upstreamText();
    this.settle();
  }

  private letGo(): void {
    this.isHeld = false;
    this.isConnected = true;
    this.serverSaw += this.held;
    this.serverSawEnd = this.hasClientEnded;
    this.held = "";
  }

  private close(peer: i32): void {
    this.isClosed = true;
    proxy_on_downstream_connection_close(this.id, peer);
    proxy_on_done(this.id);
    proxy_on_log(this.id);
    proxy_on_delete(this.id);
  }

  private must(isSo: bool, otherwise: string): void {
    if (!isSo) throw new Error(otherwise);
  }
}
