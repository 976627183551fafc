/** Chains: a filter that reads every chunk, by itself and as 1, 3 and 6 links, under SMTP's load. */

import type { Protocol, Variant } from "../protocol.ts";
import { SMTP } from "../smtp/protocol.ts";

const MODULE = "build/bench/chain.wasm";

export const CHAIN: Protocol = {
  ...SMTP,
  name: "chain",
  title: "Chains",
  module: MODULE,
  filters: [
    variant("no chain", "alone"),
    variant("1 link", "chain1"),
    variant("3 links", "chain3"),
    variant("6 links", "chain6"),
  ],
  loads: SMTP.loads.filter(({ name }) => name.endsWith("kept connection")).map(unpromised),
  duty: undefined,
  promises: undefined,
};

function variant(name: string, id: string): Variant {
  return { name, filter: { module: MODULE, rootId: `heirloom.bench.${id}` } };
}

function unpromised({ name, units, send }: Protocol["loads"][number]): Protocol["loads"][number] {
  return { name, units, send };
}
