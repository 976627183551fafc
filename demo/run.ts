import { setTimeout as delay } from "node:timers/promises";
import { formatAddress, type Address } from "../host/envoy/address.ts";
import { choosePort } from "../host/envoy/ports.ts";
import { scrape, scrapeUrl } from "../host/envoy/scrape.ts";
import type { Sample } from "../host/metrics/parse.ts";
import { BookPage } from "./books.ts";
import type { Row } from "./compare.ts";
import { PORTS, STAT_PREFIX, type PortName } from "./configuration.ts";
import type { Crowd } from "./crowd.ts";
import { Interrupts } from "./interrupts.ts";
import { LDAP_SCENE } from "./ldap/scene.ts";
import { startExhibition } from "./page/exhibition.ts";
import { Presentation } from "./page/page.ts";
import { PageServer } from "./page/server.ts";
import { attachProxy, startProxy, type Proxy } from "./proxy.ts";
import type { Protocol } from "./protocol.ts";
import type { BookedServer, Scene } from "./scene.ts";
import { SMTP_SCENE } from "./smtp/scene.ts";
import type { Mailboxes } from "./smtp/server/policy.ts";
import { MailServer } from "./smtp/server/server.ts";
import { compareStages, type Stage } from "./stages.ts";
import { FINALE_SECONDS, Story } from "./story/story.ts";
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
  /** Plays the story, and then as ever for a few seconds. */
  readonly story?: boolean;
  /** Gets what came of the story, as JSON. */
  readonly report?: string;
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
    const books = await startBooks(stages, options, terminal);
    stack.push(books);
    const page = await startPage(options, terminal);
    stack.push(page);
    const story = options.story
      ? await Story.prepare({ terminal, audience: page, report: options.report })
      : undefined;
    if (story) stack.push(story);
    const front = await reachProxy(options, stages, terminal, story);
    stack.push(front.proxy);
    terminal.print(...introduction(front, stages, { books, page }, options), "");
    const before = await filterSamples(front.proxy);
    const subject = { proxy: front.proxy, stages, books: books.url, before };
    const presentation = await Presentation.start(page, subject);
    stack.push(presentation);
    interrupts.arm();
    await story?.play(front, {
      mailboxes: mailboxesOf(stages),
      books: books.url,
      interrupted: interrupts.first,
    });
    const crowds = [
      await startExhibition(SCENES, front.listen, (session) => {
        page.tell("session", session);
      }),
      ...SCENES.map((scene) => scene.startClients(front.listen[scene.protocol])),
    ];
    for (const crowd of crowds) {
      stack.push(crowd);
      if (crowd.book) books.add(crowd.book);
    }
    await presentation.unlessGone(
      show(front.proxy, story ? FINALE_SECONDS : options.seconds, interrupts, terminal),
    );
    await Promise.all(crowds.map((crowd) => crowd.stop()));
    const sections = await settle(front.proxy, stages, books, before);
    const complaints = crowds.flatMap((crowd: Crowd) => crowd.complaints);
    const findings = { sections, complaints, proxy: front.proxy.name };
    await presentation.conclude(findings);
    const code = report(findings, terminal);
    return story ? await story.conclude(sections, code) : code;
  } finally {
    terminal.leave();
    for (const one of stack.reverse()) await one.stop();
  }
}

async function startServer(scene: Scene, options: DemoOptions, terminal: Terminal): Promise<BookedServer> {
  const { bind } = options;
  return scene.startServer({ host: bind, port: await port(scene.serverPort, bind, options, terminal) });
}

async function startBooks(
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

async function startPage({ bind }: DemoOptions, terminal: Terminal): Promise<PageServer> {
  // Nobody looks for it at its usual port: with a running proxy, too, any will do.
  const only = { bind, embedded: false };
  return PageServer.start({ host: bind, port: await port("page", bind, only, terminal) });
}

async function reachProxy(
  options: DemoOptions,
  stages: readonly Stage[],
  terminal: Terminal,
  story: Story | undefined,
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
    adaptForEnvoy: story && ((yaml) => story.listeners.adopt(yaml)),
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
  { books, page }: { readonly books: BookPage; readonly page: PageServer },
  options: DemoOptions,
): string[] {
  const end = options.story
    ? "A story"
    : options.seconds === undefined
      ? "Ctrl-C ends it and compares"
      : `${options.seconds} s`;
  const routes = stages.map(({ scene: { protocol, subject, software }, server }) => {
    const from = `${protocol}://${formatAddress(listen[protocol])}`;
    return `  ${subject.padEnd(9)} ${from} → ${formatAddress(server.address)} (${software})`;
  });
  return [
    `Heirloom: mail and LDAP through ${proxy.name}. ${end}.`,
    ...routes,
    `  filters   ${proxy.admin}/stats/prometheus`,
    `  servers   ${books.url}`,
    `  page      ${page.url}`,
  ];
}

async function show(
  proxy: Proxy,
  seconds: number | undefined,
  interrupts: Interrupts,
  terminal: Terminal,
): Promise<void> {
  const panels = SCENES.map(({ panel }) => panel);
  const live = new Live(() => filterSamples(proxy), panels, terminal);
  const failed = proxy.ended.then((how) => new Error(`the proxy ended by itself: ${how}`));
  try {
    const reason = await Promise.race([interrupts.first, failed, live.run(seconds)]);
    if (reason) throw reason;
  } finally {
    live.stop();
    terminal.leave();
  }
}

/** Whom the mail server knows. */
function mailboxesOf(stages: readonly Stage[]): Mailboxes {
  const found = stages.map(({ server }) => server).find((server) => server instanceof MailServer);
  if (!found) throw new Error("no mail server");
  return found.mailboxes;
}

/** Waits for the last close and a flush, then until the numbers agree or have had their time. */
async function settle(
  proxy: Proxy,
  stages: readonly Stage[],
  books: BookPage,
  before: readonly Sample[],
): Promise<Section[]> {
  const isBusy = (): boolean => stages.some(({ server }) => server.openConnections > 0);
  for (const end = Date.now() + FOREIGN_CONNECTIONS_MS; isBusy() && Date.now() < end;) await delay(POLL_MS);
  await delay(FLUSH_MS);
  for (const end = Date.now() + SETTLE_MS; ; await delay(POLL_MS)) {
    const filter = await filterSamples(proxy);
    const sections = compareStages(stages, { filter, before, books: await scrapeUrl(books.url) });
    const isEqual = sections.every(({ rows }) => rows.every(({ equal }: Row) => equal));
    if (isEqual || Date.now() >= end) return sections;
  }
}

async function filterSamples(proxy: Proxy): Promise<Sample[]> {
  return (await scrape(proxy.admin)).filter(({ labels }) => labels.stat_prefix === STAT_PREFIX);
}
