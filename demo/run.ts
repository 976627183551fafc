import { setTimeout as delay } from "node:timers/promises";
import { formatAddress, type Address } from "../host/envoy/address.ts";
import { choosePort } from "../host/envoy/ports.ts";
import { scrape, scrapeUrl } from "../host/envoy/scrape.ts";
import type { Sample } from "../host/metrics/parse.ts";
import { BookPage } from "./books.ts";
import { compare, type Row } from "./compare.ts";
import { PORTS, STAT_PREFIX, type PortName } from "./configuration.ts";
import type { Crowd } from "./crowd.ts";
import { Interrupts } from "./interrupts.ts";
import { LDAP_SCENE } from "./ldap/scene.ts";
import { attachProxy, startProxy, type Proxy } from "./proxy.ts";
import type { BookedServer, Protocol, Scene } from "./scene.ts";
import { SMTP_SCENE } from "./smtp/scene.ts";
import { Live } from "./view/live.ts";
import { report, type Section } from "./view/report.ts";
import { Terminal } from "./view/terminal.ts";

/** The demo's options, as on its command line. */
export interface DemoOptions {
  readonly seconds?: number;
  readonly verbosity?: string;
  readonly embedded: boolean;
  /** A proxy that runs already: where it takes each protocol, and its admin interface. */
  readonly attach?: Readonly<Record<Protocol, Address>>;
  readonly admin?: Address;
  /** The address that the servers and their metrics listen on. */
  readonly bind: string;
}

const SCENES: readonly Scene[] = [SMTP_SCENE, LDAP_SCENE];

const LOOPBACK = "127.0.0.1";
/** How long connections that others opened by hand may go on after the clients have stopped. */
const FOREIGN_CONNECTIONS_MS = 3_000;
/** The filters flush once a second, and Envoy merges histograms once a second. */
const FLUSH_MS = 1_200;
/** On a busy machine both may come late; after this long the numbers are what they are. */
const SETTLE_MS = 10_000;
const POLL_MS = 200;

/** A scene whose server runs. */
interface Stage {
  readonly scene: Scene;
  readonly server: BookedServer;
}

/** A proxy and where it takes each protocol. */
interface Front {
  readonly proxy: Proxy;
  readonly listen: Readonly<Record<Protocol, Address>>;
}

