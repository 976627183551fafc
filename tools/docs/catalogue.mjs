// The metrics that a module really has: those it defines at each verbosity, and those it defines on first use.
import { catalogueOf } from "../../dist/host/cli/catalogue.js";
import { loadModule, Vm } from "../../dist/host/index.js";

const LEVELS = ["low", "standard", "high"];

/** name → { type, labels: label → values, level }, level as the documentation writes it. */
export async function catalogueOfFilter({ name, thresholds, everyCode }) {
  const module = await loadModule(`build/${name}.wasm`);
  const defined = (configuration, traffic) =>
    catalogueOf(definedBy(module, `heirloom.${name}`, configuration, traffic));
  const catalogue = new Map();
  const add = (entries, level) => {
    for (const entry of entries) {
      const known = catalogue.get(entry.name) ?? { type: entry.type, level, labels: new Map() };
      catalogue.set(entry.name, known);
      for (const [label, values] of Object.entries(entry.labels)) {
        const all = known.labels.get(label) ?? new Set();
        known.labels.set(label, all);
        for (const value of values) all.add(value);
      }
    }
  };
  for (const verbosity of LEVELS) add(defined({ verbosity }), verbosity);
  add(defined({ verbosity: "low", [thresholds.key]: {} }), `low, with ${thresholds.key}`);
  for (const verbosity of LEVELS) add(defined({ verbosity }, everyCode), `${verbosity}, on first use`);
  add(defined({ verbosity: "high", limits: { metrics: 0 } }, everyCode), "high, on first use");
  return catalogue;
}

function definedBy(module, rootId, configuration, traffic) {
  const vm = new Vm(module);
  const plugin = vm.startPlugin({ rootId, configuration: JSON.stringify(configuration) });
  traffic?.(plugin);
  vm.tick();
  return vm.defined;
}
