import { Connection, type ConnectionOptions } from "./connection.ts";
import type { Context } from "./context.ts";
import type { Instance } from "./instance.ts";
import type { Properties, PropertyTable } from "./properties.ts";
import { NODE } from "./stream-info.ts";
import type { VmWatch } from "./watch.ts";

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

/** What a wasm access logger is told about: a connection that is over. */
export interface AccessLogEntry {
  readonly streamInfo: PropertyTable;
}

/** A configuration that runs in a VM: one root context. */
export class Plugin {
  readonly options: PluginOptions;
  private readonly instance: Instance;
  private readonly watch: VmWatch;
  private readonly root: Context;
  private readonly open = new Set<Connection>();
  private stopping = false;
  private stopped = false;

  constructor(instance: Instance, watch: VmWatch, options: PluginOptions) {
    this.options = options;
    this.instance = instance;
    this.watch = watch;
    this.root = instance.newContext();
    const { name = "", rootId = "" } = options;
    this.root.properties.merge(NODE);
    this.root.properties.merge({
      plugin_name: name,
      plugin_root_id: rootId,
      plugin_vm_id: instance.options.vmId,
    });
  }

  /** The id the module knows this configuration by. */
  get rootContextId(): number {
    return this.root.id;
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.open.size;
  }

  /** Whether it was shut down; connections that were open then may still be. */
  get isStopping(): boolean {
    return this.stopping;
  }

  /** Whether it is gone: shut down, and its last connection closed. */
  get isStopped(): boolean {
    return this.stopped;
  }

  /** Milliseconds between ticks; 0 if the module asked for none. */
  get tickPeriod(): number {
    return this.stopped ? 0 : this.root.tickPeriod;
  }

  /** When the next tick is due, in nanoseconds of the VM's clock; Infinity if never. */
  get tickDue(): number {
    return this.tickPeriod === 0 ? Infinity : this.root.tickDue;
  }

  /** Calls vm_start and configure; returns Envoy's words for what went wrong, undefined if nothing did. */
  start(): string | undefined {
    const { instance, root } = this;
    const configuration = Buffer.from(this.options.configuration ?? "");
    const vmSize = instance.options.vmConfiguration().length;
    root.configuring = true;
    root.pluginConfiguration = configuration;
    instance.run("proxy_on_context_create", root, root.id, 0);
    root.pluginConfiguration = undefined;
    const started = instance.run("proxy_on_vm_start", root, root.id, vmSize);
    if (instance.failure !== undefined) return instance.failure;
    if (started === 0) return "Failed to start base Wasm";
    root.pluginConfiguration = configuration;
    const configured = instance.run("proxy_on_configure", root, root.id, configuration.length);
    root.pluginConfiguration = undefined;
    root.configuring = false;
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
    const { root, instance } = this;
    if (this.tickPeriod === 0) return;
    const { tickDue } = root;
    instance.run("proxy_on_tick", root, root.id);
    // Unless the callback set another period, the next one is counted from now.
    if (root.tickDue === tickDue) root.tickDue = instance.options.timers.in(root.tickPeriod);
    this.watch.settle();
  }

  /**
   * Has the module log a connection that is over, as Envoy's `envoy.access_loggers.wasm` does: one on_log of the root
   * context, in which the properties are the connection's, with its duration. `properties` are added for the call.
   */
  logAccess({ streamInfo }: AccessLogEntry, properties: Properties = {}): void {
    const { root, instance } = this;
    if (this.stopped) throw new Error("impossible: an access log entry for a plugin that is shut down");
    const start = streamInfo.get("request.time");
    const duration: Properties =
      typeof start === "bigint" ? { "request.duration": instance.options.clock.wall() - start } : {};
    root.logged = streamInfo.forAccessLog({ ...duration, ...properties });
    instance.run("proxy_on_log", root, root.id);
    root.logged = undefined;
    this.watch.settle();
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
      instance.options.setTickPeriod(root, 0);
      instance.http.cancel(root);
      instance.run("proxy_on_delete", root, root.id);
      instance.contexts.delete(root.id);
    };
    // 0 means: not yet, wait for proxy_done; which knows nothing to wait for while on_done still runs.
    if (instance.run("proxy_on_done", root, root.id) === 0) root.onDone = remove;
    else remove();
    this.watch.settle();
  }
}
