#!/usr/bin/env node
import { ExitCode, oneLine } from "./failure.ts";
import { main } from "./program.ts";

let isLost = false;
process.stdout.on("error", (error: Error) => {
  // A reader that has seen enough, like `head`, goes away: that is no failure. A full disk is one.
  if (isLost || ("code" in error && error.code === "EPIPE")) return;
  isLost = true;
  process.stderr.write(`cannot write: ${oneLine(error)}\n`);
  process.exitCode = ExitCode.no;
});

const code = await main(process.argv.slice(2));
process.exitCode ??= code;
