/** Sessions of all sorts with slapd through Envoy, played one after the other, and what was counted of each. */

import { expect } from "vitest";
import { books, samplesOf, settled, sum, type Books } from "../../support/books.ts";
import { ldapViolations, type LdapRecord } from "../../support/ldap-books.ts";
import { ldap } from "../../support/rig.ts";
import { startRecorded, type Recorded, type RecordedRig } from "../recorded.ts";
import { orStop } from "../installed.ts";
import { ADMIN } from "./directory.ts";
import { between, KINDS, Monitor, type Kind, type MonitorBook } from "./monitor.ts";
import { client, HOST, startSlapd, type ClientOptions, type Slapd } from "./slapd.ts";
import type { Kerberos } from "./kerberos.ts";

/** Where a scenario takes place. */
export interface Stage {
  /** Of Envoy's listener. */
  readonly port: number;
  readonly slapd: Slapd;
  readonly kerberos: Kerberos | undefined;
  /** What the filter has counted so far; it may be a second behind. */
  now(): Promise<Books>;
  /** Runs one of OpenLDAP's clients through Envoy; fails unless it ends with `code`. */
  run(code: number, command: readonly string[], options?: ClientOptions): Promise<string>;
}

/** One of them. */
export interface Scenario {
  /** Also the `stat_prefix`. */
  readonly name: string;
  readonly title: string;
  /** Of the filter, beyond what {@link startRecorded} gives it. */
  readonly configuration?: object;
  /** Which of slapd's listeners Envoy is before. Default `plain`. */
  readonly listener?: "plain" | "tls" | "socket";
  readonly play: (stage: Stage) => Promise<void>;
  /** Everything in {@link COUNTED} that is not 0, as {@link compact} shows it; absent where it is not always the same. */
  readonly book?: Books;
  /** What else holds for the book. */
  readonly check?: (book: Books) => void;
  /** What slapd has counted more than the filter, which could not read it. */
  readonly unseen?: Partial<Totals>;
  /**
   * How many messages slapd may count as sent that it never wrote: at most the one of an abandoned search that it is at
   * just then, an entry, a reference or the result (of its octets it counts none).
   */
  readonly phantoms?: number;
  /** Octets that a signed buffer has more than what is in it, from the server. Default: there are no buffers. */
  readonly wrapping?: number;
  /** What the access log says of some of the connections. */
  readonly records?: readonly object[];
}

/** What both the filter and slapd count. */
export type Totals = Readonly<
  Record<Kind | "connections" | "pdu" | "bytes" | "entries" | "referrals", number>
>;

/** A scenario that was played. */
export interface Played {
  readonly scenario: Scenario;
  readonly slapd: MonitorBook;
  /** Why it did not go as it should. */
  readonly failure: unknown;
}

/** A slapd behind an Envoy with a listener for each scenario. */
export class Theatre {
  readonly played = new Map<string, Played>();
  readonly rig: RecordedRig<LdapRecord>;
  private readonly slapd: Slapd;

  private constructor(slapd: Slapd, rig: RecordedRig<LdapRecord>) {
    this.slapd = slapd;
    this.rig = rig;
  }

  /** Starts both and plays all of `scenarios`. */
  static async open(scenarios: readonly Scenario[], kerberos?: Kerberos): Promise<Theatre> {
    const slapd = await startSlapd(kerberos);
    const upstreams = { plain: slapd.port, tls: slapd.tlsPort, socket: slapd.socket };
    const listeners = scenarios.map(({ name, configuration, listener = "plain" }) => ({
      name,
      upstream: upstreams[listener],
      configuration,
    }));
    const rig = await orStop(slapd, startRecorded<LdapRecord>(listeners, 1, ldap));
    const theatre = new Theatre(slapd, rig);
    await orStop({ stop: () => theatre.close() }, theatre.play(scenarios, kerberos));
    return theatre;
  }

  /** What the filter counted of a scenario, complete. */
  async book(name: string): Promise<Books> {
    const connections = this.played.get(name)?.slapd.connections ?? 0;
    return settled(this.rig.envoy, connections, { protocol: "ldap", prefix: name });
  }

  /** Its lines of the access log. */
  records(name: string): Promise<Recorded<LdapRecord>[]> {
    return this.rig.records(name, this.played.get(name)?.slapd.connections ?? 0);
  }

  async close(): Promise<void> {
    await this.rig.stop();
    await this.slapd.stop();
  }

  private async play(scenarios: readonly Scenario[], kerberos: Kerberos | undefined): Promise<void> {
    const monitor = await Monitor.connect(this.slapd.port, ADMIN.name, ADMIN.password);
    let before = await monitor.quiet();
    for (const scenario of scenarios) {
      const failure: unknown = await scenario.play(this.stage(scenario, kerberos)).then(
        () => undefined,
        (error: unknown) => error,
      );
      const after = await monitor.quiet(scenario.name);
      this.played.set(scenario.name, { scenario, slapd: between(before, after), failure });
      before = after;
    }
    monitor.leave();
  }

