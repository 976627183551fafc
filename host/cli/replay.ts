import { stat } from "node:fs/promises";
import { CaptureError } from "../capture/capture.ts";
import { readCapture } from "../capture/read.ts";
import { protocolsIn } from "../capture/detect.ts";
import { CaptureClock, CaptureReplay } from "../capture/replay.ts";
import { joinTestOf } from "../capture/joining.ts";
import { asJson, asText, type ReplayReport } from "../capture/report.ts";
import { inFull } from "../capture/timeline/full.ts";
import { ConnectionSummaries } from "../capture/summary.ts";
import { Timeline, timelineAsJson, timelineAsText } from "../capture/timeline/timeline.ts";
import { ConnectionTracker, type OpenedConnection } from "../capture/tracker.ts";
import { PORTS } from "../capture/wellknown.ts";
import { NOBODY, type ConnectionSink } from "../capture/connection.ts";
import { statsConfig, type StatsConfig } from "../envoy/stats-config.ts";
import { toPrometheus } from "../metrics/exposition.ts";
import { StatStore } from "../metrics/store.ts";
import type { HostModule } from "../module/load.ts";
import { Vm } from "../vm/vm.ts";
import { tokensOf } from "./catalogue.ts";
import { Failure, misused, oneLine, refused } from "./failure.ts";
import { accepting, chooseFilter, loadFilter, readInput, unreadable, type FilterChoice } from "./inputs.ts";
import { definedBy } from "./metrics.ts";
import { ProgressBar } from "./progress.ts";

export interface ReplayOptions {
  readonly filter?: string;
  readonly config?: string;
  readonly port: readonly string[];
  readonly format: "text" | "json" | "prometheus";
  readonly list: string;
  readonly timeline?: string;
  readonly rootId?: string;
}

const MAX_PORT = 65_535;

/** `heirloom replay`: what a filter counts in the traffic of a capture. */
export async function replay(files: readonly string[], options: ReplayOptions): Promise<void> {
  const named = options.filter === undefined ? undefined : chooseFilter(options.filter, options.rootId);
  const given = options.port.length === 0 ? undefined : new Set(options.port.map(portOf));
  const list = wholeNumber("--list", options.list, 0);
  const wanted = options.timeline === undefined ? undefined : wholeNumber("--timeline", options.timeline, 1);
  if (wanted !== undefined && options.format === "prometheus") {
    throw misused("--timeline prints text or json, not prometheus");
  }
  const sizes = await Promise.all(files.map(sizeOf));
  const [filter, ports] = named === undefined ? await byPort(files, options.rootId, given) : [named, given];
  const input = options.config === undefined ? undefined : await readInput(options.config);
  const module = await loadFilter(filter);
  const configuration = wanted === undefined ? input : await fullest(module, filter, input);
  const tags = statsConfig(tokensOf(await definedBy(module, filter, configuration)));
  const stage = await accepting(
    () => new Stage({ module, filter, configuration, tags, list, wanted, ports }),
  );
  await stage.read(files, sizes);
  process.stdout.write(wanted === undefined ? stage.report(options.format) : stage.timeline(options.format));
}

/** The filter whose protocol most connections go to the ports of, and those ports. */
async function byPort(
  files: readonly string[],
  rootId: string | undefined,
  given: ReadonlySet<number> | undefined,
): Promise<[FilterChoice, ReadonlySet<number> | undefined]> {
  const [most, ...others] = await asCapture(files, () => protocolsIn(files));
  if (most === undefined) {
    throw misused(`--filter: nothing goes to a port of ${Object.keys(PORTS).join(" or ")}: name the filter`);
  }
  const [protocol] = most;
  for (const [other, connections] of others) {
    const what = connections === 1 ? "1 connection" : `${connections} connections`;
    process.stderr.write(`reading ${protocol}; ${what} of ${other} left out: --filter ${other} reads them\n`);
  }
  return [chooseFilter(protocol, rootId), given ?? PORTS[protocol]];
}

/** Runs what reads captures; what is wrong with them is told in one line. */
async function asCapture<T>(files: readonly string[], action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof CaptureError) throw refused(error.message);
    if (error instanceof Error && "syscall" in error)
      throw misused(`cannot read ${files.join(", ")}: ${oneLine(error)}`);
    throw error;
  }
}

interface StageOptions {
  readonly module: HostModule;
  readonly filter: FilterChoice;
  readonly configuration: string | undefined;
  readonly tags: StatsConfig;
  readonly list: number;
  readonly wanted: number | undefined;
  readonly ports: ReadonlySet<number> | undefined;
}

