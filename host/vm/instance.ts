import type { LogLevel } from "../abi/constants.ts";
import { ALLOWED_IN_INITIALIZE, ALLOWED_IN_MALLOC } from "../abi/signatures.ts";
import type { StatStore } from "../metrics/store.ts";
import { ModuleRejected, type HostModule } from "../module/load.ts";
import type { Clock } from "./clock.ts";
import { Context } from "./context.ts";
import { BROKEN_OFF, HttpCalls, type HttpAnswer, type HttpHandler } from "./http.ts";
import { proxyFunctions } from "./imports.ts";
import { LinearMemory } from "./memory.ts";
import { MetricTable } from "./metrics.ts";
import type { Misuse, MisuseKind } from "./misuse.ts";
import type { SharedStore } from "./shared.ts";
import type { Timers } from "./timers.ts";
import { HostTrap, describeTrap, isTrap } from "./trap.ts";
import { wasiFunctions } from "./wasi.ts";

export interface InstanceOptions {
  readonly module: HostModule;
  readonly stats: StatStore;
  readonly clock: Clock;
  readonly logLevel: number;
  readonly failurePolicy: "open" | "closed";
  readonly vmId: string;
  readonly vmConfiguration: () => Uint8Array;
  readonly environment: Readonly<Record<string, string>>;
  readonly shared: SharedStore;
  readonly timers: Timers;
  readonly clusters: Readonly<Record<string, HttpHandler>>;
  readonly log: (level: LogLevel, text: string) => void;
  readonly onMisuse: (misuse: Misuse) => void;
  readonly setTickPeriod: (root: Context, milliseconds: number) => void;
  readonly onQueueReady: (rootContextId: number, token: number) => void;
}

type Exported = (...parameters: number[]) => unknown;
type HostFunction = (...parameters: unknown[]) => unknown;

const FEW_PARAMETERS = 5;

/** One instantiated module with its contexts: what proxy-wasm-cpp-host calls a WasmBase. */
export class Instance {
  readonly options: InstanceOptions;
  readonly contexts = new Map<number, Context>();
  readonly metrics: MetricTable;
  readonly http: HttpCalls;
  readonly memory: LinearMemory;
  /** The context of the callback that runs now. */
  current: Context | undefined;
  /** Set by `proxy_set_effective_context`, for the rest of the callback; 0 for none. */
  effectiveId = 0;
  /** Why the VM is dead; undefined while it lives. */
  failure: string | undefined;

  private readonly vmContext = new Context(0);
  private readonly exported: Record<string, unknown>;
  private allowed: ReadonlySet<string> | undefined;
  private depth = 0;
  private nextContextId = 1;
  private readonly afterCall: (() => void)[] = [];
  private readonly calls = new Map<string, { count: number }>();

  /** Instantiates and runs `_initialize`. Throws {@link ModuleRejected} if that traps. */
  constructor(options: InstanceOptions) {
    this.options = options;
    this.contexts.set(0, this.vmContext);
    this.metrics = new MetricTable(options.stats, (kind, detail) => this.flag(kind, detail));
    this.http = new HttpCalls(options.clusters, options.timers, (...answer) => this.answerHttp(...answer));
    const { exports, memory } = this.instantiate();
    this.exported = exports;
    this.memory = new LinearMemory(memory);
    this.initialize();
    if (this.failure !== undefined)
      throw new ModuleRejected(`Failed to initialize Wasm code: ${this.failure}`);
  }

  newContext(parent?: Context): Context {
    while (this.contexts.has(this.nextContextId)) this.nextContextId++;
    const context = new Context(this.nextContextId++, parent);
    this.contexts.set(context.id, context);
    return context;
  }

  /** Which context a host call means: the effective one if it still exists, else that of the running callback. */
  get context(): Context {
    const effective = this.effectiveId === 0 ? undefined : this.contexts.get(this.effectiveId);
    return effective ?? this.current ?? this.vmContext;
  }

  /** Host calls so far by name, without those that never happened. */
  get hostCalls(): Map<string, number> {
    const happened = [...this.calls].filter(([, { count }]) => count > 0);
    return new Map(happened.map(([name, { count }]) => [name, count]));
  }

  exports(name: string): boolean {
    return typeof this.exported[name] === "function";
  }

  /**
   * Calls an export in a context and then does what the module asked to happen after the call. Undefined if the module
   * has no such export or the VM is dead.
   */
  run(name: string, context: Context, ...parameters: number[]): number | undefined {
    const result = this.call(name, context, ...parameters);
    this.runDeferred();
    return result;
  }

  /** Calls an export in a context; undefined if the module has none or the VM is dead. A trap kills the VM. */
  call(name: string, context: Context, ...parameters: number[]): number | undefined {
    if (this.failure !== undefined || !this.exports(name)) return undefined;
    const { current, effectiveId } = this;
    this.current = context;
    this.effectiveId = 0;
    this.depth++;
    try {
      const result = (this.exported[name] as Exported)(...parameters);
      return typeof result === "number" ? result >>> 0 : 0;
    } catch (error) {
      if (!isTrap(error)) throw error;
      this.fail(name, error);
      return undefined;
    } finally {
      this.current = current;
      this.effectiveId = effectiveId;
      this.depth--;
    }
  }

