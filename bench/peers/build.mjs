// Builds what the filters are compared with, where there is a toolchain for it: build/bench/peer-go.wasm, build/bench/peer-rust.wasm.
//   node bench/peers/build.mjs [go] [rust]     default: both; prints a line for what cannot be built
// Go 1.24 or newer. Rust with the target wasm32-unknown-unknown: Debian's packages rustc, cargo, libstd-rust-dev-wasm32
// and lld have it; crates come through `cargo vendor` into .cache, by the newest cargo there is.
import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const OUT = join(ROOT, "build/bench");
const CACHE = join(ROOT, ".cache/peers");
const TARGET = "wasm32-unknown-unknown";
/** The first Go with //go:wasmexport. */
const GO_MINOR = 24;

const run = promisify(execFile);

/** What can be built, by name: what is missing here (undefined: nothing), and how. */
export const PEERS = {
  go: { missing: missingGo, build: buildGo },
  rust: { missing: missingRust, build: buildRust },
};

async function missingGo() {
  const version = await output("go", ["env", "GOVERSION"]);
  const minor = Number(/^go1\.(\d+)/.exec(version ?? "")?.[1]);
  return minor >= GO_MINOR ? undefined : `Go 1.${GO_MINOR} or newer is needed`;
}

async function buildGo() {
  const folder = join(ROOT, "bench/peers/go");
  const words = ["build", "-trimpath", "-buildmode=c-shared", "-ldflags=-s -w"];
  await run("go", [...words, "-o", join(OUT, "peer-go.wasm"), "."], {
    cwd: folder,
    env: { ...process.env, GOOS: "wasip1", GOARCH: "wasm", GOFLAGS: "-mod=readonly", GOTOOLCHAIN: "local" },
  });
}

async function missingRust() {
  return (await rustPlace()) === undefined
    ? `rustc with the target ${TARGET}, and its cargo, are needed (Debian: rustc cargo libstd-rust-dev-wasm32 lld)`
    : undefined;
}

async function buildRust() {
  const place = await rustPlace();
  const manifest = ["--manifest-path", join(ROOT, "bench/peers/rust/Cargo.toml")];
  const vendor = join(CACHE, "vendor");
  // Debian's cargo does not know the registry's index of today; the newest one here may.
  await run("cargo", ["vendor", "--locked", ...manifest, vendor]);
  const sources = [
    'source.crates-io.replace-with="vendored"',
    `source.vendored.directory=${JSON.stringify(vendor)}`,
  ];
  const words = ["build", "--offline", "--locked", "--release", "--target", TARGET, ...manifest];
  await run(join(place, "cargo"), [...words, ...sources.flatMap((one) => ["--config", one])], {
    env: {
      ...process.env,
      RUSTC: join(place, "rustc"),
      RUSTFLAGS: "-C target-feature=+simd128",
      CARGO_TARGET_DIR: join(CACHE, "target"),
    },
  });
  copyFileSync(join(CACHE, "target", TARGET, "release/peer.wasm"), join(OUT, "peer-rust.wasm"));
}

/** The first folder of PATH whose rustc has the target's library, with a cargo beside it. */
async function rustPlace() {
  for (const place of (process.env.PATH ?? "").split(delimiter)) {
    const [rustc, cargo] = [join(place, "rustc"), join(place, "cargo")];
    if (!existsSync(rustc) || !existsSync(cargo)) continue;
    const library = await output(rustc, ["--print", "target-libdir", "--target", TARGET]);
    if (library !== undefined && existsSync(library)) return place;
  }
  return undefined;
}

async function output(command, words) {
  try {
    return (await run(command, words)).stdout.trim();
  } catch {
    return undefined;
  }
}

/** Builds those of `names` that can be built; resolves to what is missing for the others, by name. */
export async function buildPeers(names) {
  mkdirSync(OUT, { recursive: true });
  const missing = {};
  const one = async (name) => {
    const reason = await PEERS[name].missing();
    if (reason === undefined) await PEERS[name].build();
    else missing[name] = reason;
  };
  await Promise.all(names.map(one));
  return missing;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const names = process.argv.slice(2);
  const unknown = names.find((name) => !(name in PEERS));
  if (unknown !== undefined) {
    console.error(`peers: there is no "${unknown}", but ${Object.keys(PEERS).join(", ")}`);
    process.exit(2);
  }
  const missing = await buildPeers(names.length > 0 ? names : Object.keys(PEERS));
  for (const [name, reason] of Object.entries(missing)) console.log(`peers: ${name} is left out: ${reason}`);
}
