/** What a run is to measure, from the words on the command line. */

import { statSync } from "node:fs";
import { CHAIN } from "./chain/protocol.ts";
import { LDAP } from "./ldap/protocol.ts";
import type { Plan } from "./measure.ts";
import { variantsOf, type Load, type Protocol } from "./protocol.ts";
import { SMTP } from "./smtp/protocol.ts";

/** The options of `npm run bench` that choose. Absent lists: all there is. */
export interface Choice {
  readonly repetitions: number;
  readonly quick?: true;
  readonly protocols?: readonly string[];
  readonly rows?: readonly string[];
  readonly traffic?: readonly string[];
}

export const PROTOCOLS: readonly Protocol[] = [SMTP, LDAP, CHAIN];

/** Each variant of a load is measured that often in a repetition. */
const SLICES = 4;
/** A quick run shows that everything works; its figures are rough. */
export const QUICK = { repetitions: 2, slices: 1, share: 0.3 };

/** The chosen protocols. Throws for a name that none has. */
export function protocolsOf({ protocols }: Choice): Protocol[] {
  const unknown = protocols?.find((name) => !PROTOCOLS.some((one) => one.name === name));
  if (unknown !== undefined) {
    throw new Error(
      `--protocols: there is no "${unknown}", but ${PROTOCOLS.map(({ name }) => name).join(", ")}`,
    );
  }
  return PROTOCOLS.filter(({ name }) => protocols === undefined || protocols.includes(name));
}

/** A plan for each chosen protocol that anything is left to do of. Throws when a choice fits nothing. */
export function plansOf(choice: Choice): Plan[] {
  const chosen = protocolsOf(choice);
  const { rows, traffic } = choice;
  const names = chosen.flatMap((protocol) => variantsOf(protocol).map(({ name }) => name));
  const unknown = rows?.find((row) => !names.includes(row));
  if (unknown !== undefined) {
    throw new Error(`--rows: there is no variant "${unknown}", but ${[...new Set(names)].join(", ")}`);
  }
  const plans = chosen.map((protocol) => ({
    protocol,
    variants: variantsOf(protocol).filter(({ name }) => rows === undefined || rows.includes(name)),
    loads: protocol.loads
      .filter(({ name }) => traffic === undefined || traffic.some((part) => name.includes(part)))
      .map((load) => (choice.quick ? shortened(load) : load)),
    repetitions: choice.quick ? QUICK.repetitions : choice.repetitions,
    slices: choice.quick ? QUICK.slices : SLICES,
  }));
  const wanted = plans.filter(({ loads, variants }) => loads.length > 0 && variants.length > 0);
  if (wanted.length === 0) {
    const all = chosen.flatMap((protocol) => protocol.loads.map(({ name }) => name));
    throw new Error(`--traffic: no load is named so: ${all.join("; ")}`);
  }
  for (const { variants } of wanted) {
    for (const { filter } of variants) if (filter !== undefined) requireModule(filter.module);
  }
  return wanted;
}

/** Throws with what to do where a module is not built. */
export function requireModule(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) === undefined)
    throw new Error(`${path} is missing: npm run build`);
}

function shortened(load: Load): Load {
  return { ...load, units: Math.ceil(load.units * QUICK.share) };
}
