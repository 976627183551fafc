/** `npm run bench`: what the filters cost, beside doing nothing and beside merely reading. */

import { spawnSync } from "node:child_process";
import { cpus, loadavg } from "node:os";
import { Command, InvalidArgumentError } from "commander";
import { locateEnvoy } from "../host/envoy/find.ts";
import { DOCUMENT, writeBlock } from "./document.ts";
import { footprint, type Footprint } from "./footprint.ts";
import { measure, type Plan, type Samples } from "./measure.ts";
import { PARTS, type Amount, type Part } from "./parts.ts";
import { plansOf, PROTOCOLS, protocolsOf, QUICK, requireModule, type Choice } from "./plan.ts";
import { missingPeers } from "./peers/variants.ts";
import { profile } from "./profile.ts";
import type { Protocol, Variant } from "./protocol.ts";
import { report } from "./report.ts";
import { throughput } from "./throughput.ts";

/** The tables of every filter: what is measured where no part is asked for. Its markers have no other name. */
const TABLES = "tables";

interface Options extends Choice, Amount {
  readonly repetitions: number;
  readonly quick?: true;
  readonly profile?: true;
  readonly parts: readonly Part[];
}

const command = new Command("bench")
  .description(
    "What the filters cost Envoy. Without a part: CPU per message or search through tcp_proxy alone, a no-op module, " +
      "the read floor, a filter's host calls alone and each filter at each verbosity; memory, host calls and throughput in the TypeScript host. " +
      "Parts measure something else instead; several may be named. Times are of two quiet cores.",
  )
  .optionsGroup("Parts:");
for (const { name, description } of PARTS) command.option(`--${name}`, description);
command
  .optionsGroup("How much:")
  .option("--repetitions <n>", "how often everything is measured", positive, 12)
  .option("--quick", `a rough look: ${QUICK.repetitions} short repetitions`)
  .option("--host-only", "only what needs no Envoy and no server: memory, host calls, throughput, growth")
  .optionsGroup("Without a part:")
  .option(
    "--protocols <names>",
    `only these, separated by commas: ${PROTOCOLS.map(({ name }) => name).join(", ")}`,
    list,
  )
  .option(
    "--rows <names>",
    "only these variants, separated by commas: plain, noop, readfloor, smtp standard, …",
    list,
  )
  .option("--traffic <names>", "only loads whose name contains one of these, separated by commas", list)
  .option(
    "--profile",
    "show where the filters' own time goes, function by function, and measure nothing else",
  )
  .optionsGroup("Results:")
  .option("--write", `put the tables into ${DOCUMENT}`);

const given = command.parse().opts<Options & Readonly<Record<string, unknown>>>();
void main({ ...given, parts: PARTS.filter(({ name }) => given[name] === true) });

async function main(options: Options): Promise<void> {
  try {
    if (options.profile) await showProfiles(options);
    else if (options.parts.length > 0) await runParts(options);
    else await run(options);
  } catch (error) {
    console.error(messageOf(error));
    process.exitCode = 1;
  }
}

async function run(options: Options): Promise<void> {
  const plans = plansOf(options);
  const envoy = options.hostOnly ? undefined : await requireEnvoy();
  // Nobody wants to hear it after ten minutes.
  if (envoy !== undefined) for (const { protocol } of plans) protocol.requirePrograms();
  const about = machine(envoy);
  const parts: string[] = [];
  for (const plan of plans) {
    const samples = envoy === undefined ? {} : await measured(plan);
    say(`${plan.protocol.title}: memory, host calls and throughput`);
    parts.push(report({ protocol: plan.protocol, samples, ...(await inTheHost(plan)) }));
  }
  const text = parts.join("\n\n");
  console.log(`\n${text}\n\n${about}`);
  if (options.write) write(TABLES, text, about, repeatWith(options));
}

async function runParts(options: Options): Promise<void> {
  const envoy = options.hostOnly ? undefined : await requireEnvoy();
  if (envoy !== undefined) for (const line of missingPeers()) say(line);
  for (const part of options.parts) {
    if (envoy === undefined && part.worksInHost === undefined)
      throw new Error(`--${part.name} needs Envoy: not with --host-only`);
    const about = machine(envoy);
    const begin = performance.now();
    const text = await part.run(options, say);
    console.log(`\n${text}\n\n${about}`);
    say(`${part.name}: ${Math.round((performance.now() - begin) / 1_000)} s`);
    if (options.write) write(part.name, text, about, repeatWith({ ...options, parts: [part] }));
  }
}

async function measured(plan: Plan): Promise<Samples> {
  const { protocol, repetitions, variants, loads } = plan;
  say(
    `${protocol.title}: ${repetitions} repetitions of ${variants.length} variants under ${loads.length} kinds of load`,
  );
  return measure(plan, say);
}

/** What is counted and timed without Envoy: footprints and throughput of each variant that is a filter of ours. */
async function inTheHost({ protocol, variants }: Plan): Promise<{
  footprints: Record<string, Footprint>;
  throughputs: Record<string, Record<string, number>>;
}> {
  const footprints: Record<string, Footprint> = {};
  const throughputs: Record<string, Record<string, number>> = {};
  for (const variant of variants) {
    if (variant.filter?.module !== protocol.module) continue;
    footprints[variant.name] = await footprint(protocol, variant);
    throughputs[variant.name] = await throughput(protocol, variant);
  }
  return { footprints, throughputs };
}

async function showProfiles(options: Options): Promise<void> {
  for (const protocol of protocolsOf(options)) {
    const variant = promisingVariant(protocol);
    if (variant === undefined) continue;
    requireModule(protocol.module);
    for (const exchange of protocol.exchanges) {
      console.log(`### ${variant.name}, ${exchange.name}\n\n${await profile(protocol, variant, exchange)}\n`);
    }
  }
}

function promisingVariant({ filters, promises }: Protocol): Variant | undefined {
  return filters.find(({ name }) => name === promises?.variant);
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

/** The machine in so many words as a reader needs to compare; called before the run, which is load itself. */
function machine(envoy: string | undefined): string {
  const all = cpus();
  const load = `Load average before the run: ${(loadavg()[0] ?? NaN).toFixed(1)}.`;
  const place = `Measured on ${all.length} cores (${all[0]?.model.trim() ?? "unknown CPU"}), Linux`;
  if (envoy === undefined) return `${place}, Node ${process.versions.node}. ${load}`;
  const version = spawnSync(envoy, ["--version"], { encoding: "utf8" }).stdout;
  const number = /\/(\d+\.\d+\.\d+)/.exec(version)?.[1] ?? "of unknown version";
  return `${place}, Envoy ${number}, one worker, Node ${process.versions.node}. ${load}`;
}

function repeatWith(options: Options): string {
  const parts = ["npm run bench --", ...options.parts.map(({ name }) => `--${name}`)];
  parts.push("--repetitions", String(options.repetitions));
  if (options.quick) parts.push("--quick");
  if (options.hostOnly) parts.push("--host-only");
  if (options.protocols) parts.push("--protocols", options.protocols.join(","));
  if (options.rows) parts.push("--rows", `"${options.rows.join(",")}"`);
  if (options.traffic) parts.push("--traffic", `"${options.traffic.join(",")}"`);
  return [...parts, "--write"].join(" ");
}

function write(part: string, text: string, about: string, again: string): void {
  writeBlock(part, `${about}\nRepeat with \`${again}\`.\n\n${text}`);
  say(`wrote ${DOCUMENT}`);
}

/** With its causes. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${messageOf(error.cause)}`;
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