  private stage({ name, listener }: Scenario, kerberos: Kerberos | undefined): Stage {
    const port = this.rig.port(name);
    // With their own name for localhost the clients would not find the server's in its certificate.
    const url = `${listener === "tls" ? "ldaps" : "ldap"}://${HOST}:${port}`;
    return {
      port,
      slapd: this.slapd,
      kerberos,
      now: async () => {
        const mine = { protocol: "ldap", prefix: name } as const;
        return books(await samplesOf(this.rig.envoy, mine), mine);
      },
      run: async (code, [program = "", ...args], options) => {
        const ended = await client([program, ...(args.includes("-H") ? [] : ["-H", url]), ...args], options);
        if (ended.code !== code)
          throw new Error(`${name}: ${program} ended with ${String(ended.code)}: ${ended.output}`);
        return ended.output;
      },
    };
  }
}

/** What is to be said of a played scenario. */
export async function expectAgreement(theatre: Theatre, scenario: Scenario): Promise<void> {
  const { name, unseen = {}, wrapping = 0, phantoms = 0 } = scenario;
  const { slapd, failure } = theatre.played.get(name) ?? expect.fail("it was not played");
  if (failure !== undefined) throw failure;
  const book = await theatre.book(name);
  expect(ldapViolations(book)).toEqual([]);
  const seen = seenBy(book);
  const counted = Object.entries(withoutPhantoms(totalsOf(slapd), seen, phantoms)) as [
    keyof Totals,
    number,
  ][];
  const expected = counted.map(([what, count]) => [what, count - (unseen[what] ?? 0)]);
  const wrapped = wrapping * sum(book, "sasl_buffers_total", { protection: "signed", from: "server" });
  expect({ ...seen, bytes: seen.bytes - wrapped }).toEqual(Object.fromEntries(expected));
}

/** Slapd's totals without what was never on the wire, if that is as much as there may be. */
export function withoutPhantoms(slapd: Totals, seen: Totals, phantoms: number): Totals {
  const [entries, referrals] = [slapd.entries - seen.entries, slapd.referrals - seen.referrals];
  const results = slapd.pdu - seen.pdu - entries - referrals;
  const isPossible = Math.min(entries, referrals, results) >= 0 && entries + referrals + results <= phantoms;
  return isPossible ? { ...slapd, entries: seen.entries, referrals: seen.referrals, pdu: seen.pdu } : slapd;
}

/** Slapd's counters under the names of {@link Totals}. */
export function totalsOf(slapd: MonitorBook): Totals {
  const { initiated, connections, pdu, bytes, entries, referrals } = slapd;
  return { ...initiated, connections, pdu, bytes, entries, referrals };
}

/** The filter's. */
export function seenBy(book: Books): Totals {
  const asked = Object.fromEntries(
    KINDS.map((kind) => [kind, sum(book, "requests_total", { op: kind === "modrdn" ? "moddn" : kind })]),
  ) as Record<Kind, number>;
  return {
    ...asked,
    connections: sum(book, "connections_total"),
    pdu: sum(book, "messages_total", { from: "server" }),
    bytes: sum(book, "bytes_total", { from: "server" }) - sum(book, "opaque_bytes_total", { from: "server" }),
    entries: sum(book, "search_entries_total"),
    referrals: sum(book, "search_references_total"),
  };
}

/** What as many sessions count that bind in the clear, successfully and once, and end with Unbind. */
export function sessions(count: number): Books {
  return {
    "bind_results success": count,
    "binds simple": count,
    "cleartext_binds simple": count,
    "connection_ends unbind": count,
    "requests bind": count,
    "requests unbind": count,
    "responses success bind": count,
  };
}

/** What a scenario says everything about. */
const COUNTED = [
  ...["connection_ends_total", "opaque_connections_total", "requests_total", "responses_total"],
  ...["result_codes_total", "operations_total", "search_entries_total", "search_references_total"],
  ...["searches_total", "search_filters_total", "search_traits_total", "binds_total", "bind_results_total"],
  ...["bind_mechanisms_total", "cleartext_binds_total", "starttls_total", "sasl_buffers_total"],
  ...["extended_total", "controls_total", "critical_controls_total", "referrals_total"],
  ...["intermediate_responses_total", "unsolicited_total", "responses_unmatched_total", "anomalies_total"],
  ...["limits_reached_total", "slow_operations_total", "page_size_count"],
];

/** `controls_total{control="paged",from="client"}` as `controls paged client`, of what is in {@link COUNTED}. */
export function compact(book: Books): Books {
  const entries = Object.entries(book).map(([entry, value]) => {
    const [metric = "", labels = ""] = entry.split("{");
    const values = [...labels.matchAll(/"([^"]*)"/g)].map(([, label = ""]) => label);
    return { metric, short: [metric.replace(/_total$/, ""), ...values].join(" "), value };
  });
  return Object.fromEntries(
    entries.filter(({ metric }) => COUNTED.includes(metric)).map(({ short, value }) => [short, value]),
  );
}

/** A compact book in which either side may be the first to end a connection, as behind an Unbind that was not seen. */
export function withEitherEnd(book: Books): Books {
  const {
    "connection_ends client_close": first = 0,
    "connection_ends server_close": second = 0,
    ...rest
  } = book;
  return { ...rest, connection_ends: first + second };
}
