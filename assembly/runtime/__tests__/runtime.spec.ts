import { LOG_ERROR } from "../../abi/constants";
import { Budget, DEFAULT_MEMORY_BYTES } from "../../bytes/budget";
import { Module } from "../../extension/module";
import { FakeHost } from "../../testing";
import {
  malloc,
  proxy_abi_version_0_2_1,
  proxy_on_configure,
  proxy_on_context_create,
  proxy_on_done,
  proxy_on_downstream_data,
  proxy_on_tick,
} from "../callbacks";
import {
  ProbeFactory,
  SilentFactory,
  begin,
  close,
  configure,
  connect,
  end,
  endRoot,
  errorsOf,
  filtersMade,
  lines,
  pluginsDone,
  value,
} from "./probe";

beforeEach(() => {
  begin();
});

afterEach(() => {
  end();
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

  it("comes to a root context once", () => {
    expect(configure(1, '{"stat_prefix":"edge"}')).toBe(true);
    connect(2, 1);
    expect(proxy_on_configure(1, FakeHost.buffers.setConfiguration('{"stat_prefix":"other"}'))).toBe(0);
    expect(lines()).toBe("heirloom.probe: configuration: this root context has one: another needs its own");
    close(2);
    connect(3, 1);
    expect(filtersMade).toBe(1);
    proxy_on_tick(1);
    expect(value("connections_total")).toBe(2);
    proxy_on_done(1);
    expect(proxy_on_configure(1, FakeHost.buffers.setConfiguration("{}"))).toBe(0);
    close(3);
    expect(value("connection_ends_total")).toBe(2);
  });

  it("may come to a root context that refused one", () => {
    expect(configure(1, '{"n":11}')).toBe(false);
    proxy_on_context_create(2, 1);
    expect(proxy_on_configure(1, FakeHost.buffers.setConfiguration('{"stat_prefix":"edge"}'))).toBe(1);
    close(2);
    connect(3, 1);
    close(3);
    expect(value("connection_ends_total")).toBe(1);
  });

  it("has its memory limit in force once it is accepted", () => {
    configure(1, '{"memory":4096}');
    expect(Budget.limit).toBe(4096);
    configure(2, '{"memory":8192,"n":11}');
    configure(3, '{"memory":8192,"wrong_metric":true}');
    expect(Budget.limit).toBe(4096);
    Budget.limit = DEFAULT_MEMORY_BYTES;
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

  it("decides so for each Stats by itself", () => {
    configure(1, '{"stat_prefix":"edge","two":"same"}');
    configure(2, '{"stat_prefix":"other","two":"same"}');
    configure(3, '{"stat_prefix":"edge","two":"third"}');
    const gone = ".filter_info.version.0_1_0.verbosity.high =0";
    endRoot(3);
    expect(FakeHost.metrics.journal.includes("second.third" + gone)).toBe(true);
    expect(FakeHost.metrics.journal.includes("probe.edge" + gone)).toBe(false);
    endRoot(1);
    expect(FakeHost.metrics.journal.includes("probe.edge" + gone)).toBe(true);
    expect(FakeHost.metrics.journal.includes("second.same" + gone)).toBe(false);
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
