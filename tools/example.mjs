// npm run example -- NAME [OPTION …]: builds what is out of date, then runs the example in this very process, so that
// Ctrl-C reaches one program and not two.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const inRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const name = process.argv.slice(2).find((word) => existsSync(inRoot(`filters/examples/${word}/index.ts`)));
// Without one, the program says what is wrong; it has to be there for that.
const what = name === undefined ? ["--node"] : ["--example", name];
const build = spawnSync(process.execPath, [inRoot("tools/build.mjs"), ...what, "--stale"], {
  stdio: "inherit",
});
if (build.status === 0) await import("../dist/demo/examples/main.js");
else process.exitCode = build.status ?? 1;
