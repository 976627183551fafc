// Which way a module's branches go under everyday traffic.
import { counting, countersOf } from "../branch-hints.mjs";
import { TrainingHost } from "./host.mjs";
import { TRAFFIC } from "./traffic.mjs";

/** Connections for each protocol, and how often each of them repeats everything. */
const CONNECTIONS = 10;
const ROUNDS = 5;

/** What was counted, by branch, as `hinted` wants it; `protocols`: whose filters the module has. */
export function trained(module, protocols) {
  const copy = counting(module);
  const counts = protocols.map((protocol) => trainedWith(copy, protocol));
  const sum = (name) => counts.reduce((total, count) => total + count(name), 0);
  return (branch) => {
    const { seen, taken } = countersOf(branch);
    return { seen: sum(seen), taken: sum(taken) };
  };
}

/** How far each counter went on during traffic: how modules are started and configured is left out. */
function trainedWith(copy, protocol) {
  const host = new TrainingHost(copy, `heirloom.${protocol}`, "{}");
  const before = new Map(host.variables());
  const { opening, repeated, closing } = TRAFFIC[protocol];
  const steps = [...opening, ...Array.from({ length: ROUNDS }, () => repeated).flat(), ...closing];
  for (let i = 0; i < CONNECTIONS; i++) host.converse(steps);
  const after = new Map(host.variables());
  return (name) => after.get(name) - before.get(name);
}
