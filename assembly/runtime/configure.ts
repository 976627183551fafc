import { BUFFER_PLUGIN_CONFIGURATION, LOG_ERROR } from "../abi/constants";
import { Budget } from "../bytes/budget";
import { Slice } from "../bytes/slice";
import { rawText } from "../bytes/utf8";
import { Settings } from "../config/settings";
import { decimal } from "../config/strings";
import { FilterFactory } from "../extension/factory";
import { PendingCalls } from "../extension/http-client";
import { Module } from "../extension/module";
import { Plugin } from "../extension/plugin";
import { Fault, Faults } from "../host/faults";
import { Host } from "../host/host";
import { StatsProblem } from "../host/registry";
import { Stats } from "../host/stats";
import { RootContext } from "./contexts";
import { writeChain } from "./error-sink";
import { MAX_CONFIGURATION, TICK_PERIOD } from "./limits";
import { Line } from "./line";
import { StandardMetrics } from "./standard";

const bytes: Slice = new Slice();

/**
 * Gives `root` the plugin that its configuration of `size` bytes describes. False when there is an error, after one
 * line in the log for each, or when it has one already.
 */
export function configure(root: RootContext, size: i32): bool {
  if (root.isConfigured)
    return refuse(root.name + ": configuration: this root context has one: another needs its own");
  const limit = Budget.limit;
  if (read(root, size)) return true;
  Budget.limit = limit;
  return false;
}

function read(root: RootContext, size: i32): bool {
  Stats.takeCreated();
  const rootId = readRootId();
  if (Module.error.length > 0) return refuse("heirloom: " + Module.error);
  const factory = Module.find(rootId);
  if (factory === null) {
    return refuse("heirloom: root_id: expected " + Module.known() + ', found "' + rootId + '"');
  }
  root.name = factory.rootId;
  if (size > MAX_CONFIGURATION) {
    return refuse(
      root.name + ": configuration: expected at most " + decimal(<i64>MAX_CONFIGURATION) + " bytes",
    );
  }
  root.prefix = "";
  if (!readConfiguration(size)) {
    Faults.report(Fault.hostCall, "the proxy refused the configuration");
    return refuseFault(root);
  }
  const settings = Settings.parse(bytes);
  if (settings.errors.count > 0) return refuseAll(root.name, settings);
  return accept(root, factory, settings);
}

function accept(root: RootContext, factory: FilterFactory, settings: Settings): bool {
  const plugin = factory.configure(settings);
  settings.finish();
  if (start(root, plugin, settings)) return true;
  forgetCalls(plugin);
  return false;
}

function start(root: RootContext, plugin: Plugin, settings: Settings): bool {
  const stats = Stats.takeCreated();
  if (settings.errors.count > 0) return refuseAll(root.name, settings);
  root.standard = null;
  addStandardMetrics(root, stats);
  if (!checkStats(root.name, stats)) return false;
  const period = plugin.shortestPeriod(TICK_PERIOD);
  root.ticksPerFlush = <u32>(TICK_PERIOD / max(period, 1));
  if (Faults.pending == 0 && !Host.timer.every(period))
    Faults.report(Fault.hostCall, "the proxy refused a timer");
  if (Faults.pending != 0) return refuseFault(root);
  root.plugin = plugin;
  root.isConfigured = true;
  root.stats = stats;
  setInfo(root, 1);
  return true;
}

/** Nobody waits for what `plugin` has asked for any more. */
export function forgetCalls(plugin: Plugin): void {
  const calls = PendingCalls.active;
  if (calls !== null) calls.forgetPlugin(plugin);
}

/** Sets `filter_info` of everything that `root` measures. */
export function setInfo(root: RootContext, value: u64): void {
  let standard = root.standard;
  while (standard !== null) {
    standard.setInfo(value);
    standard = standard.next;
  }
}

function addStandardMetrics(root: RootContext, stats: Stats | null): void {
  let at = stats;
  while (at !== null) {
    const standard = new StandardMetrics(at);
    standard.next = root.standard;
    root.standard = standard;
    root.prefix = at.prefix; // the oldest comes last
    at = at.next;
  }
}

function readRootId(): string {
  return Host.properties.read("plugin_root_id", bytes) ? rawText(bytes.start, bytes.end) : "";
}

function readConfiguration(size: i32): bool {
  bytes.set(0, 0);
  if (size <= 0) return true;
  return Host.buffers.fetch(BUFFER_PLUGIN_CONFIGURATION, 0, size, bytes);
}

function checkStats(name: string, stats: Stats | null): bool {
  let problems = 0;
  let at = stats;
  while (at !== null) {
    let problem: StatsProblem | null = at.problems;
    while (problem !== null) {
      problems++;
      refuse(name + ": " + problem.text);
      problem = problem.next;
    }
    at = at.next;
  }
  return problems == 0;
}

function refuseAll(name: string, settings: Settings): bool {
  let error = settings.errors.first;
  while (error !== null) {
    refuse(name + ": " + error.source + ": " + error.toString());
    error = error.next;
  }
  return false;
}

/** One line with the chain of what was reported; always false. */
function refuseFault(root: RootContext): bool {
  writeChain(Line.beginAt(root));
  Line.write(LOG_ERROR);
  Faults.clear();
  return false;
}

/** One line at error level; always false. */
function refuse(text: string): bool {
  Line.begin().string(text);
  Line.write(LOG_ERROR);
  return false;
}
