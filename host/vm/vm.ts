import { LOG_LEVELS, type LogLevel } from "../abi/constants.ts";
import { StatStore, type Stat } from "../metrics/store.ts";
import type { HostModule } from "../module/load.ts";
import { ManualClock, systemClock, type Clock } from "./clock.ts";
import type { Context } from "./context.ts";
import type { HttpHandler } from "./http.ts";
import { Instance } from "./instance.ts";
import { HostMisuse, type Misuse } from "./misuse.ts";
import { ConfigurationRejected, Plugin, type PluginOptions } from "./plugin.ts";
import { SharedStore } from "./shared.ts";
import { Timers } from "./timers.ts";
import type { VmWatch } from "./watch.ts";

const NS_PER_MS = 1e6;

export interface VmOptions {
  /** Shared by the VMs of all workers; by default one of its own. */
  readonly stats?: StatStore;
  readonly clock?: Clock;
  readonly log?: (level: LogLevel, text: string) => void;
  /** What the module may log; `info` by default. */
  readonly logLevel?: LogLevel;
  /** What becomes of traffic when the module traps: `open` lets it pass (Envoy's `fail_open: true`). */
  readonly failurePolicy?: "open" | "closed";
  /** What to do about a {@link Misuse}: only list it, or throw {@link HostMisuse} after the callback. */
  readonly misuse?: "record" | "throw";
  /** Envoy's `vm_id`: VMs of one id that are given one {@link SharedStore} share data and queues. Empty by default. */
  readonly vmId?: string;
  /** Shared data and queues; by default one of its own. */
  readonly shared?: SharedStore;
  /** Environment variables the module may read, by name; none by default. */
  readonly environment?: Readonly<Record<string, string>>;
  /** HTTP servers the module may call, by the name of Envoy's cluster. */
  readonly clusters?: Readonly<Record<string, HttpHandler>>;
  /** Runs ticks in real time; without it they come from {@link Vm.tick} and {@link Vm.advance}. */
  readonly schedule?: (periodMs: number, tick: () => void) => { stop(): void };
}

/** One worker's VM: an instance of a module with any number of configurations in it. */
export class Vm {
  readonly module: HostModule;
  readonly stats: StatStore;
  /** Every misuse so far, those of the canary included. */
  readonly misuses: Misuse[] = [];

  private readonly options: VmOptions;
  private readonly clock: Clock;
  private readonly instance: Instance;
  private started: readonly Plugin[] = [];
  private readonly tickers = new Map<number, { stop(): void }>();
  private readonly timers: Timers;
  private readonly shared: SharedStore;
  private readonly watch: VmWatch = { settle: () => this.settle() };
  private vmConfiguration: string | undefined;
  private checked = 0;
  private hasLeft = false;

  /** Instantiates the module and runs `_initialize`. Throws `ModuleRejected` if that traps. */
  constructor(module: HostModule, options: VmOptions = {}) {
    this.module = module;
    this.options = options;
    this.stats = options.stats ?? new StatStore();
    this.clock = options.clock ?? systemClock;
    this.timers = new Timers(this.clock, () => this.settle());
    this.shared = options.shared ?? new SharedStore();
    this.shared.join(options.vmId ?? "");
    this.instance = new Instance({
      module,
      stats: this.stats,
      clock: this.clock,
      logLevel: LOG_LEVELS.indexOf(options.logLevel ?? "info"),
      failurePolicy: options.failurePolicy ?? "open",
      vmId: options.vmId ?? "",
      environment: options.environment ?? {},
      shared: this.shared,
      timers: this.timers,
      clusters: options.clusters ?? {},
      vmConfiguration: () => Buffer.from(this.vmConfiguration ?? ""),
      log: (level, text) => options.log?.(level, text),
      onMisuse: (misuse) => this.misuses.push(misuse),
      setTickPeriod: (root, period) => this.setTickPeriod(root, period),
      onQueueReady: (root, token) => this.onQueueReady(root, token),
    });
  }

  /** Host calls so far by name without `proxy_`: `get_buffer_bytes`, `clock_time_get`. */
  get hostCalls(): Map<string, number> {
    return this.instance.hostCalls;
  }

  /** Size of the linear memory. */
  get memoryBytes(): number {
    return this.instance.memory.byteLength;
  }

  /** Why the module is dead; undefined while it lives. */
  get failure(): string | undefined {
    return this.instance.failure;
  }

  /** The configurations that run, in the order of their start; those that are shut down among them until they are gone. */
  get plugins(): readonly Plugin[] {
    return this.started.filter((plugin) => !plugin.isStopped);
  }

