import { setTimeout as delay } from "node:timers/promises";
import { formatAddress } from "../../host/envoy/address.ts";
import { locateEnvoy } from "../../host/envoy/find.ts";
import { Interrupts } from "../interrupts.ts";
import { Terminal } from "../view/terminal.ts";
import { readSection } from "./section.ts";
import { startExample, type RunningExample } from "./start.ts";
import { changes, ownSamples, shownLine } from "./watch.ts";

/** The options of an example, as on the command line. */
export interface ExampleOptions {
  readonly set?: Readonly<Record<string, unknown>>;
  readonly bind: string;
}

/** How often the metrics are looked at: filters hand them over once a second. */
const SCRAPE_MS = 1_000;

/** Runs an example until Ctrl-C. Resolves with the exit code; rejects when it cannot run. */
export async function runExample(name: string, options: ExampleOptions): Promise<number> {
  const terminal = new Terminal();
  const interrupts = new Interrupts();
  let running: RunningExample | undefined;
  try {
    const { path, tried } = await locateEnvoy({
      progress: (line) => {
        terminal.status(line);
      },
    });
    if (path === undefined) throw new Error(`no Envoy (${tried.join("; ")})`);
    running = await startExample(name, {
      envoy: path,
      ports: "documented",
      bind: options.bind,
      settings: options.set,
      onLine: (line) => {
        // Before it runs: why it does not is said by the error.
        const shown = running && shownLine(line);
        if (shown !== undefined) terminal.print(shown);
      },
    });
    terminal.print(...introduction(running), "");
    interrupts.arm();
    const failed = running.envoy.exited.then((how) => new Error(`Envoy ended by itself: ${how}`));
    const watch = new AbortController();
    const watching = watchMetrics(running, terminal, watch.signal);
    const reason = await Promise.race([interrupts.first, failed, watching]);
    watch.abort();
    if (reason) throw reason;
    return 0;
  } finally {
    await running?.stop();
    await interrupts.stop();
  }
}

function introduction({ example, listeners, peers, envoy, addressFor }: RunningExample): string[] {
  const consoles = readSection(example.name).consoles.flatMap((body) => body.trimEnd().split("\n"));
  const typed = consoles.map((line) =>
    line.replace(/^(\$ nc .*127\.0\.0\.1) (\d+)$/, (_, words: string, port: string) => {
      return `${words} ${addressFor(Number(port)).port}`;
    }),
  );
  return [
    `${example.name}: ${example.title}`,
    ...[...listeners].map(([name, address]) => `  Envoy, ${name}: ${formatAddress(address)}`),
    ...[...peers].map(([name, { address, does }]) => `  server, ${name}: ${formatAddress(address)}, ${does}`),
    `  metrics: ${envoy.admin}/stats/prometheus`,
    "Type this in another terminal (what is typed stands behind >; what comes back does not):",
    ...typed.map((line) => `  ${line}`),
    "What the filter counts and what is logged comes here. Ctrl-C ends it.",
  ];
}

/** Prints what changes, until it is aborted. */
async function watchMetrics(
  { envoy }: RunningExample,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<undefined> {
  let before: ReadonlyMap<string, number> = new Map();
  while (!signal.aborted) {
    const after = ownSamples(await envoy.scrape());
    for (const line of changes(before, after)) terminal.print(line);
    before = after;
    await delay(SCRAPE_MS, undefined, { signal }).catch(() => undefined);
  }
}
