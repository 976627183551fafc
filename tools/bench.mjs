// npm run bench [-- --help]: builds what is missing, then measures.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const NEEDED = [
  "dist/bench/main.js",
  "build/smtp.wasm",
  "build/ldap.wasm",
  "build/bench/noop.wasm",
  "build/bench/readfloor.wasm",
  "build/bench/hostcalls.wasm",
  "build/bench/chain.wasm",
];

function run(script, args) {
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

process.chdir(root);
if (!NEEDED.every((file) => existsSync(file))) run("tools/build.mjs", []);
run("dist/bench/main.js", process.argv.slice(2));
