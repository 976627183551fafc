import { Command, InvalidArgumentError, Option } from "commander";
import { parseAddress, type Address } from "../host/envoy/address.ts";
import { EnvoyStartError } from "../host/envoy/process.ts";
import { runDemo } from "./run.ts";

const program = new Command("npm run demo --")
  .description("Mail through Envoy: a real mail server, honest clients, and the filter's metrics live.")
  .option("-s, --seconds <n>", "stop after so many seconds (default: at Ctrl-C)", seconds)
  .addOption(
    new Option("-v, --verbosity <level>", "verbosity of the filter, instead of envoy.yaml's").choices([
      "low",
      "standard",
      "high",
    ]),
  )
  .option("--embedded", "run on the embedded host, without looking for Envoy", false)
  .option("--attach <smtp-address>", "use a proxy that runs already; needs --admin", address)
  .option("--admin <address>", "the running proxy's admin interface", address)
  .option("--bind <host>", "address that the mail server and its metrics listen on", "127.0.0.1")
  .addHelpText(
    "after",
    `
Ports: HEIRLOOM_SMTP_PORT, HEIRLOOM_ADMIN_PORT, HEIRLOOM_SERVER_PORT and HEIRLOOM_BOOK_PORT if set, else those of
envoy.yaml, else free ones. Envoy: $ENVOY, or on the PATH, or downloaded once.
Exit code: 0 when the filter's numbers are the mail server's own, 1 when not, 2 for a wrong option.`,
  )
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "heirloom demo: ")) })
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? 0 : 2);
  });

await main();

async function main(): Promise<void> {
  program.parse();
  const options = program.opts<{
    seconds?: number;
    verbosity?: string;
    embedded: boolean;
    attach?: Address;
    admin?: Address;
    bind: string;
  }>();
  if ((options.attach === undefined) !== (options.admin === undefined)) {
    program.error("error: --attach and --admin go together");
  }
  try {
    process.exitCode = await runDemo(options);
  } catch (error) {
    for (const line of reasons(error)) console.error(`heirloom demo: ${line}`);
    process.exitCode = 1;
  }
}

function reasons(error: unknown): readonly string[] {
  if (error instanceof EnvoyStartError) return error.reasons;
  return [error instanceof Error ? (error.message.split("\n", 1)[0] ?? "failed") : String(error)];
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value >= 1 && value <= 86_400)) {
    throw new InvalidArgumentError("Expected a number of seconds from 1 to 86400.");
  }
  return value;
}

function address(text: string): Address {
  try {
    return parseAddress(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : "Expected host:port.");
  }
}
