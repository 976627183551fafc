// A proxy around one filter, for tests that say what two peers do and look what both see.

import { loadModule, type HostModule } from "../module/load.ts";
import { StatStore } from "../metrics/store.ts";
import { ManualClock } from "../vm/clock.ts";
import type { ConnectionOptions } from "../vm/connection.ts";
import type { HttpHandler } from "../vm/http.ts";
import type { Plugin } from "../vm/plugin.ts";
import type { Properties } from "../vm/properties.ts";
import { Vm } from "../vm/vm.ts";
import type { TranscriptPeer } from "./conversation.ts";
import { canonicalKey, canonicalMetricsOf, type MetricValues } from "./metrics.ts";
import { Peers } from "./peers.ts";

/** What a {@link TestProxy} runs. */
export interface TestProxyOptions {
  /** Which of the module's filters; empty picks its only one. */
  readonly rootId?: string;
  /** The filter's configuration: an object, or JSON as text. */
  readonly configuration?: object | string;
  readonly vmConfiguration?: string;
  /** Environment variables the module may read. */
  readonly environment?: Readonly<Record<string, string>>;
  /** HTTP servers the module may call, by the name of their cluster. */
  readonly clusters?: Readonly<Record<string, HttpHandler>>;
}

/** What a {@link TestConnection} is made with: properties known at accept, and how tcp_proxy behaves. */
export type TestConnectionOptions = Pick<
  ConnectionOptions,
  "properties" | "connectMode" | "bufferLimitBytes" | "connectUpstream"
>;

/**
 * A proxy with one configuration of a built module in it; time stands still until {@link advance}. A filter that traps,
 * or asks of the proxy what Envoy refuses, fails the test at once.
 */
export class TestProxy {
  readonly vm: Vm;
  /** Every line that the module logged. */
  readonly logged: string[] = [];
  private readonly plugin: Plugin;

  /**
   * Loads a module (a path, or what `loadModule` gave) and starts its configuration. Rejects with
   * `ConfigurationRejected` when the filter does.
   */
  static async start(module: string | HostModule, options: TestProxyOptions = {}): Promise<TestProxy> {
    return new TestProxy(typeof module === "string" ? await loadModule(module) : module, options);
  }

  private constructor(module: HostModule, options: TestProxyOptions) {
    const { rootId, configuration, vmConfiguration, environment, clusters } = options;
    this.vm = new Vm(module, {
      stats: new StatStore(),
      clock: new ManualClock(),
      misuse: "throw",
      environment,
      clusters,
      log: (_, text) => this.logged.push(text),
    });
    const text = typeof configuration === "object" ? JSON.stringify(configuration) : configuration;
    this.plugin = this.vm.startPlugin({ rootId, configuration: text, vmConfiguration });
  }

  /** A client connects. */
  connect(options: TestConnectionOptions = {}): TestConnection {
    return this.checked(() => new TestConnection(this.plugin, options, (act) => this.checked(act)));
  }

  /** Time passes, with all that falls due on the way: ticks, answers of HTTP servers, time-outs. */
  advance(milliseconds: number): void {
    this.checked(() => this.vm.advance(milliseconds));
  }

  /** All numbers, by `name{label="value"}` with the labels in the order of the alphabet, without protocol and stat_prefix. */
  get metrics(): MetricValues {
    this.checked(() => this.vm.tick());
    return canonicalMetricsOf(this.vm);
  }

  /**
   * One number: a counter, a gauge, or `…_count` and `…_sum` of a histogram. 0 for labels that nothing was counted for
   * yet; throws when there is no metric of that name.
   */
  metric(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const { metrics } = this;
    const found = metrics.get(canonicalKey(name, labels));
    if (found !== undefined) return found;
    const names = new Set([...metrics.keys()].map((key) => key.replace(/\{.*/, "")));
    if (!names.has(name)) throw new Error(`no metric ${name}; there are: ${[...names].sort().join(", ")}`);
    return 0;
  }

  /** The configuration is withdrawn; the filter hears of it when the last connection is over. */
  end(): void {
    this.checked(() => this.plugin.shutdown());
  }

  private checked<T>(act: () => T): T {
    const result = act();
    if (this.vm.failure !== undefined) throw new Error(`the module trapped: ${this.vm.failure}`);
    return result;
  }
}

type Checked = (act: () => void) => void;

/**
 * One connection, as its two peers see it. What cannot happen throws: bytes after an end of stream, a server that speaks
 * before it is connected, anything after the close. Texts are UTF-8.
 */
export class TestConnection {
  private readonly peers: Peers;
  private readonly checked: Checked;

