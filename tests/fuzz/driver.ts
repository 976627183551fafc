import { DriverFault, type Exported, HostCalls, NOTHING } from "./hostcalls.ts";
import { GLOBAL_EXPORT } from "./prepare.ts";

/** Compiled code for any number of VMs: the module under test and the ledger of its metrics. */
export interface Code {
  readonly filter: WebAssembly.Module;
  readonly ledger: WebAssembly.Module;
  /** Names of the exported variables that say what pools and buffers have taken, and may take; undefined if not found. */
  readonly budget: string | undefined;
  readonly limit: string | undefined;
}

/** What pools and buffers may take where nothing is configured. */
const DEFAULT_LIMIT = 256n << 20n;

/** What the budget takes for one connection lies between these, in bytes. */
const LEAST_TAKEN = 256n;
const MOST_TAKEN = 65_536n;

/**
 * Compiles both. The variable of the budget, if `withGlobals` exported any, is the one that a connection adds to, and
 * that of its limit the one that is its default.
 */
export function compile(filter: Uint8Array, ledger: Uint8Array): Code {
  const code = {
    filter: new WebAssembly.Module(new Uint8Array(filter)),
    ledger: new WebAssembly.Module(new Uint8Array(ledger)),
    budget: undefined,
    limit: undefined,
  };
  const driver = new Driver(code);
  const root = driver.startRoot("{}");
  const before = driver.variables();
  driver.newConnection(root, new Map());
  const taking = [...driver.variables()].filter(([name, value]) => {
    const taken = value - (before.get(name) ?? 0n);
    return taken >= LEAST_TAKEN && taken <= MOST_TAKEN;
  });
  const limits = [...before].filter(([, value]) => value === DEFAULT_LIMIT);
  const only = (found: readonly (readonly [string, bigint])[]): string | undefined =>
    found.length === 1 ? found[0]?.[0] : undefined;
  return { ...code, budget: only(taking), limit: only(limits) };
}

const DOWNSTREAM_DATA = 2;
const UPSTREAM_DATA = 3;
const PLUGIN_CONFIGURATION = 7;

/**
 * A VM without the host around it: the same ABI and the same refusals, but nothing per callback beyond the call, so that
 * millions of sessions can be played. Every misuse, every trap and every line of level error throws {@link DriverFault}
 * out of the call that it happened in. The clock stands still until told.
 */
export class Driver extends HostCalls {
  private readonly budget: WebAssembly.Global | undefined;
  private readonly limit: WebAssembly.Global | undefined;
  private readonly calls: Record<"downstream" | "upstream", Exported>;
  private nextId = 1;

  constructor(code: Code) {
    super(code.filter, code.ledger);
    this.budget = this.variable(code.budget);
    this.limit = this.variable(code.limit);
    this.calls = {
      downstream: this.function("proxy_on_downstream_data"),
      upstream: this.function("proxy_on_upstream_data"),
    };
    this.call("_initialize");
  }

  get memoryBytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** Values of the variables that `withGlobals` has exported, by name. */
  variables(): Map<string, bigint> {
    const found = new Map<string, bigint>();
    for (const [name, value] of Object.entries(this.exported)) {
      if (name.startsWith(GLOBAL_EXPORT) && value instanceof WebAssembly.Global)
        found.set(name, BigInt(value.value));
    }
    return found;
  }

  /** Bytes that pools and buffers have taken; NaN where the code does not say. */
  get budgetUsed(): number {
    return this.budget === undefined ? NaN : Number(this.budget.value);
  }

  /** From here on pools and buffers may take so many bytes more; where the code does not say how many they may, all. */
  leaveSpare(bytes: number): void {
    if (this.budget === undefined || this.limit === undefined) return;
    this.limit.value = BigInt(this.budget.value) + BigInt(bytes);
  }

  /** Starts a configuration and returns its id. Throws if it is not accepted. */
  startRoot(configuration: string): number {
    const root = this.nextId++;
    const text = Buffer.from(configuration);
    this.open(PLUGIN_CONFIGURATION, text, 0, text.length);
    this.call("proxy_on_context_create", root, 0);
    this.call("proxy_on_vm_start", root, 0);
    const accepted = this.call("proxy_on_configure", root, text.length);
    this.shut();
    if (accepted === 0) throw new DriverFault(`not accepted: ${this.logged.join("; ")}`);
    return root;
  }

  /** Starts and ends a configuration that may be anything; returns whether it was accepted. */
  offer(configuration: Uint8Array): boolean {
    const root = this.nextId++;
    this.logged.length = 0;
    this.open(PLUGIN_CONFIGURATION, configuration, 0, configuration.length);
    this.call("proxy_on_context_create", root, 0);
    this.call("proxy_on_vm_start", root, 0);
    const accepted = this.call("proxy_on_configure", root, configuration.length);
    this.shut();
    this.endRoot(root);
    return accepted !== 0;
  }

  /** Ends a configuration that has no open connections. */
  endRoot(root: number): void {
    this.call("proxy_on_done", root);
    this.call("proxy_on_delete", root);
  }

  tick(root: number): void {
    this.call("proxy_on_tick", root);
  }

  newConnection(root: number, properties: ReadonlyMap<string, Uint8Array>): number {
    const id = this.nextId++;
    this.properties = properties;
    this.call("proxy_on_context_create", id, root);
    this.call("proxy_on_new_connection", id);
    return id;
  }

  /** Bytes `from` … `from + size` of `source` arrive in the connection `id`. */
  deliver(
    direction: "downstream" | "upstream",
    id: number,
    source: Uint8Array,
    from: number,
    size: number,
    endOfStream: boolean,
  ): void {
    this.open(direction === "downstream" ? DOWNSTREAM_DATA : UPSTREAM_DATA, source, from, size);
    let pause: number;
    try {
      pause = this.calls[direction](id, size, endOfStream ? 1 : 0);
    } catch (error) {
      throw this.trap(`proxy_on_${direction}_data`, error);
    }
    this.shut();
    this.check();
    if (pause !== 0) throw new DriverFault("the filter held bytes back");
    if (endOfStream && direction === "upstream") this.call("proxy_on_upstream_connection_close", id, 0);
  }

  /** The connection is over. `peer`: 1 local, 2 remote. */
  close(id: number, peer: number, properties: ReadonlyMap<string, Uint8Array>): void {
    this.properties = properties;
    this.filterState = NOTHING;
    this.call("proxy_on_downstream_connection_close", id, peer);
    this.call("proxy_on_done", id);
    this.call("proxy_on_log", id);
    this.call("proxy_on_delete", id);
  }

  private variable(name: string | undefined): WebAssembly.Global | undefined {
    const found = name === undefined ? undefined : this.exported[name];
    return found instanceof WebAssembly.Global ? found : undefined;
  }

  private call(name: string, ...parameters: number[]): number {
    let result: number;
    try {
      result = this.function(name)(...parameters);
    } catch (error) {
      throw this.trap(name, error);
    }
    this.check();
    return result;
  }

  private trap(name: string, error: unknown): unknown {
    if (!(error instanceof WebAssembly.RuntimeError) && !(error instanceof RangeError)) return error;
    return new DriverFault(`trap in ${name}: ${error.message}`);
  }
}
