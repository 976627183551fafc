import { LOG_DEBUG, LOG_INFO, LOG_WARN } from "../../abi/constants";
import { Settings } from "../../config/settings";
import { FilterFactory } from "../../extension/factory";
import { NetworkFilter } from "../../extension/filter";
import { Plugin } from "../../extension/plugin";
import { Host } from "../../host/host";
import { LINES_PER_INTERVAL } from "../../host/log";
import { Stats } from "../../host/stats";
import { FakeConnection, FakeHost, FakeProxy } from "../../testing";
import {
  proxy_on_configure,
  proxy_on_context_create,
  proxy_on_delete,
  proxy_on_vm_start,
} from "../callbacks";

class QuietFactory extends FilterFactory {
  configure(settings: Settings): Plugin {
    if (settings.bool("measures", false)) Stats.of("quiet", "edge");
    return new QuietPlugin();
  }
}

class QuietPlugin extends Plugin {
  newFilter(): NetworkFilter {
    return new QuietFilter();
  }
}

class QuietFilter extends NetworkFilter {}

const kept: FakeConnection[] = [];

/** A proxy whose log was switched to `level` after its start; what is logged from here on. */
function startAt(level: i32, configuration: string = ""): FakeProxy {
  const proxy = FakeProxy.start(new QuietFactory("heirloom.quiet"), configuration);
  FakeHost.log.shown = level;
  proxy.tick(10_000);
  FakeHost.log.lines = [];
  FakeHost.log.levels = [];
  return proxy;
}

function connect(proxy: FakeProxy): FakeConnection {
  const connection = proxy.connect();
  kept.push(connection);
  return connection;
}

function converse(proxy: FakeProxy): u32 {
  const client = connect(proxy);
  client.clientSends("secret");
  client.serverSends("greeting!");
  client.clientEnds();
  client.serverEnds("bye");
  client.clientCloses();
  return client.id;
}

describe("the debug log", () => {
  it("has a line for each callback, in order", () => {
    const proxy = startAt(LOG_DEBUG);
    const root = proxy.id.toString();
    const stream = "context " + converse(proxy).toString();
    proxy.tick();
    proxy.queueReady(9);
    proxy.answer(3, 200);
    proxy.logEntry();
    proxy.end();
    const expected: string[] = [
      "on_context_create: " + stream + ", parent " + root,
      "on_new_connection: " + stream,
      "on_downstream_data: " + stream + ", from the client, size 6",
      "on_upstream_data: " + stream + ", from the server, size 9",
      "on_downstream_data: " + stream + ", from the client, size 0, end of stream",
      "on_upstream_data: " + stream + ", from the server, size 3, end of stream",
      "on_upstream_connection_close: " + stream,
      "on_downstream_connection_close: " + stream + ", by the other end",
      "on_done: " + stream,
      "on_log: " + stream,
      "on_delete: " + stream,
      "on_tick: context " + root,
      "on_queue_ready: context " + root + ", queue 9",
      "on_http_call_response: context " + root + ", call 3",
      "on_log: context " + root,
      "on_done: context " + root,
      "on_delete: context " + root,
    ];
    for (let i = 0; i < expected.length; i++) expected[i] = "heirloom.quiet: " + expected[i];
    expect(FakeHost.log.lines).toStrictEqual(expected);
    for (let i = 0; i < FakeHost.log.levels.length; i++) expect(FakeHost.log.levels[i]).toBe(LOG_DEBUG);
  });

  it("names what is measured", () => {
    const proxy = startAt(LOG_DEBUG, '{"measures":true}');
    connect(proxy).proxyCloses();
    const last = FakeHost.log.lines[2];
    expect(last.startsWith("heirloom.quiet: edge: on_downstream_connection_close: context ")).toBe(true);
    expect(last.endsWith(", by the proxy")).toBe(true);
  });

  it("keeps quiet at info, and asks nobody", () => {
    const proxy = startAt(LOG_INFO);
    const asked = FakeHost.log.asked;
    converse(proxy);
    expect(FakeHost.log.lines.length).toBe(0);
    expect(FakeHost.log.asked).toBe(asked);
  });

  it("follows the proxy's level, asked for once in an interval", () => {
    const proxy = startAt(LOG_INFO);
    const asked = FakeHost.log.asked;
    FakeHost.log.shown = LOG_DEBUG;
    proxy.tick(9_999);
    converse(proxy);
    expect(FakeHost.log.lines.length).toBe(0);
    expect(FakeHost.log.asked).toBe(asked);
    proxy.tick(1);
    expect(FakeHost.log.asked).toBe(asked + 1);
    converse(proxy);
    expect(FakeHost.log.lines.length).toBe(11);
  });

  it("is whole, and takes no place of a warning's", () => {
    const proxy = startAt(LOG_DEBUG);
    for (let i = 0; i < LINES_PER_INTERVAL; i++) converse(proxy);
    expect(FakeHost.log.lines.length).toBe(11 * LINES_PER_INTERVAL);
    for (let i = 0; i < LINES_PER_INTERVAL + 1; i++) Host.log.warn("look here");
    expect(FakeHost.log.levels.filter((level) => level == LOG_WARN).length).toBe(LINES_PER_INTERVAL);
    Host.log.debug("a filter's own");
    expect(FakeHost.log.lines[FakeHost.log.lines.length - 1]).toBe("a filter's own");
  });

  it("begins with the first callback of a VM", () => {
    FakeHost.install();
    FakeHost.log.shown = LOG_DEBUG;
    proxy_on_context_create(1_000_000, 0);
    proxy_on_vm_start(1_000_000, 7);
    proxy_on_configure(1_000_000, 0);
    expect(FakeHost.log.lines).toStrictEqual([
      "heirloom: on_context_create: context 1000000, parent 0",
      "heirloom: on_vm_start: context 1000000, size 7",
      "heirloom: on_configure: context 1000000, size 0",
    ]);
    proxy_on_delete(1_000_000);
  });
});
