import { Command, InvalidArgumentError, Option } from "commander";
import { parseAddress, type Address } from "../host/envoy/address.ts";
import type { DemoOptions } from "./run.ts";

/** A demo that runs for longer than a day is no demo. */
const MOST_SECONDS = 86_400;

/** Reads the command line. Ends the process, with one line, for `--help` and where something is wrong with it. */
export function readOptions(words: readonly string[]): DemoOptions {
  const command = demoCommand();
  command.parse(words, { from: "user" });
  const options = command.opts<DemoOptions>();
  if ((options.attach === undefined) !== (options.admin === undefined)) {
    command.error("error: --attach and --admin go together");
  }
  if (options.attach && options.embedded) command.error("error: --attach and --embedded exclude each other");
  return options;
}

/** The command line of the demo. */
export function demoCommand(): Command {
  return new Command("npm run demo --")
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
    .addHelpText("after", MORE_HELP)
    .configureOutput({
      outputError: (text, write) => {
        write(text.replace(/^error: /, "heirloom demo: "));
      },
    })
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
}

const MORE_HELP = `
Ports: HEIRLOOM_SMTP_PORT, HEIRLOOM_ADMIN_PORT, HEIRLOOM_SERVER_PORT and HEIRLOOM_BOOK_PORT if set, else those of
envoy.yaml, else free ones. Envoy: $ENVOY, or on the PATH, or downloaded once.
Exit code: 0 when the filter's numbers are the mail server's own, 1 when not, 2 for a wrong option.`;

function seconds(text: string): number {
  const value = Number(text);
  if (!(value >= 1 && value <= MOST_SECONDS)) {
    throw new InvalidArgumentError(`Expected a number of seconds from 1 to ${MOST_SECONDS}.`);
  }
  return value;
}

function address(text: string): Address {
  try {
    return parseAddress(text);
  } catch {
    throw new InvalidArgumentError("Expected host:port.");
  }
}
