// A filter that writes down what it is told, and the calls that the proxy makes.
import { Budget } from "../../bytes/budget";
import { Settings } from "../../config/settings";
import { DownstreamChunk, UpstreamChunk } from "../../extension/chunk";
import { NewConnection } from "../../extension/connection";
import { FilterFactory } from "../../extension/factory";
import { NetworkFilter, Peer } from "../../extension/filter";
import { Module } from "../../extension/module";
import { Plugin } from "../../extension/plugin";
import { Counter, Gauge } from "../../host/metric";
import { Stats } from "../../host/stats";
import { FakeHost } from "../../testing";
import {
  proxy_on_configure,
  proxy_on_context_create,
  proxy_on_delete,
  proxy_on_done,
  proxy_on_downstream_connection_close,
  proxy_on_downstream_data,
  proxy_on_log,
  proxy_on_new_connection,
  proxy_on_vm_start,
} from "../callbacks";
import { Contexts } from "../contexts";

/** What the filters under test were told, by all of them. */
export let heard: string = "";
export let filtersMade: i32 = 0;
export let pluginsDone: i32 = 0;
let days: u64 = 0;

export class ProbeFactory extends FilterFactory {
  configure(settings: Settings): Plugin {
    const prefix = settings.name("stat_prefix", "default");
    const stats = Stats.of("probe", prefix);
    if (settings.bool("wrong_metric", false)) stats.counter("Wrong");
    settings.integer("n", 1, 1, 10);
    if (settings.has("two")) Stats.of("second", settings.name("two", ""));
    if (settings.has("memory")) Budget.limit = <u64>settings.integer("memory", 0, 1, 1 << 20);
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
export class SilentFactory extends FilterFactory {
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
export function configure(root: u32, json: string): bool {
  proxy_on_context_create(root, 0);
  expect(proxy_on_vm_start(root, 0)).toBe(1);
  return proxy_on_configure(root, FakeHost.buffers.setConfiguration(json)) == 1;
}

export function connect(stream: u32, root: u32): void {
  proxy_on_context_create(stream, root);
  expect(proxy_on_new_connection(stream)).toBe(0);
}

export function send(stream: u32, text: string): void {
  expect(proxy_on_downstream_data(stream, FakeHost.buffers.setDownstream(text), 0)).toBe(0);
}

export function close(stream: u32): void {
  proxy_on_downstream_connection_close(stream, 2);
  expect(proxy_on_done(stream)).toBe(1);
  proxy_on_log(stream);
  proxy_on_delete(stream);
}

export function endRoot(root: u32): void {
  expect(proxy_on_done(root)).toBe(1);
  proxy_on_delete(root);
}

/** Value of a metric of the probe with the prefix `edge`. */
export function value(metric: string): i64 {
  return FakeHost.metrics.value("probe.edge." + metric);
}

export function lines(): string {
  return FakeHost.log.lines.join("|");
}

export function errorsOf(kind: string): i64 {
  return value("filter_errors_total.kind." + kind);
}

/** The probe is there, and nothing was told yet. */
export function begin(): void {
  FakeHost.install();
  Module.reset();
  Module.register(new ProbeFactory("heirloom.probe"));
  Stats.takeCreated();
  heard = "";
  filtersMade = 0;
  pluginsDone = 0;
  days++;
  FakeHost.clock.advance(24 * 3_600_000 * days); // so that no log interval of an earlier test is still on
}

/** All roots are gone. */
export function end(): void {
  for (let root = Contexts.roots; root !== null; root = Contexts.roots) proxy_on_delete(root.id);
}

/** What was heard so far does not count. */
export function forget(): void {
  heard = "";
}
