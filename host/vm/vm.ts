import { LOG_LEVELS, type LogLevel } from "../abi/constants.ts";
import { StatStore, type Stat } from "../metrics/store.ts";
import type { HostModule } from "../module/load.ts";
import { ManualClock, systemClock, type Clock } from "./clock.ts";
import type { Context } from "./context.ts";
import { Instance } from "./instance.ts";
import { HostMisuse, type Misuse } from "./misuse.ts";
import { ConfigurationRejected, Plugin, type PluginOptions } from "./plugin.ts";

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
  /** Runs ticks in real time; without it they come from {@link Vm.tick} and {@link Vm.advance}. */
  readonly schedule?: (periodMs: number, tick: () => void) => { stop(): void };
}

/** Looks at the misuses of one VM after each callback. */
export interface MisuseWatch {
  check(): void;
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
  private readonly plugins: Plugin[] = [];
  private readonly timers = new Map<number, { stop(): void }>();
  private vmConfiguration: string | undefined;
  private checked = 0;
  private elapsedMs = 0;

  /** Instantiates the module and runs `_initialize`. Throws `ModuleRejected` if that traps. */
  constructor(module: HostModule, options: VmOptions = {}) {
    this.module = module;
    this.options = options;
    this.stats = options.stats ?? new StatStore();
    this.clock = options.clock ?? systemClock;
    this.instance = new Instance({
      module,
      stats: this.stats,
      clock: this.clock,
      logLevel: LOG_LEVELS.indexOf(options.logLevel ?? "info"),
      failurePolicy: options.failurePolicy ?? "open",
      vmConfiguration: () => Buffer.from(this.vmConfiguration ?? ""),
      log: (level, text) => options.log?.(level, text),
      onMisuse: (misuse) => this.misuses.push(misuse),
      onTickPeriod: (root) => this.schedule(root),
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
    const plugin = new Plugin(this.instance, { check: () => this.checkMisuse() }, options);
    const problem = plugin.start();
    if (problem !== undefined) throw new ConfigurationRejected([problem]);
    this.plugins.push(plugin);
    this.checkMisuse();
    return plugin;
  }

  /** Calls on_tick once for every configuration that asked for a timer. */
  tick(): void {
    for (const plugin of this.plugins) plugin.tick();
  }

  /** Lets time pass on a {@link ManualClock}, with the ticks that fall due on the way. */
  advance(milliseconds: number): void {
    if (!(this.clock instanceof ManualClock)) throw new Error("advance needs a ManualClock");
    const end = this.elapsedMs + milliseconds;
    for (;;) {
      const next = Math.min(...this.plugins.map((plugin) => plugin.nextTick(this.elapsedMs)));
      const until = Math.min(next, end);
      this.clock.advance(until - this.elapsedMs);
      this.elapsedMs = until;
      if (next > end) return;
      for (const plugin of this.plugins) if (until % plugin.tickPeriod === 0) plugin.tick();
      if (until >= end) return;
    }
  }

  /** Shuts down every configuration. */
  shutdown(): void {
    for (const plugin of this.plugins) plugin.shutdown();
  }

  private runCanary(options: PluginOptions): void {
    const errors: string[] = [];
    const canary = new Vm(this.module, {
      ...this.options,
      stats: this.stats,
      schedule: undefined,
      log: (level, text) => {
        if (LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf("error")) errors.push(text);
        this.options.log?.(level, text);
      },
    });
    canary.vmConfiguration = this.vmConfiguration;
    const problem = new Plugin(canary.instance, { check: () => undefined }, options).start();
    this.misuses.push(...canary.misuses);
    if (problem !== undefined) throw new ConfigurationRejected(errors.length > 0 ? errors : [problem]);
  }

  private schedule(root: Context): void {
    this.timers.get(root.id)?.stop();
    this.timers.delete(root.id);
    const { schedule } = this.options;
    if (schedule === undefined || root.tickPeriod === 0) return;
    const tick = (): void => this.plugins.find(({ rootContextId }) => rootContextId === root.id)?.tick();
    this.timers.set(root.id, schedule(root.tickPeriod, tick));
  }

  private checkMisuse(): void {
    if (this.misuses.length === this.checked) return;
    const fresh = this.misuses.slice(this.checked);
    this.checked = this.misuses.length;
    if (this.options.misuse === "throw") throw new HostMisuse(fresh);
  }
}
