// npm run demo [-- OPTION …]: builds of what the demo uses what is out of date, then runs the demo in this very process,
// so that Ctrl-C reaches one program and not two.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const inRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** One module has all filters: whoever wants to see the demo need not wait for the others. */
const NEEDED = [["--only", "build/heirloom.wasm"], ["--node"]];

const statuses = await Promise.all(
  NEEDED.map(async (words) => {
    const build = spawn(process.execPath, [inRoot("tools/build.mjs"), ...words, "--stale"], {
      stdio: "inherit",
    });
    const [status] = await once(build, "close");
    return status ?? 1;
  }),
);
process.exitCode = statuses.find((status) => status !== 0) ?? 0;
if (process.exitCode === 0) await import("../dist/demo/main.js");
