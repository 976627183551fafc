// npm run soak [-- --help]: builds what is out of date, then puts everything at once through one Envoy, in this very
// process, so that Ctrl-C reaches one program and not two.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

const build = spawnSync(process.execPath, ["tools/build.mjs", "--stale"], { stdio: "inherit" });
if (build.status === 0) await import("../dist/tests/soak/main.js");
else process.exitCode = build.status ?? 1;
