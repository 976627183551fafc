import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { parseAddress, type Address } from "../host/envoy/address.ts";
import type { DemoOptions } from "./run.ts";
import type { Protocol } from "./protocol.ts";

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
  if (options.report !== undefined) {
    if (!options.story) command.error("error: --report needs --story");
    // It is written after a minute: too late to hear that it cannot be.
    if (!existsSync(dirname(options.report)))
      command.error(`error: --report: no folder ${dirname(options.report)}`);
  }
  for (const other of ["attach", "verbosity"] as const) {
    if (options.story && options[other] !== undefined)
      command.error(`error: --story and --${other} exclude each other`);
  }
  return options;
}

/** The command line of the demo. */
export function demoCommand(): Command {
  return new Command("npm run demo --")
    .description("Mail and LDAP through Envoy: real servers, honest clients, and the filters' metrics live.")
    .option("-s, --seconds <n>", "stop after so many seconds (default: at Ctrl-C)", seconds)
    .addOption(
      new Option("-v, --verbosity <level>", "verbosity of the filters, instead of envoy.yaml's").choices([
        "low",
        "standard",
        "high",
      ]),
    )
    .option("--embedded", "run on the embedded host, without looking for Envoy", false)
    .option("--attach <smtp,ldap>", "use a proxy that takes both there already; needs --admin", addresses)
    .option("--admin <address>", "the running proxy's admin interface", address)
    .option(
      "--story",
      "play it in acts, each with what Envoy counts before and after: over a minute, whatever --seconds says",
      false,
    )
    .option("--report <file>", "write the story's acts and checks there, as JSON; needs --story")
    .option("--bind <host>", "address that the servers and their metrics listen on", "127.0.0.1")
    .addHelpText("after", MORE_HELP)
    .configureOutput({
      outputError: (text, write) => {
        write(text.replace(/^error: /, "heirloom demo: "));
      },
    })
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
}

const MORE_HELP = `
Ports: HEIRLOOM_SMTP_PORT, HEIRLOOM_LDAP_PORT, HEIRLOOM_ADMIN_PORT, HEIRLOOM_MAIL_PORT, HEIRLOOM_DIRECTORY_PORT,
HEIRLOOM_BOOK_PORT and HEIRLOOM_PAGE_PORT if set, else the usual ones, else free ones. Envoy: $ENVOY, or on the PATH,
or downloaded once. Prometheus, for the story's alerts: $PROMETHEUS, or on the PATH.
Exit code: 0 when the filters' numbers are the servers' own, 1 when not, 2 for a wrong option.`;

function seconds(text: string): number {
  const value = Number(text);
  if (!(value >= 1 && value <= MOST_SECONDS)) {
    throw new InvalidArgumentError(`Expected a number of seconds from 1 to ${MOST_SECONDS}.`);
  }
  return value;
}

function addresses(text: string): Readonly<Record<Protocol, Address>> {
  const [smtp, ldap, ...more] = text.split(",");
  if (smtp === undefined || ldap === undefined || more.length > 0) {
    throw new InvalidArgumentError("Expected two addresses, host:port,host:port.");
  }
  return { smtp: address(smtp), ldap: address(ldap) };
}

function address(text: string): Address {
  try {
    return parseAddress(text);
  } catch {
    throw new InvalidArgumentError("Expected host:port.");
  }
}
