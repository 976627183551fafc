// npm run test:envoys [-- OPTION …] [TESTS …]: builds what is out of date, then runs the real-Envoy tests on several Envoys.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const inRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const build = spawnSync(process.execPath, [inRoot("tools/build.mjs"), "--stale", "--examples"], {
  stdio: "inherit",
});
if (build.status === 0) await import("../dist/tests/compat/main.js");
else process.exitCode = build.status ?? 1;
