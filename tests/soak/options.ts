import { Command, InvalidArgumentError } from "commander";

/** What the command line asks for. */
export interface SoakOptions {
  /** How long the clients are at work, in seconds; undefined: until {@link sessions} have been. */
  readonly seconds: number | undefined;
  /** Sessions in all, as fast as they go; undefined: only time counts. */
  readonly sessions: number | undefined;
  /** Sessions a second of smtp-source, beside all others; without a meaning where sessions are counted. */
  readonly rate: number;
  /** Envoy's worker threads. */
  readonly workers: number;
  /** A folder that gets the samples as JSON and as a drawing. */
  readonly report: string | undefined;
}

interface Words {
  readonly minutes?: number;
  readonly sessions?: number;
  readonly rate: number;
  readonly workers: number;
  readonly report?: string;
}

/** Below it there is no time for a second sample behind the start. */
const LEAST_MINUTES = 0.25;
/** Beyond a week the samples in memory are too many. */
const MOST_MINUTES = 7 * 24 * 60;
const MOST_SESSIONS = 1e9;
/** smtp-source and smtp-sink need a core of their own there. */
const MOST_RATE = 5_000;
const MOST_WORKERS = 64;

/** Reads the command line. Ends the process, with one line, for `--help` and where something is wrong with it. */
export function readOptions(words: readonly string[]): SoakOptions {
  const command = soakCommand();
  command.parse(words, { from: "user" });
  const { minutes, sessions, ...others } = command.opts<Words>();
  const seconds = minutes === undefined ? undefined : minutes * 60;
  return {
    report: undefined,
    ...others,
    sessions,
    seconds: seconds ?? (sessions === undefined ? 60 : undefined),
  };
}

/** The command line of the soak. */
export function soakCommand(): Command {
  return new Command("npm run soak --")
    .description(
      "SMTP, LDAP and POP3 of every kind of client through one Envoy, its listeners updated now and then: memory has to stop " +
        "growing, gauges have to return to 0, and counters have to be what the peers counted themselves.",
    )
    .option(
      "-m, --minutes <n>",
      "how long (default: 1, or as --sessions needs)",
      within(LEAST_MINUTES, MOST_MINUTES),
    )
    .option("--sessions <n>", "as fast as they go, until there have been so many", whole(MOST_SESSIONS))
    .option("--rate <n>", "sessions a second of smtp-source beside all others", whole(MOST_RATE), 20)
    .option("--workers <n>", "Envoy's worker threads", whole(MOST_WORKERS), 2)
    .option("--report <folder>", "write the samples there, as JSON and as SVG")
    .addHelpText(
      "after",
      "\nExit code: 0 when all holds, 1 when something does not, 2 for a wrong option. Envoy: $ENVOY, or on the PATH, or\n" +
        "downloaded once. smtp-source and smtp-sink: $SMTP_SOURCE and $SMTP_SINK, or as Debian's package postfix has them.",
    )
    .configureOutput({
      outputError: (text, write) => {
        write(text.replace(/^error: /, "heirloom soak: "));
      },
    })
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
}

function within(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Expected a number from ${least} to ${most}.`);
  };
}

function whole(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= 1 && value <= most) return value;
    throw new InvalidArgumentError(`Expected a whole number from 1 to ${most}.`);
  };
}
