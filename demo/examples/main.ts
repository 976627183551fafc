import { EnvoyStartError } from "../../host/envoy/process.ts";
import { exampleList, readExampleOptions } from "./options.ts";
import { runExample } from "./run.ts";

const request = readExampleOptions(process.argv.slice(2));
if (request.kind === "list") {
  for (const line of exampleList()) console.log(line);
} else {
  try {
    process.exitCode = await runExample(request.name, request.options);
  } catch (error) {
    for (const line of reasons(error)) console.error(`heirloom example: ${line}`);
    process.exitCode = 1;
  }
}

function reasons(error: unknown): readonly string[] {
  if (error instanceof EnvoyStartError) return error.reasons;
  return [error instanceof Error ? (error.message.split("\n", 1)[0] ?? "failed") : String(error)];
}
