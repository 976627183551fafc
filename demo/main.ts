import { EnvoyStartError } from "../host/envoy/process.ts";
import { readOptions } from "./options.ts";
import { runDemo } from "./run.ts";

const options = readOptions(process.argv.slice(2));
try {
  process.exitCode = await runDemo(options);
} catch (error) {
  for (const line of reasons(error)) console.error(`heirloom demo: ${line}`);
  process.exitCode = 1;
}

function reasons(error: unknown): readonly string[] {
  if (error instanceof EnvoyStartError) return error.reasons;
  return [error instanceof Error ? (error.message.split("\n", 1)[0] ?? "failed") : String(error)];
}
