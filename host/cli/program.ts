import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError, Option } from "commander";
import { PROJECT } from "../envoy/project.ts";
import { PROTOCOLS } from "../envoy/stats-config.ts";
import { check, type CheckOptions } from "./check.ts";
import { envoy, type EnvoyOptions } from "./envoy.ts";
import { ExitCode, Failure, oneLine } from "./failure.ts";
import { metrics, type MetricsOptions } from "./metrics.ts";
import { newFilter, type NewOptions } from "./new.ts";
import { replay, type ReplayOptions } from "./replay.ts";
import { run, type RunOptions } from "./run.ts";
import { version } from "./version.ts";

const DEFAULT_ROOT_ID = "heirloom.<name>";

/** Carries out a command line (without `node` and the script) and returns the exit code. Never throws. */
export async function main(words: readonly string[]): Promise<number> {
  try {
    await program().parseAsync(words, { from: "user" });
    return ExitCode.yes;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.yes : ExitCode.usage;
    const lines = error instanceof Failure ? error.lines : [oneLine(error)];
    for (const line of lines) process.stderr.write(`${line}\n`);
    return error instanceof Failure ? error.exitCode : ExitCode.no;
  }
}

function program(): Command {
  const heirloom = new Command("heirloom")
    .description(
      "Network filters that make legacy protocols visible: run them, check configurations, list metrics.",
    )
    .version(ownVersion())
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(`${text.trim().split("\n").join(" ")}\n`) });
  addRun(heirloom);
  addReplay(heirloom);
  addCheck(heirloom);
  addMetrics(heirloom);
  addEnvoy(heirloom);
  addNew(heirloom);
  addVersion(heirloom);
  return heirloom;
}

function addRun(heirloom: Command): void {
  heirloom
    .command("run")
    .description(
      "proxy TCP connections through a filter, without Envoy; for several filters repeat --filter, --listen and " +
        "--upstream",
    )
    .addOption(repeated(filterOption()))
    .addOption(repeated(new Option("--listen <host:port>", "where clients connect")).makeOptionMandatory())
    .addOption(
      repeated(new Option("--upstream <host:port>", "where connections go on to")).makeOptionMandatory(),
    )
    .addOption(
      repeated(new Option("--config <file>", "the filter's configuration, JSON")).default([], "none"),
    )
    .option("--timeline", "print sessions as they go, line by line")
    .addOption(
      new Option("--format <format>", "how to print them; json is one object a line")
        .choices(["text", "json"])
        .default("text"),
    )
    .option("--admin <host:port>", "serve /stats, /stats/prometheus and /ready here")
    .addOption(drainOption())
    .addOption(
      repeated(
        new Option(
          "--cluster <name=host:port>",
          "a server the filter may choose or send HTTP requests to, by the name Envoy would know it by; may be repeated",
        ),
      ).default([], "none"),
    )
    .addOption(
      new Option(
        "--connect <when>",
        "when to connect to the upstream: with the client, or with its first bytes",
      )
        .choices(["immediate", "on_downstream_data"])
        .default("immediate"),
    )
    .option("--vm-config <file>", "the VM's configuration, as it is")
    .addOption(
      repeated(
        new Option("--env <name=value>", "an environment variable the filter may read; may be repeated"),
      ).default([], "none"),
    )
    .addOption(rootIdOptions())
    .action((options: RunOptions) => run(options));
}

function addReplay(heirloom: Command): void {
  heirloom
    .command("replay")
    .description(
      "read captures (pcap or pcapng, gzip or not), one after the other as one, and print what a filter counts in " +
        "their TCP connections",
    )
    .argument("<file...>", "the captures")
    .addOption(filterOption("without it, the one whose ports most connections go to"))
    .option("--config <file>", "the filter's configuration, JSON")
    .addOption(
      new Option("--port <number>", "only connections to this port; may be repeated")
        .argParser(collected)
        .default([], "all ports"),
    )
    .addOption(
      new Option("--format <format>", "how to print").choices(["text", "json", "prometheus"]).default("text"),
    )
    .option("--list <count>", "how many connections to list in text and json", "20")
    .option("--timeline <number>", "print one connection, line by line, instead of the metrics")
    .addOption(rootIdOption())
    .action((files: string[], options: ReplayOptions) => replay(files, options));
}

