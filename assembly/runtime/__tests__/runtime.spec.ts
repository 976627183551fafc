import { LOG_ERROR } from "../../abi/constants";
import { Settings } from "../../config/settings";
import { DownstreamChunk, UpstreamChunk } from "../../extension/chunk";
import { NewConnection } from "../../extension/connection";
import { FilterFactory } from "../../extension/factory";
import { NetworkFilter, Peer } from "../../extension/filter";
import { Module } from "../../extension/module";
import { Plugin } from "../../extension/plugin";
import { Host } from "../../host/host";
import { Counter, Gauge } from "../../host/metric";
import { Stats } from "../../host/stats";
import { FakeHost } from "../../testing";
import {
  malloc,
  proxy_abi_version_0_2_1,
  proxy_on_configure,
  proxy_on_context_create,
  proxy_on_delete,
  proxy_on_done,
  proxy_on_downstream_connection_close,
  proxy_on_downstream_data,
  proxy_on_log,
  proxy_on_new_connection,
  proxy_on_tick,
  proxy_on_upstream_connection_close,
  proxy_on_upstream_data,
  proxy_on_vm_start,
} from "../callbacks";
import { Contexts } from "../contexts";

/** What the filters under test were told, by all of them. */
let heard: string = "";
let filtersMade: i32 = 0;
let pluginsDone: i32 = 0;
let days: u64 = 0;

class ProbeFactory extends FilterFactory {
  configure(settings: Settings): Plugin {
    const prefix = settings.name("stat_prefix", "default");
    const stats = Stats.of("probe", prefix);
    if (settings.bool("wrong_metric", false)) stats.counter("Wrong");
    settings.integer("n", 1, 1, 10);
    if (settings.bool("two", false)) Stats.of("second", prefix);
    return new ProbePlugin(stats);
  }
}

class ProbePlugin extends Plugin {
  readonly connections: Counter;
  readonly active: Gauge;
  readonly ends: Counter;

  constructor(stats: Stats) {
    super();
    this.connections = stats.counter("connections_total");
    this.active = stats.gauge("connections_active");
    this.ends = stats.counter("connection_ends_total").ends();
  }

  newFilter(): NetworkFilter {
    filtersMade++;
    return new ProbeFilter(this);
  }

  onDone(): void {
    pluginsDone++;
  }
}

class ProbeFilter extends NetworkFilter {
  constructor(private readonly plugin: ProbePlugin) {
    super();
  }

  onNewConnection(_connection: NewConnection): void {
    heard += "new ";
    this.plugin.connections.inc();
    this.plugin.active.add(1);
  }

  onDownstreamData(chunk: DownstreamChunk, endOfStream: bool): void {
    const bytes = chunk.bytes();
    heard += "d" + chunk.size.toString() + (endOfStream ? "! " : " ");
    if (bytes.startsWith("fail")) this.fail("the probe cannot go on");
  }

  onUpstreamData(chunk: UpstreamChunk, endOfStream: bool): void {
    heard += "u" + chunk.size.toString() + (endOfStream ? "! " : " ");
  }

  onDownstreamClose(peer: Peer): void {
    heard += "dc" + (<i32>peer).toString() + " ";
    this.plugin.active.add(-1);
    this.plugin.ends.inc();
  }

  onUpstreamClose(peer: Peer): void {
    heard += "uc" + (<i32>peer).toString() + " ";
  }

  onLog(): void {
    heard += "log ";
  }

  onDelete(): void {
    heard += "delete ";
  }
}

/** A filter that keeps every default. */
class SilentFactory extends FilterFactory {
  configure(_settings: Settings): Plugin {
    return new SilentPlugin();
  }
}

class SilentPlugin extends Plugin {
  newFilter(): NetworkFilter {
    return new SilentFilter();
  }
}

class SilentFilter extends NetworkFilter {}

/** Creates and configures a root context; whether it was accepted. */
function configure(root: u32, json: string): bool {
  proxy_on_context_create(root, 0);
  expect(proxy_on_vm_start(root, 0)).toBe(1);
  return proxy_on_configure(root, FakeHost.buffers.setConfiguration(json)) == 1;
}

function connect(stream: u32, root: u32): void {
  proxy_on_context_create(stream, root);
  expect(proxy_on_new_connection(stream)).toBe(0);
}

