import { LOG_ERROR, LOG_WARN } from "../../abi/constants";
import { Slice } from "../../bytes/slice";
import { Settings } from "../../config/settings";
import { FilterChain } from "../../extension/chain";
import { DownstreamChunk, UpstreamChunk } from "../../extension/chunk";
import { Connection } from "../../extension/connection";
import { FilterFactory } from "../../extension/factory";
import { NetworkFilter } from "../../extension/filter";
import { HttpClient } from "../../extension/http-client";
import { OnError, Plugin } from "../../extension/plugin";
import { Ticker } from "../../extension/ticker";
import { Faults } from "../../host/faults";
import { FilterState } from "../../host/filter-state";
import { Host } from "../../host/host";
import { HttpRequest, HttpResponse } from "../../host/http";
import { Gauge, Histogram } from "../../host/metric";
import { Stats } from "../../host/stats";
import { bytesOf, FakeConnection, FakeHost, FakeProxy } from "../../testing";

/** Does what the client's bytes ask for. */
class ProbeFactory extends FilterFactory {
  configure(settings: Settings): Plugin {
    const stats = Stats.of("probe", settings.name("stat_prefix", "edge"));
    const plugin = new ProbePlugin(stats);
    if (settings.bool("strict", false)) plugin.onError = OnError.close;
    return plugin;
  }
}

class ProbePlugin extends Plugin {
  readonly gauge: Gauge;
  readonly histogram: Histogram;

  constructor(stats: Stats) {
    super();
    this.gauge = stats.gauge("probe_gauge");
    this.histogram = stats.histogram("probe_bytes");
    this.every(1000);
  }

  newFilter(): NetworkFilter {
    return new ProbeFilter(this);
  }

  onTick(_ticker: Ticker): void {
    if (FakeHost.sharedData.isRefusing) Host.sharedData.write("key", VALUE, 0);
  }

  onQueueReady(queue: u32): void {
    if (queue == 7) Host.foreign.call("compress", VALUE);
  }
}

class ProbeFilter extends NetworkFilter {
  private readonly request: HttpRequest = new HttpRequest("authorizer");

  constructor(private readonly plugin: ProbePlugin) {
    super();
  }

  onDownstreamData(chunk: DownstreamChunk, _endOfStream: bool): void {
    const bytes = chunk.bytes();
    if (bytes.startsWith("fail")) this.fail("the probe cannot go on");
    if (bytes.equals("state")) FilterState.set("probe", bytes);
    if (bytes.equals("gauge")) this.plugin.gauge.set(1);
    if (bytes.equals("sample")) this.plugin.histogram.record(1);
    if (bytes.equals("close")) chunk.close();
    if (bytes.equals("edit")) chunk.prepend(VALUE);
    if (bytes.equals("all")) {
      FilterState.set("probe", bytes);
      chunk.close();
      this.fail("what follows");
    }
    if (bytes.equals("odd")) {
      Faults.refused("done", 99);
      this.fail("strange");
    }
    if (bytes.startsWith("ask")) this.ask(bytes, chunk);
    if (bytes.equals("hold")) chunk.hold();
  }

  onUpstreamData(chunk: UpstreamChunk, _endOfStream: bool): void {
    if (chunk.bytes().equals("fail")) this.fail("the server's turn");
  }

  onHttpResponse(_response: HttpResponse, connection: Connection): void {
    connection.release();
  }

  private ask(bytes: Slice, chunk: DownstreamChunk): void {
    const token = HttpClient.call(this.request, this);
    if (token == 0 && bytes.equals("ask!")) this.fail("the authorizer cannot be asked");
    if (token != 0) chunk.hold();
  }
}

/** Two probes one behind the other. */
class PairFactory extends FilterChain {
  constructor(rootId: string) {
    super(rootId);
    this.add("first", new ProbeFactory("first"));
    this.add("second", new ProbeFactory("second"));
  }
}

/** Global: objects that only the stack knows are collected at configuration. */
const VALUE: Slice = bytesOf("value");

const kept: FakeConnection[] = [];
let minutes: u64 = 0;

