// Just enough of a proxy to send traffic through a module and to look at its variables. The host that filters are tested
// in (host/) is TypeScript, and not there yet when modules are built.

const { WebAssembly } = globalThis;

const OK = 0;
const NOT_FOUND = 1;

const DOWNSTREAM_DATA = 2;
const UPSTREAM_DATA = 3;
const PLUGIN_CONFIGURATION = 7;

/** Time between two callbacks, in nanoseconds: any, but always the same. */
const STEP = 300_000n;

const ROOT = 1;

/** A module that runs with `configuration`. Host calls that are not named here do nothing, and succeed. */
export class TrainingHost {
  #exports;
  #buffers = new Map();
  #lastContext = ROOT;
  #lastMetric = 0;
  #now = 0n;

  constructor(module, rootId, configuration) {
    const compiled = new WebAssembly.Module(module);
    const imports = {};
    for (const { module: from, name } of WebAssembly.Module.imports(compiled))
      (imports[from] ??= {})[name] = this.#functions[name] ?? (() => OK);
    this.#exports = new WebAssembly.Instance(compiled, imports).exports;
    this.#exports._initialize();
    this.#rootId = Buffer.from(rootId);
    this.#call("context_create", ROOT, 0);
    this.#call("vm_start", ROOT, 0);
    this.#buffers.set(PLUGIN_CONFIGURATION, Buffer.from(configuration));
    if (this.#call("configure", ROOT, configuration.length) !== 1) throw new Error("configuration refused");
  }

  /** Names and values of the variables that the module exports. */
  variables() {
    const found = Object.entries(this.#exports).filter(([, { value }]) => typeof value === "number");
    return found.map(([name, { value }]) => [name, value]);
  }

  /** One connection from its beginning to its end: what is said, in the order in which it is. */
  converse(steps) {
    const context = ++this.#lastContext;
    this.#call("context_create", context, ROOT);
    this.#call("new_connection", context);
    for (const { from, bytes } of steps) {
      this.#buffers.set(from === "client" ? DOWNSTREAM_DATA : UPSTREAM_DATA, bytes);
      this.#call(from === "client" ? "downstream_data" : "upstream_data", context, bytes.length, 0);
    }
    this.#call("downstream_connection_close", context, 2);
    for (const end of ["done", "log", "delete"]) this.#call(end, context);
    this.#call("tick", ROOT);
  }

  #rootId;

  #call(callback, ...parameters) {
    this.#now += STEP;
    return this.#exports[`proxy_on_${callback}`](...parameters);
  }

  #functions = {
    proxy_define_metric: (_type, _name, _size, returned) => this.#return(returned, ++this.#lastMetric),
    proxy_get_buffer_bytes: (type, start, length, address, size) => {
      const bytes = (this.#buffers.get(type) ?? Buffer.alloc(0)).subarray(start, start + length);
      return this.#give(bytes, address, size);
    },
    proxy_get_property: (path, size, address, returned) => {
      const name = Buffer.from(this.#exports.memory.buffer, path, size).toString();
      return name === "plugin_root_id" ? this.#give(this.#rootId, address, returned) : NOT_FOUND;
    },
    clock_time_get: (_clock, _precision, returned) => {
      new DataView(this.#exports.memory.buffer).setBigUint64(returned, this.#now, true);
      return OK;
    },
  };

  #return(address, value) {
    new DataView(this.#exports.memory.buffer).setUint32(address, value, true);
    return OK;
  }

  #give(bytes, address, size) {
    const at = bytes.length === 0 ? 0 : this.#exports.malloc(bytes.length);
    Buffer.from(this.#exports.memory.buffer).set(bytes, at);
    this.#return(address, at);
    return this.#return(size, bytes.length);
  }
}