function send(stream: u32, text: string): void {
  expect(proxy_on_downstream_data(stream, FakeHost.buffers.setDownstream(text), 0)).toBe(0);
}

function close(stream: u32): void {
  proxy_on_downstream_connection_close(stream, 2);
  expect(proxy_on_done(stream)).toBe(1);
  proxy_on_log(stream);
  proxy_on_delete(stream);
}

function endRoot(root: u32): void {
  expect(proxy_on_done(root)).toBe(1);
  proxy_on_delete(root);
}

/** Value of a metric of the probe with the prefix `edge`. */
function value(metric: string): i64 {
  return FakeHost.metrics.value("probe.edge." + metric);
}

function lines(): string {
  return FakeHost.log.lines.join("|");
}

function errorsOf(kind: string): i64 {
  return value("filter_errors_total.kind." + kind);
}

beforeEach(() => {
  FakeHost.install();
  Module.reset();
  Module.register(new ProbeFactory("heirloom.probe"));
  Stats.takeCreated();
  heard = "";
  filtersMade = 0;
  pluginsDone = 0;
  days++;
  FakeHost.clock.advance(24 * 3_600_000 * days); // so that no log interval of an earlier test is still on
});

afterEach(() => {
  for (let root = Contexts.roots; root !== null; root = Contexts.roots) proxy_on_delete(root.id);
});

describe("a configuration", () => {
  it("is accepted, defines its metrics and asks for ticks", () => {
    proxy_abi_version_0_2_1();
    expect(configure(1, '{"stat_prefix":"edge"}')).toBe(true);
    expect(value("connections_total")).toBe(0);
    expect(errorsOf("host_call")).toBe(0);
    expect(value("filter_memory_bytes")).toBe(0);
    expect(value("filter_info.version.0_1_0.verbosity.high")).toBe(1);
    expect(FakeHost.timer.period).toBe(1000);
    expect(lines()).toBe("");
  });

  it("may be absent", () => {
    expect(configure(1, "")).toBe(true);
    expect(FakeHost.metrics.isDefined("probe.default.connections_total")).toBe(true);
  });

  it("is refused with one line for each error", () => {
    expect(configure(1, '{"stat_prefix":"Edge","n":11,"m":1}')).toBe(false);
    expect(lines()).toBe(
      'heirloom.probe: configuration: unknown key "m"; did you mean "n"? (byte 30)|' +
        "heirloom.probe: configuration: n: expected a whole number between 1 and 10, found 11 (byte 27)|" +
        'heirloom.probe: configuration: stat_prefix: expected a name [a-z][a-z0-9_]{0,31}, found "Edge" (byte 16)',
    );
    expect(FakeHost.log.levels).toStrictEqual([LOG_ERROR, LOG_ERROR, LOG_ERROR]);
  });

  it("is refused when it is no JSON", () => {
    expect(configure(1, '{"n":}')).toBe(false);
    expect(lines()).toBe('heirloom.probe: configuration: expected a value, found "}" (byte 6)');
    expect(FakeHost.metrics.names.length).toBe(0);
  });

  it("is refused when a metric is declared wrongly", () => {
    expect(configure(1, '{"wrong_metric":true}')).toBe(false);
    expect(lines()).toBe('heirloom.probe: metric "Wrong": expected a name made of a-z, 0-9 and _');
  });

  it("is refused when the proxy refuses metrics or ticks", () => {
    FakeHost.metrics.isRefusing = true;
    expect(configure(1, "")).toBe(false);
    FakeHost.metrics.isRefusing = false;
    FakeHost.timer.isRefusing = true;
    expect(configure(2, "")).toBe(false);
    FakeHost.timer.isRefusing = false;
    FakeHost.buffers.isRefusing = true;
    expect(configure(3, "{}")).toBe(false);
    const before = "heirloom.probe: default: on_configure: ";
    const status = ": status 2 (bad argument): the proxy refused ";
    expect(FakeHost.log.lines).toStrictEqual([
      before + "define_metric" + status + "to define a metric",
      before + "set_tick_period_milliseconds" + status + "a timer",
      "heirloom.probe: on_configure: get_buffer_bytes" + status + "the configuration",
    ]);
    expect(proxy_on_configure(3, (1 << 20) + 1)).toBe(0);
  });

  it("goes to the filter of its root_id", () => {
    Module.register(new SilentFactory("heirloom.silent"));
    FakeHost.properties.setText("plugin_root_id", "heirloom.silent");
    expect(configure(1, "")).toBe(true);
    FakeHost.properties.setText("plugin_root_id", "heirloom.prob");
    expect(configure(2, "")).toBe(false);
    FakeHost.properties.setText("plugin_root_id", "");
    expect(configure(3, "")).toBe(false);
    expect(lines()).toBe(
      'heirloom: root_id: expected "heirloom.probe" or "heirloom.silent", found "heirloom.prob"|' +
        'heirloom: root_id: expected "heirloom.probe" or "heirloom.silent", found ""',
    );
  });

  it("is refused when the module itself is wrong", () => {
    Module.register(new ProbeFactory("heirloom.probe"));
    expect(configure(1, "")).toBe(false);
    expect(lines()).toBe('heirloom: two filters are registered as root_id "heirloom.probe"');
  });

  it("is refused for a context that is not known", () => {
    expect(proxy_on_configure(99, 0)).toBe(0);
  });
});