function addCheck(heirloom: Command): void {
  heirloom
    .command("check")
    .description("have the filter itself judge a configuration; exit code 1 if it refuses")
    .argument("<file>", "the configuration, JSON")
    .addOption(filterOption())
    .addOption(rootIdOption())
    .action((file: string, options: CheckOptions) => check(file, options));
}

function addMetrics(heirloom: Command): void {
  heirloom
    .command("metrics")
    .description("list what a filter defines at start; what is defined on first use is not in it")
    .addOption(filterOption())
    .addOption(
      new Option("--verbosity <level>", "as in the configuration").choices(["low", "standard", "high"]),
    )
    .option("--config <file>", "a whole configuration instead, JSON")
    .addOption(new Option("--format <format>", "how to print").choices(["text", "json"]).default("text"))
    .addOption(rootIdOption())
    .action((options: MetricsOptions) => metrics(options));
}

function addEnvoy(heirloom: Command): void {
  heirloom
    .command("envoy")
    .description(
      "print a complete Envoy configuration with the filter, its labels and its buckets, or run Envoy with it; for several filters repeat " +
        "--filter, --listen and --upstream",
    )
    .addOption(repeated(filterOption()))
    .addOption(repeated(new Option("--listen <host:port>", "where clients connect")).makeOptionMandatory())
    .addOption(
      repeated(new Option("--upstream <host:port>", "where connections go on to")).makeOptionMandatory(),
    )
    .option("--admin <host:port>", "Envoy's admin interface", "127.0.0.1:9901")
    .addOption(
      repeated(new Option("--config <file>", "the filter's configuration, JSON")).default([], "none"),
    )
    .addOption(
      repeated(new Option("--module <path>", "the module's path as Envoy will see it")).default(
        [],
        "where it is here",
      ),
    )
    .addOption(rootIdOptions())
    .option("--start", "find or download Envoy and run it with this configuration, until Ctrl-C")
    .addOption(drainOption())
    .action((options: EnvoyOptions) => envoy(options));
}

function addNew(heirloom: Command): void {
  heirloom
    .command("new")
    .description(
      "write a filter that works, for a protocol of lines, with its tests: a project of its own in a new folder NAME",
    )
    .argument("<name>", "the protocol's name: a-z, 0-9 and _, at most 32, beginning with a letter")
    .option("--into <folder>", "add the filter to this project instead")
    .action((name: string, options: NewOptions) => newFilter(name, options));
}

function addVersion(heirloom: Command): void {
  heirloom
    .command("version")
    .description("print the versions of modules")
    .argument("<file...>", "the modules, Wasm")
    .action((files: string[]) => version(files));
}

function collected(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

/** The option may be given several times; what was given is kept in order. */
function repeated(option: Option): Option {
  return option.argParser(collected);
}

function filterOption(otherwise?: string): Option {
  const text = `a filter by name (${PROTOCOLS.join(", ")}), or NAME=FILE.wasm`;
  const option = new Option(
    "--filter <name[=file]>",
    otherwise === undefined ? text : `${text}; ${otherwise}`,
  );
  return option.makeOptionMandatory(otherwise === undefined);
}

function drainOption(): Option {
  const text = "how long open connections may go on after the first signal";
  return new Option("--drain <seconds>", text).default("10");
}

function rootIdOption(): Option {
  return new Option("--root-id <id>", `which filter of the module (default: ${DEFAULT_ROOT_ID})`);
}

function rootIdOptions(): Option {
  return repeated(new Option("--root-id <id>", "which filter of the module")).default([], DEFAULT_ROOT_ID);
}

function ownVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8"));
  const found =
    typeof manifest === "object" && manifest !== null && "version" in manifest ? manifest.version : "";
  return String(found);
}
