// npm run demo [-- OPTION …]: builds what is out of date, then runs the demo in this very process, so that Ctrl-C
// reaches one program and not two.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const inRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const build = spawnSync(process.execPath, [inRoot("tools/build.mjs"), "--stale"], { stdio: "inherit" });
if (build.status === 0) await import("../dist/demo/main.js");
else process.exitCode = build.status ?? 1;
