// Unit specs of the AssemblyScript sources; run them by `npm run unit` (tools/unit.mjs), which names the spec files.
/* global WebAssembly */

/** Import modules that only a proxy offers. A spec uses the fakes of assembly/testing instead. */
const PROXY_MODULES = ["env", "wasi_snapshot_preview1"];

/** Imports that as-pect itself provides. */
const OWN = ["memory", "abort", "trace", "seed"];

function refusals(binary) {
  const imports = {};
  for (const { module, name, kind } of WebAssembly.Module.imports(new WebAssembly.Module(binary))) {
    if (!PROXY_MODULES.includes(module) || kind !== "function" || OWN.includes(name)) continue;
    imports[module] ??= {};
    imports[module][name] = () => {
      throw new Error(`a unit spec called the proxy's ${name}: FakeHost.install() comes first`);
    };
  }
  return imports;
}

export default {
  entries: [],
  include: [],
  disclude: [/node_modules/],
  async instantiate(memory, createImports, instantiate, binary) {
    const refused = refusals(binary);
    return instantiate(binary, createImports({ ...refused, env: { memory, ...refused.env } }));
  },
  coverage: process.env.COV ? ["assembly/**/*.ts", "filters/**/*.ts"] : [],
  outputBinary: false,
};