  /** Does what was deferred, unless the module is still being called. */
  runDeferred(): void {
    while (this.depth === 0) {
      const action = this.afterCall.shift();
      if (action === undefined) return;
      action();
    }
  }

  /** To be done once the module has returned. */
  defer(action: () => void): void {
    this.afterCall.push(action);
  }

  /** Asks the module for memory, as the host does within a host call; 0 if it has none. */
  allocate(size: number): number {
    const name = this.exports("malloc") ? "malloc" : "proxy_on_memory_allocate";
    this.allowed = ALLOWED_IN_MALLOC;
    const { current, effectiveId } = this;
    this.current = this.vmContext;
    this.effectiveId = 0;
    try {
      return ((this.exported[name] as Exported)(size) as number) >>> 0;
    } catch (error) {
      if (!isTrap(error)) throw error;
      this.fail(name, error);
      return 0;
    } finally {
      this.allowed = undefined;
      this.current = current;
      this.effectiveId = effectiveId;
    }
  }

  /** Copies bytes into memory that the module allocates; false where the ABI answers InvalidMemoryAccess. */
  copyOut(bytes: Uint8Array, pointerTo: number, sizeTo: number): boolean {
    if (bytes.length === 0) return this.memory.writeU32(pointerTo, 0) && this.memory.writeU32(sizeTo, 0);
    const address = this.allocate(bytes.length);
    if (address === 0 || !this.memory.write(address, bytes)) return false;
    return this.memory.writeU32(pointerTo, address) && this.memory.writeU32(sizeTo, bytes.length);
  }

  flag(kind: MisuseKind, detail: string): void {
    this.options.onMisuse({ kind, detail });
  }

  private answerHttp(root: Context, token: number, answer: HttpAnswer | undefined): void {
    const { headers = [], body = [], trailers = [] } = answer ?? {};
    root.httpAnswer = answer;
    root.callStatus = answer === undefined ? BROKEN_OFF : root.callStatus;
    const sizes = [headers.length, body.length, trailers.length];
    this.call("proxy_on_http_call_response", root, root.id, token, ...sizes);
    root.httpAnswer = undefined;
    root.callStatus = { code: root.callStatus.code, message: "" };
    this.runDeferred();
  }

  private instantiate(): { exports: Record<string, unknown>; memory: WebAssembly.Memory } {
    const { code, shape } = this.options.module;
    const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
    const proxy = proxyFunctions(this);
    const wasi = wasiFunctions(this);
    let memory: WebAssembly.Memory | undefined;
    for (const { module, name, kind, limits } of shape.imports) {
      const space = (imports[module] ??= {});
      if (kind === "function") {
        const found = (module === "env" ? proxy : wasi)[name];
        space[name] = this.guarded(`${module}.${name}`, found as HostFunction | undefined);
      } else if (kind === "memory" && limits !== undefined) {
        memory = new WebAssembly.Memory(limits);
        space[name] = memory;
      } else if (kind === "table" && limits !== undefined) {
        space[name] = new WebAssembly.Table({ element: "anyfunc", ...limits });
      }
    }
    const { exports } = this.linked(() => new WebAssembly.Instance(code, imports));
    for (const exported of Object.values(exports)) {
      if (exported instanceof WebAssembly.Memory) memory ??= exported;
    }
    return { exports, memory: memory ?? new WebAssembly.Memory({ initial: 0 }) };
  }

  /** The start section runs here, before any context exists. */
  private linked(instantiate: () => WebAssembly.Instance): WebAssembly.Instance {
    try {
      return instantiate();
    } catch (error) {
      if (isTrap(error)) throw new ModuleRejected(`Failed to initialize Wasm code: ${describeTrap(error)}`);
      throw error;
    }
  }

  private initialize(): void {
    this.allowed = ALLOWED_IN_INITIALIZE;
    if (this.exports("_initialize")) {
      this.call("_initialize", this.vmContext);
      this.call("main", this.vmContext, 0, 0);
    } else {
      this.call("_start", this.vmContext);
    }
    this.allowed = undefined;
  }

  private guarded(fullName: string, implementation: HostFunction | undefined): HostFunction {
    const name = fullName.slice(fullName.indexOf(".") + 1).replace(/^proxy_/, "");
    const calls = this.calls.get(name) ?? { count: 0 };
    this.calls.set(name, calls);
    const run = implementation ?? absent(fullName);
    const refuse = (): void => {
      if (this.current === undefined) throw new HostTrap("host call outside of any callback");
      if (this.allowed?.has(fullName) === false) throw new HostTrap("restricted_callback");
    };
    // Collecting the parameters in an array would cost more than many of the functions do.
    if (run.length <= FEW_PARAMETERS) {
      return (a, b, c, d, e) => {
        calls.count++;
        if (this.allowed !== undefined || this.current === undefined) refuse();
        return run(a, b, c, d, e);
      };
    }
    return (...parameters) => {
      calls.count++;
      refuse();
      return run(...parameters);
    };
  }

  private fail(name: string, error: Error): void {
    this.failure = `Function: ${name} failed: ${describeTrap(error)}`;
    this.allowed = undefined;
    this.options.log("error", this.failure);
  }
}

function absent(fullName: string): HostFunction {
  return () => {
    throw new HostTrap(`${fullName} is not offered by this host`);
  };
}