/** A proxy at a time when no kind of fault was logged lately. */
function start(configuration: string = ""): FakeProxy {
  const proxy = FakeProxy.start(new ProbeFactory("heirloom.probe"), configuration);
  awayFromOthers();
  return proxy;
}

function awayFromOthers(): void {
  minutes += 60;
  FakeHost.clock.advance(minutes * 60_000);
}

function connect(proxy: FakeProxy): FakeConnection {
  const connection = proxy.connect();
  kept.push(connection);
  return connection;
}

function lines(): string {
  return FakeHost.log.lines.join("|");
}

/** What the log says when a client sends `text`. */
function saidOf(proxy: FakeProxy, text: string): string {
  connect(proxy).clientSends(text);
  return lines();
}

const BEFORE = "heirloom.probe: edge: on_downstream_data: ";

describe("a fault in the log", () => {
  it("names the configuration and the callback", () => {
    expect(saidOf(start(), "fail")).toBe(BEFORE + "the probe cannot go on");
    expect(FakeHost.log.levels).toStrictEqual([LOG_ERROR]);
    const proxy = start('{"stat_prefix":"other"}');
    connect(proxy).serverSends("fail");
    expect(lines()).toBe("heirloom.probe: other: on_upstream_data: the server's turn");
  });

  it("names the host call and what the proxy answered", () => {
    const proxy = start();
    FakeHost.buffers.isRefusing = true;
    expect(saidOf(proxy, "x")).toBe(
      BEFORE + "get_buffer_bytes: status 2 (bad argument): the proxy refused the bytes of a chunk",
    );
  });

  it("is of a filter state", () => {
    const proxy = start();
    FakeHost.properties.isRefusing = true;
    expect(saidOf(proxy, "state")).toBe(
      BEFORE + "set_property: status 2 (bad argument): the proxy refused a filter state",
    );
  });

  it("is of a metric", () => {
    const proxy = start();
    const client = connect(proxy);
    FakeHost.metrics.isRefusing = true;
    client.clientSends("gauge");
    expect(lines()).toBe(BEFORE + "record_metric: status 2 (bad argument): the proxy refused a metric");
  });

  it("is of counters that are flushed", () => {
    const proxy = start();
    connect(proxy).clientSends("fail");
    FakeHost.log.lines = [];
    FakeHost.metrics.isRefusing = true;
    proxy.tick();
    expect(lines()).toBe(
      "heirloom.probe: edge: on_tick: increment_metric: status 2 (bad argument): the proxy refused a metric",
    );
  });

  it("is of samples that are flushed", () => {
    const proxy = start();
    connect(proxy).clientSends("sample");
    FakeHost.metrics.isRefusing = true;
    proxy.tick();
    expect(lines()).toBe(
      "heirloom.probe: edge: on_tick: record_metric: status 2 (bad argument): the proxy refused a metric",
    );
  });

  it("is of held bytes that do not go on", () => {
    const proxy = start();
    const client = connect(proxy);
    client.clientSends("ask");
    FakeHost.stream.isRefusing = true;
    proxy.answer(1, 200);
    expect(lines()).toBe(
      "heirloom.probe: edge: on_http_call_response: continue_stream: status 2 (bad argument): " +
        "the proxy refused to go on with held bytes",
    );
  });

  it("is of held bytes that a fault of the server's side lets go on", () => {
    const proxy = start();
    const client = connect(proxy);
    const other = connect(proxy);
    client.clientSends("hold");
    FakeHost.stream.isRefusing = true;
    client.serverSends("fail");
    expect(FakeHost.log.lines.length).toBe(2);
    expect(FakeHost.log.lines[1]).toBe(
      "heirloom.probe: edge: on_upstream_data: continue_stream: status 2 (bad argument): " +
        "the proxy refused to go on with held bytes",
    );
    FakeHost.stream.isRefusing = false;
    expect(Faults.pending).toBe(0);
    other.clientSends("on");
    expect(other.serverSaw).toBe("on");
    expect(FakeHost.log.lines.length).toBe(2);
  });

  it("is of a connection that cannot be closed as its plugin wants", () => {
    const proxy = start('{"strict":true}');
    FakeHost.stream.isRefusing = true;
    const client = connect(proxy);
    client.clientSends("fail");
    expect(lines()).toBe(
      BEFORE +
        "the probe cannot go on|" +
        BEFORE +
        "close_stream: status 2 (bad argument): the proxy refused",
    );
    FakeHost.stream.isRefusing = false;
    client.clientSends("on");
    expect(client.serverSaw).toBe("failon");
    expect(FakeHost.log.lines.length).toBe(2);
  });

  it("names the host call that was refused before it", () => {
    const proxy = start();
    FakeHost.http.isRefusing = true;
    expect(saidOf(proxy, "ask!")).toBe(
      BEFORE + "http_call: status 2 (bad argument): the authorizer cannot be asked",
    );
  });

  it("does not name what was refused in a callback before", () => {
    const proxy = start();
    const client = connect(proxy);
    FakeHost.http.isRefusing = true;
    client.clientSends("ask");
    FakeHost.log.lines = [];
    client.clientSends("fail");
    expect(lines()).toBe(BEFORE + "the probe cannot go on");
  });

  it("keeps to what was reported first, and counts the kinds of all", () => {
    const proxy = start();
    FakeHost.properties.isRefusing = true;
    FakeHost.stream.isRefusing = true;
    expect(saidOf(proxy, "all")).toBe(
      BEFORE + "set_property: status 2 (bad argument): the proxy refused a filter state",
    );
    proxy.tick();
    expect(FakeHost.metrics.value("probe.edge.filter_errors_total.kind.host_call")).toBe(1);
    expect(FakeHost.metrics.value("probe.edge.filter_errors_total.kind.filter_fault")).toBe(1);
  });

  it("names the link of a chain", () => {
    const proxy = FakeProxy.start(new PairFactory("heirloom.pair"), '{"second":{"stat_prefix":"behind"}}');
    awayFromOthers();
    connect(proxy).clientSends("fail");
    expect(lines()).toBe("heirloom.pair: edge: on_downstream_data: link first: the probe cannot go on");
    awayFromOthers();
    connect(proxy).serverSends("fail");
    expect(FakeHost.log.lines[1]).toBe(
      "heirloom.pair: edge: on_upstream_data: link second: the server's turn",
    );
  });

  it("says a status that has no name by its number", () => {
    expect(saidOf(start(), "odd")).toBe(BEFORE + "done: status 99: strange");
  });
});

