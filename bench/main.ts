/** `npm run bench`: what the filter costs, beside doing nothing and beside merely reading. */

import { cpus, loadavg } from "node:os";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { Command, InvalidArgumentError } from "commander";
import { locateEnvoy } from "../host/envoy/find.ts";
import { footprint, type Footprint } from "./footprint.ts";
import { measure, type Plan } from "./measure.ts";
import { findPostfix, MISSING_POSTFIX } from "./postfix.ts";
import { EXCHANGES, profile } from "./profile.ts";
import { report } from "./report.ts";
import {
  SMTP_MODULE,
  SMTP_ROOT,
  STANDARD,
  TRAFFIC,
  VARIANTS,
  type Traffic,
  type Variant,
} from "./variants.ts";

const DOCUMENT = "docs/benchmarks.md";
const BEGIN = "<!-- bench:begin -->";
const END = "<!-- bench:end -->";

const SLICES = 3;
/** A quick run shows that everything works; its figures are rough. */
const QUICK = { repetitions: 2, slices: 1, share: 0.3 };

interface Options {
  readonly repetitions: number;
  readonly quick?: true;
  readonly rows?: readonly string[];
  readonly traffic?: readonly string[];
  readonly write?: true;
  readonly profile?: true;
}

const command = new Command("bench")
  .description(
    "Envoy's CPU per message: tcp_proxy alone, a no-op module, the read floor, the SMTP filter at each verbosity",
  )
  .option("--repetitions <n>", "how often everything is measured", positive, 7)
  .option("--quick", `a rough look: ${QUICK.repetitions} short repetitions`)
  .option(
    "--rows <names>",
    `only these variants, separated by commas: ${VARIANTS.map((one) => one.name).join(", ")}`,
    list,
  )
  .option("--traffic <names>", "only loads whose name contains one of these, separated by commas", list)
  .option(
    "--profile",
    "show where the filter's own time goes, function by function, and measure nothing else",
  )
  .option("--write", `put the tables into ${DOCUMENT}`);

void main(command.parse().opts<Options>());

async function main(options: Options): Promise<void> {
  try {
    await (options.profile ? showProfiles() : run(options));
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

async function run(options: Options): Promise<void> {
  const tools = findPostfix();
  if (tools === undefined) throw new Error(MISSING_POSTFIX);
  const envoy = await requireEnvoy();
  const plan = planOf(options);
  for (const { filter } of plan.variants) if (filter !== undefined) requireModule(filter.module);
  say(
    `${plan.repetitions} repetitions of ${plan.variants.length} variants under ${plan.traffic.length} kinds of load`,
  );
  const about = machine(envoy);
  const samples = await measure(tools, plan, say);
  const text = report({ samples, footprints: await footprints(plan.variants) });
  console.log(`\n${text}\n\n${about}`);
  if (options.write) write(text, about, repeatWith(options));
}

async function showProfiles(): Promise<void> {
  requireModule(SMTP_MODULE);
  for (const exchange of EXCHANGES) {
    console.log(
      `### ${STANDARD}, ${exchange.name}\n\n${await profile({ module: SMTP_MODULE, rootId: SMTP_ROOT, configuration: {} }, exchange)}\n`,
    );
  }
}

async function requireEnvoy(): Promise<string> {
  const { path, tried } = await locateEnvoy({
    progress: (line) => {
      if (line !== "") say(line);
    },
  });
  if (path === undefined) throw new Error(`no Envoy: ${tried.join("; ")}`);
  return path;
}

function planOf(options: Options): Plan {
  const { rows, traffic: loads } = options;
  const variants = VARIANTS.filter(({ name }) => rows === undefined || rows.includes(name));
  const unknown = rows?.find((row) => !VARIANTS.some(({ name }) => name === row));
  if (unknown !== undefined) throw new Error(`--rows: there is no variant "${unknown}"`);
  const traffic = TRAFFIC.filter(
    ({ name }) => loads === undefined || loads.some((part) => name.includes(part)),
  );
  if (traffic.length === 0)
    throw new Error(`--traffic: no load is named so: ${TRAFFIC.map(({ name }) => name).join("; ")}`);
  if (!options.quick) return { variants, traffic, repetitions: options.repetitions, slices: SLICES };
  return { variants, traffic: traffic.map(shortened), repetitions: QUICK.repetitions, slices: QUICK.slices };
}

function shortened({ name, source }: Traffic): Traffic {
  return { name, source: { ...source, messages: Math.ceil(source.messages * QUICK.share) } };
}

function requireModule(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) === undefined)
    throw new Error(`${path} is missing: npm run build`);
}

async function footprints(variants: readonly Variant[]): Promise<Record<string, Footprint>> {
  const found: Record<string, Footprint> = {};
  for (const { name, filter } of variants) {
    if (filter?.module !== SMTP_MODULE || typeof filter.configuration !== "object") continue;
    found[name] = await footprint({
      module: filter.module,
      rootId: filter.rootId ?? "",
      configuration: filter.configuration,
    });
  }
  return found;
}

/** The machine in so many words as a reader needs to compare; called before the run, which is load itself. */
function machine(envoy: string): string {
  const all = cpus();
  const version = spawnSync(envoy, ["--version"], { encoding: "utf8" }).stdout;
  const number = /\/(\d+\.\d+\.\d+)/.exec(version)?.[1] ?? "of unknown version";
  return `Measured on ${all.length} cores (${all[0]?.model.trim() ?? "unknown CPU"}), Linux, Envoy ${number}, one worker. Load average before the run: ${(loadavg()[0] ?? NaN).toFixed(1)}.`;
}

function repeatWith(options: Options): string {
  const parts = ["npm run bench -- --repetitions", String(options.repetitions)];
  if (options.quick) parts.push("--quick");
  if (options.rows) parts.push("--rows", `"${options.rows.join(",")}"`);
  if (options.traffic) parts.push("--traffic", `"${options.traffic.join(",")}"`);
  return [...parts, "--write"].join(" ");
}

function write(text: string, about: string, again: string): void {
  const document = readFileSync(DOCUMENT, "utf8");
  const [before, rest] = document.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`${DOCUMENT} has lost its markers ${BEGIN} and ${END}`);
  const body = [BEGIN, `${about}\nRepeat with \`${again}\`.`, text, END].join("\n\n");
  writeFileSync(DOCUMENT, before + body + after);
  say(`wrote ${DOCUMENT}`);
}

function say(text: string): void {
  console.error(`bench: ${text}`);
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("expected a whole number from 1");
  return value;
}

function list(text: string): string[] {
  return text.split(",").map((part) => part.trim());
}