  /** What the module defined, in that order; a name that was defined twice is there twice. */
  get defined(): Stat[] {
    return [...this.instance.metrics.defined()];
  }

  /**
   * Starts a configuration as Envoy does: in a canary VM first, then here. Throws {@link ConfigurationRejected} if the
   * module does not accept it.
   */
  startPlugin(options: PluginOptions = {}): Plugin {
    const { vmConfiguration = "" } = options;
    if (this.vmConfiguration !== undefined && this.vmConfiguration !== vmConfiguration) {
      throw new Error("the plugins of one VM share one VM configuration");
    }
    this.vmConfiguration = vmConfiguration;
    this.runCanary(options);
    const plugin = new Plugin(this.instance, this.watch, options);
    const problem = plugin.start();
    if (problem !== undefined) throw new ConfigurationRejected([problem]);
    this.started = [...this.plugins, plugin];
    this.settle();
    return plugin;
  }

  /** Calls on_tick once for every configuration that asked for a timer. */
  tick(): void {
    for (const plugin of this.started) plugin.tick();
  }

  /**
   * Lets time pass on a {@link ManualClock}, with all that falls due on the way: ticks, answers of HTTP servers and
   * time-outs. VMs that share the clock and are not to miss it go on with {@link advanceTogether}.
   */
  advance(milliseconds: number): void {
    if (!(this.clock instanceof ManualClock)) throw new Error("advance needs a ManualClock");
    advanceTogether(this.clock, [this], milliseconds);
  }

  /** When the next thing is due, in nanoseconds of the clock; Infinity if there is nothing. */
  get due(): number {
    return Math.min(this.timers.next, ...this.started.map((plugin) => plugin.tickDue));
  }

  /** Does what is due now. */
  runDue(): void {
    this.settle();
    for (const plugin of this.started) if (plugin.tickDue <= this.timers.now) plugin.tick();
  }

  /** Shuts down every configuration. */
  shutdown(): void {
    for (const plugin of this.started) plugin.shutdown();
    if (!this.hasLeft) this.shared.leave(this.options.vmId ?? "");
    this.hasLeft = true;
  }

  private runCanary(options: PluginOptions): void {
    const errors: string[] = [];
    const canary = new Vm(this.module, {
      ...this.options,
      stats: this.stats,
      shared: this.shared,
      schedule: undefined,
      log: (level, text) => {
        if (LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf("error")) errors.push(text);
        this.options.log?.(level, text);
      },
    });
    canary.vmConfiguration = this.vmConfiguration;
    const problem = new Plugin(canary.instance, { settle: () => undefined }, options).start();
    canary.hasLeft = true;
    this.shared.leave(this.options.vmId ?? "");
    this.misuses.push(...canary.misuses);
    if (problem !== undefined) throw new ConfigurationRejected(errors.length > 0 ? errors : [problem]);
  }

  private setTickPeriod(root: Context, period: number): void {
    root.tickPeriod = period;
    root.tickDue = period === 0 ? Infinity : this.timers.in(period);
    this.tickers.get(root.id)?.stop();
    this.tickers.delete(root.id);
    const { schedule } = this.options;
    if (schedule === undefined || period === 0) return;
    const tick = (): void => this.started.find(({ rootContextId }) => rootContextId === root.id)?.tick();
    this.tickers.set(root.id, schedule(period, tick));
  }

  private onQueueReady(rootContextId: number, token: number): void {
    const root = this.instance.contexts.get(rootContextId);
    if (root !== undefined) this.instance.run("proxy_on_queue_ready", root, root.id, token);
    this.settle();
  }

  /** After each operation: what was posted happens, then the module's mistakes are looked at. */
  private settle(): void {
    if (this.timers.isWaiting) this.timers.settle();
    if (this.shared.isWaiting) this.shared.settle();
    if (this.misuses.length === this.checked) return;
    const fresh = this.misuses.slice(this.checked);
    this.checked = this.misuses.length;
    if (this.options.misuse === "throw") throw new HostMisuse(fresh);
  }
}

/** Lets time pass on a clock that several VMs share, with all that falls due in any of them on the way. */
export function advanceTogether(clock: ManualClock, vms: readonly Vm[], milliseconds: number): void {
  const now = (): number => Number(clock.monotonic());
  const end = now() + Math.round(milliseconds * NS_PER_MS);
  for (;;) {
    for (const vm of vms) vm.runDue();
    const next = Math.min(...vms.map((vm) => vm.due));
    if (next > end) break;
    clock.advance((next - now()) / NS_PER_MS);
  }
  clock.advance((end - now()) / NS_PER_MS);
}
