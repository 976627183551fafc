import { Module } from "../../extension/module";
import { Host } from "../../host/host";
import { FakeHost } from "../../testing";
import {
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
} from "../callbacks";
import {
  SilentFactory,
  begin,
  close,
  configure,
  connect,
  end,
  endRoot,
  errorsOf,
  filtersMade,
  forget,
  heard,
  lines,
  pluginsDone,
  send,
  value,
} from "./probe";

beforeEach(() => {
  begin();
});

afterEach(() => {
  end();
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
    forget();
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
    configure(1, '{"stat_prefix":"edge","two":"edge"}');
    expect(FakeHost.metrics.value("second.edge.filter_info.version.0_1_0.verbosity.high")).toBe(1);
    endRoot(1);
    expect(FakeHost.metrics.value("second.edge.filter_info.version.0_1_0.verbosity.high")).toBe(0);
  });
});