/** A filter in a VM whose clock is the capture's. */
class Stage {
  private readonly options: StageOptions;
  private readonly stats: StatStore;
  private readonly vm: Vm;
  private readonly clock = new CaptureClock();
  private readonly feed: CaptureReplay;
  private readonly tracker: ConnectionTracker;
  private readonly summaries: ConnectionSummaries;
  private readonly warnings: string[] = [];
  private files: readonly string[] = [];
  private shown: Timeline | undefined;

  constructor(options: StageOptions) {
    const { module, filter, configuration, tags, list, wanted, ports } = options;
    this.options = options;
    this.stats = new StatStore({
      histogramBuckets: tags.histogram_bucket_settings,
      keepSamples: wanted !== undefined,
    });
    this.vm = new Vm(module, {
      stats: this.stats,
      clock: this.clock,
      logLevel: "warn",
      log: (level, text) => process.stderr.write(`[${level}] ${text}\n`),
    });
    const plugin = this.vm.startPlugin({ rootId: filter.rootId, configuration });
    this.feed = new CaptureReplay(this.vm, plugin, this.clock);
    this.summaries = new ConnectionSummaries(list);
    this.tracker = new ConnectionTracker({
      open: (connection) => this.open(connection),
      ports,
      joins: joinTestOf(this.vm),
    });
  }

  async read(files: readonly string[], sizes: readonly number[]): Promise<void> {
    this.files = files;
    const progress = new ProgressBar(sizes.reduce((sum, size) => sum + size, 0));
    let before = 0;
    try {
      for (const [index, file] of files.entries()) {
        await this.readFile(file, (bytes) => progress.update(before + bytes));
        before += sizes[index] ?? 0;
      }
    } finally {
      progress.end();
    }
    this.tracker.finish();
    this.feed.flush();
    this.checkModule();
  }

  report(format: ReplayOptions["format"]): string {
    if (format === "prometheus") return toPrometheus(this.stats, this.options.tags.stats_tags);
    const report: ReplayReport = {
      files: this.files,
      counts: this.tracker.counts,
      start: this.tracker.startWall,
      duration: this.tracker.duration,
      connections: this.summaries,
      warnings: this.warnings,
      stats: [...new Set(this.vm.defined)],
    };
    return format === "json" ? asJson(report) : asText(report);
  }

  timeline(format: ReplayOptions["format"]): string {
    const { shown } = this;
    if (shown === undefined) {
      const { connections } = this.tracker.counts;
      throw refused(`no connection ${this.options.wanted}: the capture has ${connections}`);
    }
    shown.finish();
    return format === "json" ? timelineAsJson(shown) : timelineAsText(shown);
  }

  private async readFile(file: string, progress: (bytes: number) => void): Promise<void> {
    const warn = (line: string): void => {
      this.warnings.push(line);
      process.stderr.write(`warning: ${line}\n`);
    };
    await asCapture([file], () =>
      readCapture(file, {
        packet: (packet) => this.tracker.accept(packet),
        warn,
        progress: (bytes) => {
          this.checkModule();
          progress(bytes);
        },
      }),
    );
  }

  private open(connection: OpenedConnection): ConnectionSink {
    const { wanted } = this.options;
    this.clock.origin = this.tracker.startWall;
    if (wanted === undefined) return this.summaries.follow(connection, this.feed.open(connection));
    if (connection.number !== wanted) return NOBODY;
    this.shown = new Timeline({
      connection,
      start: this.clock.origin,
      vm: this.vm,
      feed: () => this.feed.open(connection),
    });
    return this.shown;
  }

  private checkModule(): void {
    if (this.vm.failure !== undefined) throw refused(`the filter failed: ${oneLine(this.vm.failure)}`);
  }
}

/** The configuration in full, unless the filter is one that has no verbosity. */
async function fullest(
  module: HostModule,
  filter: FilterChoice,
  configuration: string | undefined,
): Promise<string | undefined> {
  try {
    await definedBy(module, filter, inFull(configuration));
    return inFull(configuration);
  } catch (error) {
    if (error instanceof Failure) return configuration;
    throw error;
  }
}

async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch((error: unknown) => {
    throw unreadable(file, error);
  });
  if (found.isDirectory()) throw misused(`${file} is a folder`);
  return found.size;
}

function portOf(text: string): number {
  const port = wholeNumber("--port", text, 1);
  if (port > MAX_PORT) throw misused(`--port: expected 1 to ${MAX_PORT}, found "${text}"`);
  return port;
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (!(value >= least)) throw misused(`${option}: expected a whole number from ${least}, found "${text}"`);
  return value;
}
