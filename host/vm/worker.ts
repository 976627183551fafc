import type { HostModule } from "../module/load.ts";
import { ManualClock, systemClock, type Clock } from "./clock.ts";
import type { Plugin, PluginOptions } from "./plugin.ts";
import { SharedStore } from "./shared.ts";
import { StatStore } from "../metrics/store.ts";
import { Vm, advanceTogether, type VmOptions } from "./vm.ts";

/** What Envoy's `vm_config` says: plugins of which all of this is equal live in one VM. */
export interface VmConfig {
  readonly module: HostModule;
  /** Envoy's `vm_id`; empty by default. */
  readonly vmId?: string;
  readonly vmConfiguration?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export type WorkerOptions = Omit<VmOptions, "vmId" | "environment">;

/** One of Envoy's worker threads: it has a VM for every `vm_config`, and in it a root context for every plugin. */
export class Worker {
  readonly stats: StatStore;
  readonly shared: SharedStore;
  private readonly options: WorkerOptions;
  private readonly clock: Clock;
  private readonly started: { readonly config: VmConfig; readonly vm: Vm }[] = [];

  /** Workers of one process are given the same `stats` and `shared`. */
  constructor(options: WorkerOptions = {}) {
    this.options = options;
    this.stats = options.stats ?? new StatStore();
    this.shared = options.shared ?? new SharedStore();
    this.clock = options.clock ?? systemClock;
  }

  /** In the order in which they were needed. */
  get vms(): readonly Vm[] {
    return this.started.map(({ vm }) => vm);
  }

  /**
   * Starts a plugin where its `vm_config` says; one whose name, root_id and configuration are those of another that
   * is not shut down shares its root context. Throws `ConfigurationRejected` if the module does not accept it.
   */
  startPlugin(config: VmConfig, options: Omit<PluginOptions, "vmConfiguration"> = {}): Plugin {
    const vm = this.vmOf(config);
    const same = vm.plugins.find((plugin) => !plugin.isStopping && equal(plugin.options, options));
    return same ?? vm.startPlugin({ ...options, vmConfiguration: config.vmConfiguration });
  }

  /** Lets time pass on a {@link ManualClock}, with all that falls due on the way in any of the VMs. */
  advance(milliseconds: number): void {
    if (!(this.clock instanceof ManualClock)) throw new Error("advance needs a ManualClock");
    advanceTogether(this.clock, this.vms, milliseconds);
  }

  /** Shuts down every configuration. */
  shutdown(): void {
    for (const vm of this.vms) vm.shutdown();
  }

  private vmOf(config: VmConfig): Vm {
    const same = this.started.find((one) => one.vm.failure === undefined && equalVm(one.config, config));
    if (same !== undefined) return same.vm;
    const { stats, shared, clock } = this;
    const { vmId, environment } = config;
    const vm = new Vm(config.module, { ...this.options, stats, shared, clock, vmId, environment });
    this.started.push({ config, vm });
    return vm;
  }
}

function equalVm(a: VmConfig, b: VmConfig): boolean {
  const key = ({ vmId = "", vmConfiguration = "", environment = {} }: VmConfig): string =>
    JSON.stringify([vmId, vmConfiguration, Object.entries(environment).sort()]);
  return a.module === b.module && key(a) === key(b);
}

function equal(a: PluginOptions, b: PluginOptions): boolean {
  const key = ({ name = "", rootId = "", configuration = "" }: PluginOptions): string =>
    JSON.stringify([name, rootId, configuration]);
  return key(a) === key(b);
}
