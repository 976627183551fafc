/** The filters' numbers against everybody else's: the servers', the clients', Envoy's own. */

import { compare, type Account, type Row, type Term } from "../../demo/compare.ts";
import { readBooks, type Book } from "../../demo/books.ts";
import { LDAP_ACCOUNTS } from "../../demo/ldap/accounts.ts";
import { SMTP_ACCOUNTS } from "../../demo/smtp/accounts.ts";
import type { Section } from "../../demo/view/report.ts";
import { parsePrometheus, type Sample } from "../../host/metrics/parse.ts";
import { POP3_ACCOUNTS } from "./pop3/book.ts";
import { sumOf } from "./samples.ts";
import { DOORS, type DoorName, type SoakStage } from "./stage.ts";

/** What is left at the end of a soak. */
export interface Balance {
  readonly sections: readonly Section[];
  /** The sum of all gauges of what is open or under way. */
  readonly open: number;
  /** Faults that the filters saw in themselves. */
  readonly errors: number;
}

/** Books of clients, by the listener they went to. */
export type ClientBooks = Readonly<Partial<Record<DoorName, Book>>>;

/** Lays all books side by side as they are now. */
export async function balance(stage: SoakStage, clients: ClientBooks): Promise<Balance> {
  const samples = await stage.envoy.scrape();
  const { mail, directory, other, maildrop, sink } = stage.servers;
  const { sessions, quits, messages } = sink.book;
  const sinkBook: Sample[] = [
    { name: "sink_sessions", labels: {}, value: sessions },
    { name: "sink_quits", labels: {}, value: quits },
    { name: "sink_messages", labels: {}, value: messages },
  ];
  const sections = [
    await section(samples, "mail", SMTP_ACCOUNTS, [mail]),
    { title: "rough: filter and smtp-sink", rows: rowsOf(samples, "rough", SINK_ACCOUNTS, sinkBook) },
    await section(samples, "directory", LDAP_ACCOUNTS, [directory, clients.directory]),
    await section(samples, "stray", LDAP_ACCOUNTS.filter(isOfRequests), [other]),
    await section(samples, "maildrop", POP3_ACCOUNTS, [maildrop]),
    {
      title: "all: filters and Envoy's tcp_proxy",
      rows: prefixes().flatMap((one) => rowsOfEnvoy(samples, one)),
    },
  ];
  return {
    sections,
    open: sumOf(samples, /^(smtp|ldap|pop3)_(\w+_active|deletions_pending)$/),
    errors: sumOf(samples, /^(smtp|ldap|pop3)_filter_errors_total$/),
  };
}

/** What is wrong, in words; empty in health. */
export function faults({ sections, open, errors }: Balance): string[] {
  const rows = sections.flatMap(({ title, rows: all }) =>
    all.map((row) => ({ ...row, title: `${title}: ${row.title}` })),
  );
  return [
    ...rows
      .filter(({ equal }) => !equal)
      .map(({ title, key, filter, book }) => `${title}${key && ` ${key}`}: ${filter} ≠ ${book}`),
    ...sections.filter((one) => one.rows.length === 0).map(({ title }) => `${title}: nothing to compare`),
    ...(open === 0 ? [] : [`gauges of what is open add up to ${open}`]),
    ...(errors === 0 ? [] : [`${errors} filter errors`]),
  ];
}

/** How a connection ended is told by who ended it; a server behind a proxy sees a reset as an end like any other. */
function isOfRequests({ title, keeper }: Account): boolean {
  return title !== "ended by" && keeper === "server";
}

const SINK_ACCOUNTS: readonly Account[] = [
  toSink("sessions", { name: "smtp_sessions_total" }, "sink_sessions"),
  toSink("quits", { name: "smtp_commands_total", where: { verb: "quit" } }, "sink_quits"),
  toSink("messages", { name: "smtp_messages_total" }, "sink_messages"),
];

function toSink(title: string, filter: Term, name: string): Account {
  return { title, keeper: "server", filter: [filter], book: [{ name }] };
}

async function section(
  samples: readonly Sample[],
  prefix: string,
  accounts: readonly Account[],
  books: readonly (Book | undefined)[],
): Promise<Section> {
  const pages = parsePrometheus(await readBooks(books.filter((one) => one !== undefined)));
  return { title: `${prefix}: filter and server`, rows: rowsOf(samples, prefix, accounts, pages) };
}

function rowsOf(
  samples: readonly Sample[],
  prefix: string,
  accounts: readonly Account[],
  books: readonly Sample[],
): Row[] {
  const filter = samples.filter(({ labels }) => labels.stat_prefix === prefix);
  return compare(accounts, { filter, before: [], books });
}

function prefixes(): string[] {
  return [...new Set(Object.values(DOORS).map(({ prefix }) => prefix))];
}

/** Envoy counts connections and bytes of each listener by itself. */
function rowsOfEnvoy(samples: readonly Sample[], prefix: string): Row[] {
  const doors = Object.entries(DOORS).filter(([, door]) => door.prefix === prefix);
  const protocol = doors[0]?.[1].protocol ?? "smtp";
  const all = (name: string): Term[] => doors.map(([door]) => ({ name, where: { envoy_tcp_prefix: door } }));
  const bytes = (from: string): Term[] => [{ name: `${protocol}_bytes_total`, where: { from } }];
  const connections = protocol === "ldap" ? "ldap_connections_total" : `${protocol}_sessions_total`;
  const accounts: Account[] = [
    {
      title: `${prefix} connections`,
      filter: [{ name: connections }],
      book: all("envoy_tcp_downstream_cx_total"),
      keeper: "server",
    },
    {
      title: `${prefix} bytes from clients`,
      filter: bytes("client"),
      book: all("envoy_tcp_downstream_cx_rx_bytes_total"),
      keeper: "server",
    },
    {
      title: `${prefix} bytes from servers`,
      filter: bytes("server"),
      book: all("envoy_tcp_downstream_cx_tx_bytes_total"),
      keeper: "server",
    },
  ];
  return rowsOf(samples, prefix, accounts, samples);
}