describe("a refused host call that nobody reports", () => {
  it("is a warning, and no fault", () => {
    const proxy = start();
    const client = connect(proxy);
    FakeHost.http.isRefusing = true;
    client.clientSends("ask");
    expect(lines()).toBe(BEFORE + "http_call: status 2 (bad argument): the proxy refused");
    expect(FakeHost.log.levels).toStrictEqual([LOG_WARN]);
    client.clientSends("go on");
    expect(client.serverSaw).toBe("askgo on");
    proxy.tick();
    expect(FakeHost.metrics.value("probe.edge.filter_errors_total.kind.host_call")).toBe(0);
  });

  it("is one once a minute", () => {
    const proxy = start();
    FakeHost.http.isRefusing = true;
    const client = connect(proxy);
    for (let i = 0; i < 3; i++) client.clientSends("ask");
    expect(FakeHost.log.lines.length).toBe(1);
    FakeHost.clock.advance(60_000);
    client.clientSends("ask");
    expect(FakeHost.log.lines.length).toBe(2);
  });

  it("may be of the connection", () => {
    const proxy = start();
    FakeHost.stream.isRefusing = true;
    expect(saidOf(proxy, "close")).toBe(BEFORE + "close_stream: status 2 (bad argument): the proxy refused");
  });

  it("may be of what is shared, at a tick", () => {
    const proxy = start();
    FakeHost.sharedData.isRefusing = true;
    proxy.tick();
    proxy.tick();
    expect(lines()).toBe(
      "heirloom.probe: edge: on_tick: set_shared_data: status 2 (bad argument): the proxy refused",
    );
  });

  it("may be of a foreign function, at a queue", () => {
    const proxy = start();
    FakeHost.foreign.isRefusing = true;
    proxy.queueReady(7);
    expect(lines()).toBe(
      "heirloom.probe: edge: on_queue_ready: call_foreign_function: status 1 (not found): the proxy refused",
    );
  });
});
