import { setTimeout as delay } from "node:timers/promises";
import { formatAddress, type Address } from "../host/envoy/address.ts";
import { choosePort } from "../host/envoy/ports.ts";
import { scrape, scrapeUrl } from "../host/envoy/scrape.ts";
import type { Sample } from "../host/metrics/parse.ts";
import { Crowd } from "./clients/crowd.ts";
import { compare, type Row } from "./compare.ts";
import { PORTS, STAT_PREFIX } from "./configuration.ts";
import { Interrupts } from "./interrupts.ts";
import { attachProxy, startProxy, type Proxy } from "./proxy.ts";
import { MailServer } from "./server/server.ts";
import { comparison } from "./view/comparison.ts";
import { Live } from "./view/live.ts";
import { Terminal } from "./view/terminal.ts";

/** The demo's options, as on its command line. */
export interface DemoOptions {
  readonly seconds?: number;
  readonly verbosity?: string;
  readonly embedded: boolean;
  /** A proxy that runs already, and its admin interface. */
  readonly attach?: Address;
  readonly admin?: Address;
  /** The address that the mail server and its metrics listen on. */
  readonly bind: string;
}

const LOOPBACK = "127.0.0.1";
/** How long sessions that others opened by hand may go on after the clients have stopped. */
const FOREIGN_SESSIONS_MS = 3_000;
/** The filter flushes once a second, and Envoy merges histograms once a second. */
const FLUSH_MS = 1_200;
/** On a busy machine both may come late; after this long the numbers are what they are. */
const SETTLE_MS = 10_000;
const POLL_MS = 200;

/** Runs the demo from start to end. Resolves with the exit code; rejects, in one line, when it cannot run. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const terminal = new Terminal();
  const interrupts = new Interrupts();
  const stack: { stop(): Promise<void> }[] = [interrupts];
  try {
    const server = await startServer(options, terminal);
    stack.push(server);
    const front = await reachProxy(options, server, terminal);
    stack.push(front.proxy);
    terminal.print(...introduction(front, server, options), "");
    const before = await filterSamples(front.proxy);
    const crowd = new Crowd(front.smtp);
    stack.push(crowd);
    interrupts.arm();
    await show(front.proxy, options, interrupts, terminal);
    await crowd.stop();
    const rows = await settle(front.proxy, server, before);
    return report(rows, crowd, front.proxy, terminal);
  } finally {
    terminal.leave();
    for (const one of stack.reverse()) await one.stop();
  }
}

/** A proxy and where it takes mail. */
interface Front {
  readonly proxy: Proxy;
  readonly smtp: Address;
}

async function startServer(options: DemoOptions, terminal: Terminal): Promise<MailServer> {
  const { bind } = options;
  const smtp = await port("server", bind, options, terminal);
  const book = await port("book", bind, options, terminal);
  return MailServer.start({ smtp: { host: bind, port: smtp }, book: { host: bind, port: book } });
}

async function reachProxy(options: DemoOptions, server: MailServer, terminal: Terminal): Promise<Front> {
  if (options.attach && options.admin)
    return { proxy: await attachProxy(options.admin), smtp: options.attach };
  const smtp = { host: LOOPBACK, port: await port("smtp", LOOPBACK, options, terminal) };
  const admin = { host: LOOPBACK, port: await port("admin", LOOPBACK, options, terminal) };
  const proxy = await startProxy({
    listen: smtp,
    admin,
    upstream: server.address,
    verbosity: options.verbosity,
    embedded: options.embedded,
    progress: (line) => {
      terminal.status(line);
    },
    notice: (line) => {
      terminal.print(terminal.style.warn(line));
    },
  });
  return { proxy, smtp };
}

async function port(
  which: keyof typeof PORTS,
  host: string,
  options: DemoOptions,
  terminal: Terminal,
): Promise<number> {
  const { preferred, variable } = PORTS[which];
  const chosen = await choosePort({ preferred, variable, host });
  if (chosen.origin !== "free") return chosen.port;
  // A proxy that runs already looks for the server at the usual port, and nowhere else.
  if (options.attach) throw new Error(`port ${preferred} of ${host} is in use`);
  terminal.print(`port ${preferred} is in use, taking ${chosen.port} instead (${variable} fixes it)`);
  return chosen.port;
}

function introduction({ proxy, smtp }: Front, server: MailServer, options: DemoOptions): string[] {
  const end = options.seconds === undefined ? "Ctrl-C ends it and compares" : `${options.seconds} s`;
  return [
    `Heirloom: mail through ${proxy.name}. ${end}.`,
    `  mail      smtp://${formatAddress(smtp)} → ${formatAddress(server.address)} (npm smtp-server)`,
    `  filter    ${proxy.admin}/stats/prometheus`,
    `  server    ${server.bookUrl}`,
  ];
}

async function show(
  proxy: Proxy,
  options: DemoOptions,
  interrupts: Interrupts,
  terminal: Terminal,
): Promise<void> {
  const live = new Live(() => filterSamples(proxy), terminal);
  const failed = proxy.ended.then((how) => new Error(`the proxy ended by itself: ${how}`));
  try {
    const reason = await Promise.race([interrupts.first, failed, live.run(options.seconds)]);
    if (reason) throw reason;
  } finally {
    live.stop();
    terminal.leave();
  }
}

/** Waits for the last close and a flush, then until the numbers agree or have had their time. */
async function settle(proxy: Proxy, server: MailServer, before: readonly Sample[]): Promise<Row[]> {
  for (const end = Date.now() + FOREIGN_SESSIONS_MS; server.openSessions > 0 && Date.now() < end;) {
    await delay(POLL_MS);
  }
  await delay(FLUSH_MS);
  for (const end = Date.now() + SETTLE_MS; ; await delay(POLL_MS)) {
    const rows = compare(await filterSamples(proxy), await scrapeUrl(server.bookUrl), before);
    if (rows.every(({ equal }) => equal) || Date.now() >= end) return rows;
  }
}

function report(rows: readonly Row[], crowd: Crowd, proxy: Proxy, terminal: Terminal): number {
  const { style, width } = terminal;
  const wrong = rows.filter(({ equal }) => !equal).length;
  const notes = rows.some(({ approximate }) => approximate)
    ? ["  ≈ Envoy keeps histogram sums to two digits per sample: within 5 %."]
    : [];
  terminal.print(
    "",
    style.bold("Filter against server"),
    ...comparison(rows, width, style),
    "",
    "  The server's book of a session stops at its TLS upgrade, which has its own row.",
    ...notes,
    ...crowd.complaints.slice(0, 3).map((line) => style.bad(`  ✗ a client was disturbed: ${line}`)),
    rows.length === 0
      ? style.bad(`✗ ${proxy.name} shows no metrics of the filter`)
      : wrong === 0
        ? style.good(`✓ ${rows.length} rows, all equal`)
        : style.bad(`✗ ${wrong} of ${rows.length} rows differ`),
  );
  return wrong === 0 && rows.length > 0 && crowd.complaints.length === 0 ? 0 : 1;
}

async function filterSamples(proxy: Proxy): Promise<Sample[]> {
  return (await scrape(proxy.admin)).filter(({ labels }) => labels.stat_prefix === STAT_PREFIX);
}