/** Runs the demo from start to end. Resolves with the exit code; rejects, in one line, when it cannot run. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const terminal = new Terminal();
  const interrupts = new Interrupts();
  const stack: { stop(): Promise<void> }[] = [interrupts];
  try {
    const stages: Stage[] = [];
    for (const scene of SCENES) {
      const server = await startServer(scene, options, terminal);
      stack.push(server);
      stages.push({ scene, server });
    }
    const page = await startPage(stages, options, terminal);
    stack.push(page);
    const front = await reachProxy(options, stages, terminal);
    stack.push(front.proxy);
    terminal.print(...introduction(front, stages, page, options), "");
    const before = await filterSamples(front.proxy);
    const crowds = SCENES.map((scene) => scene.startClients(front.listen[scene.protocol]));
    for (const crowd of crowds) {
      stack.push(crowd);
      if (crowd.book) page.add(crowd.book);
    }
    interrupts.arm();
    await show(front.proxy, options, interrupts, terminal);
    await Promise.all(crowds.map((crowd) => crowd.stop()));
    const sections = await settle(front.proxy, stages, page, before);
    const complaints = crowds.flatMap((crowd: Crowd) => crowd.complaints);
    return report({ sections, complaints, proxy: front.proxy.name }, terminal);
  } finally {
    terminal.leave();
    for (const one of stack.reverse()) await one.stop();
  }
}

async function startServer(scene: Scene, options: DemoOptions, terminal: Terminal): Promise<BookedServer> {
  const { bind } = options;
  return scene.startServer({ host: bind, port: await port(scene.serverPort, bind, options, terminal) });
}

async function startPage(
  stages: readonly Stage[],
  options: DemoOptions,
  terminal: Terminal,
): Promise<BookPage> {
  const address = { host: options.bind, port: await port("book", options.bind, options, terminal) };
  return BookPage.start(
    address,
    stages.map(({ server }) => server),
  );
}

async function reachProxy(
  options: DemoOptions,
  stages: readonly Stage[],
  terminal: Terminal,
): Promise<Front> {
  if (options.attach && options.admin)
    return { proxy: await attachProxy(options.admin), listen: options.attach };
  const local = async (name: PortName): Promise<Address> => ({
    host: LOOPBACK,
    port: await port(name, LOOPBACK, options, terminal),
  });
  const listen = { smtp: await local("smtp"), ldap: await local("ldap") };
  const proxy = await startProxy({
    routes: stages.map(({ scene: { protocol }, server }) => ({
      protocol,
      listen: listen[protocol],
      upstream: server.address,
    })),
    admin: await local("admin"),
    verbosity: options.verbosity,
    embedded: options.embedded,
    progress: (line) => {
      terminal.status(line);
    },
    notice: (line) => {
      terminal.print(terminal.style.warn(line));
    },
  });
  return { proxy, listen };
}

async function port(
  which: PortName,
  host: string,
  options: DemoOptions,
  terminal: Terminal,
): Promise<number> {
  const { preferred, variable } = PORTS[which];
  const chosen = await choosePort({ preferred, variable, host });
  if (chosen.origin !== "free") return chosen.port;
  // A proxy that runs already looks for the servers at the usual ports, and nowhere else.
  if (options.attach) throw new Error(`port ${preferred} of ${host} is in use`);
  terminal.print(`port ${preferred} is in use, taking ${chosen.port} instead (${variable} fixes it)`);
  return chosen.port;
}

function introduction(
  { proxy, listen }: Front,
  stages: readonly Stage[],
  page: BookPage,
  options: DemoOptions,
): string[] {
  const end = options.seconds === undefined ? "Ctrl-C ends it and compares" : `${options.seconds} s`;
  const routes = stages.map(({ scene: { protocol, subject, software }, server }) => {
    const from = `${protocol}://${formatAddress(listen[protocol])}`;
    return `  ${subject.padEnd(9)} ${from} → ${formatAddress(server.address)} (${software})`;
  });
  return [
    `Heirloom: mail and LDAP through ${proxy.name}. ${end}.`,
    ...routes,
    `  filters   ${proxy.admin}/stats/prometheus`,
    `  servers   ${page.url}`,
  ];
}

async function show(
  proxy: Proxy,
  options: DemoOptions,
  interrupts: Interrupts,
  terminal: Terminal,
): Promise<void> {
  const panels = SCENES.map(({ panel }) => panel);
  const live = new Live(() => filterSamples(proxy), panels, terminal);
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
async function settle(
  proxy: Proxy,
  stages: readonly Stage[],
  page: BookPage,
  before: readonly Sample[],
): Promise<Section[]> {
  const isBusy = (): boolean => stages.some(({ server }) => server.openConnections > 0);
  for (const end = Date.now() + FOREIGN_CONNECTIONS_MS; isBusy() && Date.now() < end;) await delay(POLL_MS);
  await delay(FLUSH_MS);
  for (const end = Date.now() + SETTLE_MS; ; await delay(POLL_MS)) {
    const filter = await filterSamples(proxy);
    const books = await scrapeUrl(page.url);
    const sections = stages.map(({ scene }) => ({
      title: `${scene.subject}: filter and ${scene.software}`,
      rows: compare(scene.accounts, { filter, before, books }),
    }));
    const isEqual = sections.every(({ rows }) => rows.every(({ equal }: Row) => equal));
    if (isEqual || Date.now() >= end) return sections;
  }
}

async function filterSamples(proxy: Proxy): Promise<Sample[]> {
  return (await scrape(proxy.admin)).filter(({ labels }) => labels.stat_prefix === STAT_PREFIX);
}