describe("a connection", () => {
  it("goes through every callback", () => {
    configure(1, '{"stat_prefix":"edge"}');
    connect(2, 1);
    send(2, "EHLO");
    expect(proxy_on_upstream_data(2, 10, 0)).toBe(0);
    expect(proxy_on_downstream_data(2, FakeHost.buffers.setDownstream(""), 1)).toBe(0);
    expect(proxy_on_upstream_data(2, 0, 1)).toBe(0);
    proxy_on_upstream_connection_close(2, 0);
    close(2);
    expect(heard).toBe("new d4 u10 d0! u0! uc0 dc2 log delete ");
    expect(value("connections_total")).toBe(1);
    expect(value("connections_active")).toBe(0);
    expect(value("connection_ends_total")).toBe(1);
  });

  it("knows only the peers there are", () => {
    configure(1, "");
    connect(2, 1);
    proxy_on_upstream_connection_close(2, 1);
    proxy_on_upstream_connection_close(2, 7);
    proxy_on_upstream_connection_close(2, -1);
    expect(heard).toBe("new uc1 uc0 uc0 ");
  });

  it("gets a filter that was used before", () => {
    configure(1, "");
    for (let i: u32 = 0; i < 10; i++) {
      connect(2 + i, 1);
      close(2 + i);
    }
    expect(filtersMade).toBe(1);
    connect(20, 1);
    connect(21, 1);
    expect(filtersMade).toBe(2);
  });

  it("does nothing under a refused configuration", () => {
    configure(1, "{");
    connect(2, 1);
    send(2, "EHLO");
    proxy_on_upstream_data(2, 3, 0);
    proxy_on_upstream_connection_close(2, 0);
    close(2);
    expect(heard).toBe("");
    proxy_on_tick(1);
    endRoot(1);
    expect(pluginsDone).toBe(0);
  });

  it("may be one of a filter that keeps every default", () => {
    Module.reset();
    Module.register(new SilentFactory("heirloom.silent"));
    configure(1, "");
    connect(2, 1);
    send(2, "EHLO");
    proxy_on_upstream_data(2, 3, 0);
    proxy_on_upstream_connection_close(2, 0);
    close(2);
    proxy_on_tick(1);
    endRoot(1);
    expect(lines()).toBe("");
  });

  it("reads the clock anew in each callback", () => {
    configure(1, "");
    connect(2, 1);
    const before = Host.clock.now();
    FakeHost.clock.monotonicTime += 5;
    expect(Host.clock.now()).toBe(before);
    send(2, "x");
    expect(Host.clock.now()).toBe(before + 5);
  });
});

