// npm run soak: everything at once through one Envoy, for as long as is wanted.

import { EnvoyStartError } from "../../host/envoy/process.ts";
import { readOptions } from "./options.ts";
import { print, writeReport } from "./report.ts";
import { soak } from "./run.ts";

const options = readOptions(process.argv.slice(2));
try {
  const outcome = await soak(options, (line) => process.stderr.write(`${line}\n`));
  process.stdout.write(print(outcome));
  if (options.report !== undefined) await writeReport(options.report, outcome);
  process.exitCode = outcome.faults.length === 0 ? 0 : 1;
} catch (error) {
  const lines =
    error instanceof EnvoyStartError
      ? error.reasons
      : [error instanceof Error ? error.message : String(error)];
  for (const line of lines) process.stderr.write(`heirloom soak: ${line}\n`);
  process.exitCode = 1;
}
