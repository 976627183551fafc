#!/usr/bin/env node
// The command `heirloom`. A file of its own beside dist/: npm and npx make their link once, and only to a file that is
// there, so whoever called the command before the first build would never get one.
import { existsSync } from "node:fs";

const built = new URL("../dist/host/cli/heirloom.js", import.meta.url);
if (existsSync(built)) await import(built.href);
else {
  console.error("heirloom is not built yet: npm run build");
  process.exitCode = 1;
}