describe("contexts out of order", () => {
  it("are survived and counted", () => {
    configure(1, '{"stat_prefix":"edge"}');
    proxy_on_new_connection(50);
    proxy_on_downstream_data(50, 5, 0);
    proxy_on_upstream_data(50, 5, 0);
    proxy_on_downstream_connection_close(50, 1);
    proxy_on_upstream_connection_close(50, 1); // may come late, and is none
    expect(proxy_on_done(50)).toBe(1);
    proxy_on_log(50);
    proxy_on_delete(50);
    proxy_on_tick(50);
    proxy_on_context_create(51, 50);
    proxy_on_tick(1);
    expect(heard).toBe("");
    expect(errorsOf("unknown_context")).toBe(7);
    expect(FakeHost.log.lines.length).toBe(1);
    expect(lines()).toBe(
      "heirloom.probe: edge: on_new_connection: a callback came for a connection that is not known",
    );
  });

  it("are survived before anything is configured", () => {
    proxy_on_downstream_data(50, 5, 0);
    proxy_on_context_create(0, 0);
    proxy_on_context_create(50, 0);
    proxy_on_downstream_data(50, 5, 0);
    proxy_on_log(50);
    endRoot(50);
    expect(FakeHost.log.lines.length).toBe(1);
  });

  it("may use an id again while it is in use", () => {
    configure(1, '{"stat_prefix":"edge"}');
    connect(2, 1);
    connect(2, 1);
    send(2, "x");
    close(2);
    expect(heard).toBe("new delete new d1 dc2 log delete ");
    expect(filtersMade).toBe(1);
    expect(value("connections_total")).toBe(2);
  });

  it("may delete a configuration under its connections", () => {
    configure(1, '{"stat_prefix":"edge"}');
    configure(3, '{"stat_prefix":"edge"}');
    connect(2, 1);
    connect(4, 1);
    endRoot(1);
    send(2, "x");
    close(4);
    expect(heard).toBe("new new ");
    connect(5, 3);
    expect(heard).toBe("new new new ");
  });

  it("may configure again under open connections", () => {
    configure(1, "");
    connect(2, 1);
    expect(proxy_on_configure(1, FakeHost.buffers.setConfiguration('{"stat_prefix":"edge"}'))).toBe(1);
    send(2, "x");
    close(2);
    connect(3, 1);
    expect(filtersMade).toBe(2);
    proxy_on_tick(1);
    expect(value("connections_total")).toBe(1);
  });
});

describe("a fault", () => {
  it("stops the data of its connection, and nothing else", () => {
    configure(1, '{"stat_prefix":"edge"}');
    connect(2, 1);
    connect(3, 1);
    send(2, "fail");
    send(2, "more");
    proxy_on_upstream_data(2, 3, 0);
    send(3, "good");
    close(2);
    expect(heard).toBe("new new d4 d4 dc2 log delete ");
    proxy_on_tick(1);
    expect(errorsOf("filter_fault")).toBe(1);
    expect(value("connection_ends_total")).toBe(1);
    expect(lines()).toBe("heirloom.probe: edge: on_downstream_data: the probe cannot go on");
  });

  it("is over with the next connection", () => {
    configure(1, "");
    connect(2, 1);
    send(2, "fail");
    close(2);
    heard = "";
    connect(3, 1);
    send(3, "good");
    expect(heard).toBe("new d4 ");
    expect(filtersMade).toBe(1);
  });

  it("is logged once per kind and minute, and always counted", () => {
    configure(1, '{"stat_prefix":"edge"}');
    for (let i: u32 = 2; i < 12; i++) {
      connect(i, 1);
      send(i, "fail");
    }
    expect(FakeHost.log.lines.length).toBe(1);
    FakeHost.clock.advance(60_000);
    connect(20, 1);
    send(20, "fail");
    expect(FakeHost.log.lines.length).toBe(2);
    proxy_on_tick(1);
    expect(errorsOf("filter_fault")).toBe(11);
  });

  it("may be a refused fetch", () => {
    configure(1, '{"stat_prefix":"edge"}');
    connect(2, 1);
    FakeHost.buffers.isRefusing = true;
    send(2, "EHLO");
    FakeHost.buffers.isRefusing = false;
    send(2, "EHLO");
    proxy_on_tick(1);
    expect(errorsOf("host_call")).toBe(1);
    expect(heard).toBe("new d4 ");
  });
});

