import { Connection, type ConnectionOptions } from "./connection.ts";
import type { Context } from "./context.ts";
import type { Instance } from "./instance.ts";
import type { MisuseWatch } from "./vm.ts";

/** The module did not accept a configuration: Envoy would refuse the listener. */
export class ConfigurationRejected extends Error {
  override readonly name = "ConfigurationRejected";
  /** What the module logged as errors, in order; Envoy's own words where it logged none. */
  readonly errors: readonly string[];

  constructor(errors: readonly string[]) {
    super(errors.join("\n"));
    this.errors = errors;
  }
}

export interface PluginOptions {
  /** Envoy's `name`; only shows in the property `plugin_name`. */
  readonly name?: string;
  readonly rootId?: string;
  /** JSON text, as Envoy hands over a Struct or a StringValue. */
  readonly configuration?: string;
  /** Belongs to the VM; all plugins of a VM share it. */
  readonly vmConfiguration?: string;
}

/** A configuration that runs in a VM: one root context. */
export class Plugin {
  readonly options: PluginOptions;
  private readonly instance: Instance;
  private readonly watch: MisuseWatch;
  private readonly root: Context;
  private readonly open = new Set<Connection>();
  private stopping = false;
  private stopped = false;

  constructor(instance: Instance, watch: MisuseWatch, options: PluginOptions) {
    this.options = options;
    this.instance = instance;
    this.watch = watch;
    this.root = instance.newContext();
    const { name = "", rootId = "" } = options;
    this.root.properties.merge({ plugin_name: name, plugin_root_id: rootId, plugin_vm_id: "" });
  }

  /** The id the module knows this configuration by. */
  get rootContextId(): number {
    return this.root.id;
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.open.size;
  }

  /** Milliseconds between ticks; 0 if the module asked for none. */
  get tickPeriod(): number {
    return this.stopped ? 0 : this.root.tickPeriod;
  }

  /** When the first tick after `now` is due, both in milliseconds since the VM started; Infinity if never. */
  nextTick(now: number): number {
    const { tickPeriod } = this;
    return tickPeriod === 0 ? Infinity : (Math.floor(now / tickPeriod) + 1) * tickPeriod;
  }

  /** Calls vm_start and configure; returns Envoy's words for what went wrong, undefined if nothing did. */
  start(): string | undefined {
    const { instance, root } = this;
    const configuration = Buffer.from(this.options.configuration ?? "");
    const vmSize = instance.options.vmConfiguration().length;
    root.configuring = true;
    root.pluginConfiguration = configuration;
    instance.call("proxy_on_context_create", root, root.id, 0);
    root.pluginConfiguration = undefined;
    const started = instance.call("proxy_on_vm_start", root, root.id, vmSize);
    if (instance.failure !== undefined) return instance.failure;
    if (started === 0) return "Failed to start base Wasm";
    root.pluginConfiguration = configuration;
    const configured = instance.call("proxy_on_configure", root, root.id, configuration.length);
    root.pluginConfiguration = undefined;
    root.configuring = false;
    instance.runDeferred();
    if (instance.failure !== undefined) return instance.failure;
    return configured === 0 ? "Failed to configure base Wasm plugin" : undefined;
  }

  /** A client connected. In a dead VM the connection passes by the filter. */
  newConnection(options: ConnectionOptions = {}): Connection {
    if (this.stopping) throw new Error("impossible: a new connection for a plugin that is shutting down");
    const connection = new Connection(this.instance, this.watch, this.root, options, () => {
      this.open.delete(connection);
      if (this.stopping && this.open.size === 0) this.finish();
    });
    this.open.add(connection);
    connection.start();
    return connection;
  }

  /** Calls on_tick if the module asked for a timer. */
  tick(): void {
    if (this.root.tickPeriod === 0 || this.stopped) return;
    this.instance.call("proxy_on_tick", this.root, this.root.id);
    this.instance.runDeferred();
    this.watch.check();
  }

  /** The configuration goes away: on_done and on_delete of the root, once the last connection has closed. */
  shutdown(): void {
    if (this.stopping) return;
    this.stopping = true;
    if (this.open.size === 0) this.finish();
  }

  private finish(): void {
    const { instance, root } = this;
    const remove = (): void => {
      if (this.stopped) return;
      this.stopped = true;
      root.tickPeriod = 0;
      instance.options.onTickPeriod(root);
      instance.call("proxy_on_delete", root, root.id);
      instance.contexts.delete(root.id);
    };
    root.onDone = remove;
    // 0 means: not yet, wait for proxy_done.
    if (instance.call("proxy_on_done", root, root.id) !== 0) remove();
    instance.runDeferred();
    this.watch.check();
  }
}
