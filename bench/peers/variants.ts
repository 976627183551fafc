/** The same job by other means: filters with other SDKs, as far as this machine could build them. */

import { existsSync } from "node:fs";
import type { Variant } from "../protocol.ts";

/** By the name of what builds it: bench/peers/build.mjs. */
export const PEER_VARIANTS: Readonly<Record<"rust" | "go", Variant>> = {
  rust: { name: "Rust SDK, counts lines", filter: { module: "build/bench/peer-rust.wasm", rootId: "rust" } },
  go: { name: "Go, counts lines", filter: { module: "build/bench/peer-go.wasm", rootId: "go" } },
};

/** Those that are built. */
export function builtPeers(): Variant[] {
  return Object.values(PEER_VARIANTS).filter(isBuilt);
}

/** A line for each that is not, and so is left out. */
export function missingPeers(): string[] {
  const missing = Object.values(PEER_VARIANTS).filter((variant) => !isBuilt(variant));
  return missing.map(
    ({ name, filter }) => `"${name}" is left out: no ${filter?.module}: node bench/peers/build.mjs`,
  );
}

function isBuilt({ filter }: Variant): boolean {
  return existsSync(filter?.module ?? "");
}