  /** For {@link TestProxy.connect}. */
  constructor(plugin: Plugin, options: TestConnectionOptions, checked: Checked) {
    this.checked = checked;
    this.peers = new Peers(plugin, options);
  }

  clientSends(bytes: string | Uint8Array): void {
    this.checked(() => this.peers.send("client", bytesOf(bytes)));
  }

  /** The client sends no more, after `bytes`. When both peers have ended, the proxy closes. */
  clientEnds(bytes: string | Uint8Array = ""): void {
    this.checked(() => this.peers.end("client", bytesOf(bytes)));
  }

  /** The client is gone without an end of stream. */
  clientCloses(): void {
    this.checked(() => this.peers.reset("client"));
  }

  serverSends(bytes: string | Uint8Array): void {
    this.checked(() => this.peers.send("server", bytesOf(bytes)));
  }

  /** The server sends no more, after `bytes`. When both peers have ended, the proxy closes. */
  serverEnds(bytes: string | Uint8Array = ""): void {
    this.checked(() => this.peers.end("server", bytesOf(bytes)));
  }

  /** The server is gone without an end of stream. */
  serverCloses(): void {
    this.checked(() => this.peers.reset("server"));
  }

  /** The proxy closes, as it does at a limit of its own. */
  proxyCloses(): void {
    this.checked(() => this.peers.closeLocally());
  }

  /** The server that `connectUpstream` was asked for is there. */
  serverConnects(): void {
    this.checked(() => this.peers.connection.upstreamConnected());
  }

  /** More becomes known about the connection. */
  setProperties(properties: Properties): void {
    this.peers.connection.setProperties(properties);
  }

  /** What has reached the server. */
  get serverSaw(): string {
    return this.textFrom("client");
  }

  /** What has reached the client. */
  get clientSaw(): string {
    return this.textFrom("server");
  }

  /** As {@link serverSaw}, the bytes themselves. */
  get serverBytes(): Uint8Array {
    return this.peers.passed.client.bytes;
  }

  /** As {@link clientSaw}, the bytes themselves. */
  get clientBytes(): Uint8Array {
    return this.peers.passed.server.bytes;
  }

  /** Whether the client's end of stream has reached the server. */
  get serverSawEnd(): boolean {
    return this.peers.passed.client.ended;
  }

  /** Whether the server's end of stream has reached the client. */
  get clientSawEnd(): boolean {
    return this.peers.passed.server.ended;
  }

  /** Whether the connection is over. */
  get isClosed(): boolean {
    return this.peers.connection.closed;
  }

  /** Why the filter closed it; undefined where it did not. */
  get closedByFilter(): string | undefined {
    return this.peers.connection.closedByFilter;
  }

  /** Whether the proxy makes, or has made, a connection to the server. */
  get isConnected(): boolean {
    return this.peers.connection.upstreamWanted;
  }

  /** The cluster that the filter chose; undefined for that of the configuration. */
  get cluster(): string | undefined {
    return this.peers.connection.cluster;
  }

  /** Bytes of the client's that the filter holds. */
  get heldBytes(): number {
    return this.peers.connection.held;
  }

  /** Filter state that the filter set, as text by full key. */
  get filterState(): Readonly<Record<string, string>> {
    const pairs = [...this.peers.connection.filterState];
    return Object.fromEntries(pairs.map(([key, value]) => [key, Buffer.from(value).toString()]));
  }

  private textFrom(peer: TranscriptPeer): string {
    return Buffer.from(this.peers.passed[peer].bytes).toString();
  }
}

function bytesOf(bytes: string | Uint8Array): Uint8Array {
  return typeof bytes === "string" ? Buffer.from(bytes) : bytes;
}
