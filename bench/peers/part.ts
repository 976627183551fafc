/** `--peers`: CPU per message beside filters with other SDKs, and beside a sniffer of Envoy's own. */

import { LDAP } from "../ldap/protocol.ts";
import { bind, search } from "../ldap/traffic.ts";
import { playLockstep, startLockstep, type Script } from "../lockstep.ts";
import { measure, type Plan, type Samples, type Served } from "../measure.ts";
import { DUTY, FLOOR, levelsOf, NOOP, PLAIN, variantsOf, type Load, type Variant } from "../protocol.ts";
import { SMTP } from "../smtp/protocol.ts";
import { added, median, ratio } from "../summary.ts";
import { signed, table } from "../table.ts";
import { builtPeers, PEER_VARIANTS } from "./variants.ts";
import { getData, ZOOKEEPER_PROXY } from "./zookeeper.ts";

/** One row or more of the tables. */
interface Comparison {
  readonly title: string;
  readonly plan: Plan<Served>;
}

/** Connections of the client that takes turns with its server; as many as ldclt has. */
const CONNECTIONS = 4;
/** Gives a slice about a fifth of a second of Envoy's CPU. */
const TURNS = 3_000;

const OURS = "Heirloom, `standard`";
const PEER_NAMES = Object.values(PEER_VARIANTS).map(({ name }) => name);

/** Measures everything and returns the tables. */
export async function peers(
  repetitions: number,
  slices: number,
  say: (text: string) => void,
): Promise<string> {
  SMTP.requirePrograms();
  LDAP.requirePrograms();
  const rows: Row[] = [];
  for (const { title, plan } of comparisons(repetitions, slices)) {
    const samples = await measure(plan, say);
    for (const [load, series] of Object.entries(samples)) rows.push({ name: `${title}: ${load}`, series });
  }
  return [
    table(
      ["load", "plain, µs", NOOP, FLOOR, DUTY, OURS, ...PEER_NAMES, ZOOKEEPER_PROXY.name],
      rows.map(costs),
    ),
    table([`${OURS}, divided by`, FLOOR, DUTY, ...PEER_NAMES], rows.filter(hasOurs).map(quotients)),
  ].join("\n\n");
}

function comparisons(repetitions: number, slices: number): Comparison[] {
  const others = builtPeers();
  const often = { repetitions, slices };
  const smtp = variantsOf({ duty: SMTP.duty, filters: [standard("smtp"), ...others] });
  const ldap = variantsOf({ duty: LDAP.duty, filters: [standard("ldap"), ...others] });
  const one = search(2, 1);
  const searching: Script = {
    opening: [turnOf(bind(1))],
    turns: [turnOf(one)],
  };
  const [{ request, response } = turnOf(one)] = searching.turns;
  const sizes = `${request.length} and ${response.length} bytes`;
  const reading = getData(request.length, response.length);
  return [
    { title: "SMTP", plan: { protocol: SMTP, variants: smtp, loads: SMTP.loads, ...often } },
    { title: "LDAP", plan: { protocol: LDAP, variants: ldap, loads: LDAP.loads.slice(0, 2), ...often } },
    {
      title: "LDAP",
      plan: { ...taking(`a search and its entry, ${sizes}`, searching), variants: ldap, ...often },
    },
    {
      title: "ZooKeeper",
      plan: {
        ...taking(`getData, ${sizes}`, reading),
        variants: variantsOf({ filters: [ZOOKEEPER_PROXY, ...others] }),
        ...often,
      },
    },
  ];
}

function taking(name: string, script: Script): { protocol: Served; loads: Load[] } {
  const send: Load["send"] = (port, units) => playLockstep(port, script, units, CONNECTIONS);
  return {
    protocol: { title: name, startServer: () => startLockstep(script) },
    loads: [{ name, units: TURNS, send }],
  };
}

function turnOf({ request, responses }: ReturnType<typeof search>): Script["turns"][number] {
  return { request, response: Buffer.concat(responses) };
}

/** A filter of ours as it is where nothing is configured. */
function standard(name: string): Variant {
  const found = levelsOf(name, `build/${name}.wasm`).find((one) => one.name.endsWith(" standard"));
  if (found === undefined) throw new Error(`${name} has no level "standard"`);
  return found;
}

/** What was measured under one load. */
interface Row {
  readonly name: string;
  readonly series: Samples[string];
}

function oursOf({ series }: Row): readonly number[] {
  return Object.entries(series).find(([name]) => name.endsWith(" standard"))?.[1] ?? [];
}

function hasOurs(row: Row): boolean {
  return oursOf(row).length > 0;
}

/** Plain, and what each adds to it (and divided by it). */
function costs(row: Row): string[] {
  const plain = row.series[PLAIN] ?? [];
  const cell = (own: readonly number[] = []): string =>
    own.length === 0 ? "" : `${signed(added(own, plain))} (${ratio(own, plain).paired.toFixed(3)})`;
  const before = [NOOP, FLOOR, DUTY].map((name) => cell(row.series[name]));
  const behind = [...PEER_NAMES, ZOOKEEPER_PROXY.name].map((name) => cell(row.series[name]));
  return [row.name, median(plain).toFixed(1), ...before, cell(oursOf(row)), ...behind];
}

/** Ours divided by the others, as paired ratios. */
function quotients(row: Row): string[] {
  const cell = (other: readonly number[] = []): string =>
    other.length === 0 ? "" : ratio(oursOf(row), other).paired.toFixed(3);
  return [row.name, ...[FLOOR, DUTY, ...PEER_NAMES].map((name) => cell(row.series[name]))];
}