describe("flushing", () => {
  it("waits for the tick of its own configuration", () => {
    configure(1, '{"stat_prefix":"edge"}');
    configure(2, '{"stat_prefix":"other"}');
    connect(3, 1);
    proxy_on_tick(2);
    expect(value("connections_total")).toBe(0);
    proxy_on_tick(1);
    expect(value("connections_total")).toBe(1);
  });

  it("happens once when a connection ends", () => {
    configure(1, '{"stat_prefix":"edge"}');
    connect(2, 1);
    proxy_on_downstream_connection_close(2, 1);
    proxy_on_done(2);
    expect(value("connection_ends_total")).toBe(0);
    proxy_on_log(2);
    expect(value("connection_ends_total")).toBe(1);
  });

  it("happens at the deletion of a connection that had no log", () => {
    configure(1, '{"stat_prefix":"edge"}');
    connect(2, 1);
    proxy_on_delete(2);
    expect(value("connections_total")).toBe(1);
  });

  it("makes no call when nothing happened", () => {
    configure(1, '{"stat_prefix":"edge"}');
    proxy_on_tick(1);
    const calls = FakeHost.metrics.journal.length;
    for (let i = 0; i < 5; i++) proxy_on_tick(1);
    expect(FakeHost.metrics.journal.length).toBe(calls);
  });

  it("covers every Stats of the configuration", () => {
    configure(1, '{"stat_prefix":"edge","two":true}');
    expect(FakeHost.metrics.value("second.edge.filter_info.version.0_1_0.verbosity.high")).toBe(1);
    endRoot(1);
    expect(FakeHost.metrics.value("second.edge.filter_info.version.0_1_0.verbosity.high")).toBe(0);
  });
});

describe("the end of a configuration", () => {
  it("tells the plugin, flushes and clears filter_info", () => {
    configure(1, '{"stat_prefix":"edge"}');
    connect(2, 1);
    endRoot(1);
    expect(pluginsDone).toBe(1);
    expect(value("connections_total")).toBe(1);
    expect(value("filter_info.version.0_1_0.verbosity.high")).toBe(0);
    proxy_on_done(1);
    expect(pluginsDone).toBe(1);
  });

  it("leaves filter_info alone while another configuration shows the same", () => {
    configure(1, '{"stat_prefix":"edge"}');
    configure(2, '{"stat_prefix":"edge"}');
    configure(3, '{"stat_prefix":"other"}');
    endRoot(1);
    expect(FakeHost.metrics.journal.includes("probe.edge.filter_info.version.0_1_0.verbosity.high =0")).toBe(
      false,
    );
    endRoot(3);
    expect(FakeHost.metrics.journal.includes("probe.other.filter_info.version.0_1_0.verbosity.high =0")).toBe(
      true,
    );
  });

  it("is made good by the ticks of those that remain", () => {
    configure(1, '{"stat_prefix":"edge"}');
    const before = FakeHost.metrics.journal.length;
    for (let i = 0; i < 10; i++) proxy_on_tick(1);
    expect(FakeHost.metrics.journal.length).toBe(before + 1);
  });

  it("stops the filters of its connections", () => {
    configure(1, "");
    connect(2, 1);
    proxy_on_done(1);
    proxy_on_tick(1);
    expect(proxy_on_downstream_data(2, 0, 1)).toBe(0);
  });
});

describe("filter_memory_bytes", () => {
  it("is kept by the configuration of the first connection, and handed on when that ends", () => {
    configure(1, '{"stat_prefix":"one"}');
    configure(2, '{"stat_prefix":"two"}');
    connect(3, 2);
    connect(4, 1);
    proxy_on_tick(1);
    proxy_on_tick(2);
    const bytes = <i64>memory.size() * 65536;
    expect(FakeHost.metrics.value("probe.one.filter_memory_bytes")).toBe(0);
    expect(FakeHost.metrics.value("probe.two.filter_memory_bytes")).toBe(bytes);
    close(3);
    endRoot(2);
    expect(FakeHost.metrics.value("probe.two.filter_memory_bytes")).toBe(0);
    connect(5, 1);
    proxy_on_tick(1);
    expect(FakeHost.metrics.value("probe.one.filter_memory_bytes")).toBe(<i64>memory.size() * 65536);
  });

  it("follows growth", () => {
    configure(1, '{"stat_prefix":"edge"}');
    connect(2, 1);
    proxy_on_tick(1);
    memory.grow(1);
    proxy_on_tick(1);
    expect(value("filter_memory_bytes")).toBe(<i64>memory.size() * 65536);
    endRoot(1);
    expect(value("filter_memory_bytes")).toBe(0);
  });
});

describe("malloc", () => {
  it("hands out the same memory again, larger when asked, and nothing beyond its limit", () => {
    const small = malloc(100);
    expect(small > 0).toBe(true);
    expect(malloc(10)).toBe(small);
    expect(malloc(64 << 10) > 0).toBe(true);
    expect(malloc((64 << 10) + 1)).toBe(0);
    expect(malloc(1 << 30)).toBe(0);
  });
});
