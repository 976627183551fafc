/** 389-DS's own books, `cn=snmp,cn=monitor` and `cn=monitor`, and what they have to say by the filter's. */

import { setTimeout } from "node:timers/promises";
import { vi } from "vitest";
import { bindRequest, element, message, searchRequest, text } from "../../../bench/ldap/messages.ts";
import { sum, type Books } from "../support/books.ts";
import { codeOf, LdapWire, type Answer } from "./ldap/client.ts";
import { elementsIn } from "./ldap/elements.ts";
import { MANAGER } from "./ds389.ts";

/** Counters of `cn=snmp,cn=monitor` that are compared; the others are of threads, chaining and caches. */
const MIB = [
  ...["anonymousbinds", "unauthbinds", "simpleauthbinds", "strongauthbinds", "bindsecurityerrors"],
  ...["inops", "readops", "compareops", "addentryops", "removeentryops", "modifyentryops", "modifyrdnops"],
  ...["listops", "searchops", "onelevelsearchops", "wholesubtreesearchops", "referrals", "securityerrors"],
  ...["errors", "connectionseq", "bytesrecv", "bytessent", "entriesreturned", "referralsreturned"],
] as const;

/** Those of `cn=monitor`; its `bytessent` is `monitorbytessent` here, as there is one in both. */
const MONITOR = [
  ...["totalconnections", "opsinitiated", "opscompleted", "entriessent", "monitorbytessent"],
] as const;

type Counter = (typeof MIB)[number] | (typeof MONITOR)[number];

/** What 389-DS has counted. */
export type Ds389Book = Readonly<Record<Counter, number>>;

/** Several times what 389-DS takes to set out on its walk. */
const WALK_TIMEOUT_MS = 15_000;

/** Reads them, each time on a connection of its own: 389-DS takes reads that find nothing on a lasting one for operations. */
export class Ds389Monitor {
  private readonly port: number;
  /** What reading has added so far. */
  private readonly own: Partial<Record<Counter, number>> = {};

  constructor(port: number) {
    this.port = port;
  }

  /** Totals without what reading added, as soon as nobody else is connected and all is counted. */
  async quiet(): Promise<Ds389Book> {
    let last = "";
    return vi.waitFor(
      async () => {
        const { book, open } = await this.read();
        const before = last;
        last = JSON.stringify(book);
        if (open > 1) throw new Error(`${open - 1} connections are open`);
        const unfinished = book.opsinitiated - book.opscompleted;
        if (unfinished > 0) throw new Error(`${unfinished} operations are under way`);
        if (before !== last) throw new Error(`389-DS is still counting: ${last}`);
        return book;
      },
      { timeout: 20_000, interval: 20 },
    );
  }

  /**
   * Waits for the walk over its own tree that 389-DS makes some three seconds after it was started: the referral it
   * meets then counts. It does not come again; where the entries came after it, nothing does.
   */
  async walked(): Promise<void> {
    const giveUpAt = Date.now() + WALK_TIMEOUT_MS;
    while ((await this.read()).book.referrals === 0 && Date.now() < giveUpAt) await setTimeout(100);
  }

  /** Totals without what reading added, as they are now, and how many connections are open, this one included. */
  async read(): Promise<{ book: Ds389Book; open: number }> {
    const wire = await LdapWire.connect(this.port);
    this.add(1, "connectionseq", "totalconnections");
    this.add(1, "inops", "opsinitiated", "simpleauthbinds");
    wire.send(bindRequest(1, MANAGER.name, MANAGER.password));
    const answer = await wire.answer();
    if (codeOf(answer) !== 0 || answer === undefined) throw new Error("389-DS does not let the monitor in");
    this.add(1, "opscompleted");
    this.received(answer);
    const mib = await this.look(wire, 2, "cn=snmp,cn=monitor", (name) => name);
    const monitor = await this.look(wire, 3, "cn=monitor", (name) =>
      name === "bytessent" ? "monitorbytessent" : name,
    );
    this.add(1, "inops", "opsinitiated", "opscompleted");
    wire.send(message(4, element(UNBIND)));
    wire.leave();
    await wire.rest();
    const { currentconnections: open = 0, ...book } = { ...mib, ...monitor };
    return { book: book as Ds389Book, open };
  }

  /** The numbers of one entry, less what was our own when it was made. */
  private async look(
    wire: LdapWire,
    id: number,
    base: string,
    rename: (attribute: string) => string,
  ): Promise<Record<string, number>> {
    this.add(1, "inops", "opsinitiated", "searchops");
    wire.send(searchRequest(id, { base, scope: 0, filter: text("objectClass", PRESENT) }));
    const found: Record<string, number> = {};
    for (;;) {
      const answer = await wire.answer();
      if (answer === undefined) throw new Error("389-DS has ended the monitor's connection");
      for (const [attribute, value] of attributesOf(answer)) {
        const name = rename(attribute);
        if (isCompared(name) || name === "currentconnections")
          found[name] = Number(value) - (isCompared(name) ? (this.own[name] ?? 0) : 0);
      }
      this.received(answer);
      if (answer.tag === SEARCH_DONE) break;
    }
    this.add(1, "opscompleted");
    return found;
  }

  private received(answer: Answer): void {
    this.add(answer.size, "bytessent", "monitorbytessent");
    if (answer.tag === SEARCH_ENTRY) this.add(1, "entriesreturned", "entriessent");
  }

  private add(count: number, ...names: readonly Counter[]): void {
    for (const name of names) this.own[name] = (this.own[name] ?? 0) + count;
  }
}

/** What 389-DS has counted between two looks. */
export function ds389Between(before: Ds389Book, after: Ds389Book): Ds389Book {
  return Object.fromEntries(
    Object.entries(after).map(([name, value]) => [name, value - before[name as Counter]]),
  ) as Ds389Book;
}

/** What 389-DS must have counted when the filter, at `verbosity` high, has counted `book`. */
export function ds389Expected(book: Books): Ds389Book {
  const requests = (op: string): number => sum(book, "requests_total", { op });
  const binds = (...methods: readonly string[]): number =>
    methods.reduce((all, method) => all + sum(book, "binds_total", { method }), 0);
  const results = (method: string, ...names: readonly string[]): number =>
    names.reduce((all, result) => all + sum(book, "bind_method_results_total", { method, result }), 0);
  const codes = (test: (code: string) => boolean): number =>
    Object.entries(book).reduce((all, [entry, value]) => {
      const code = /^result_codes_total\{code="(\w+)"\}$/.exec(entry)?.[1];
      return code !== undefined && test(code) ? all + value : all;
    }, 0);
  const passwords = binds("anonymous", "unauthenticated", "simple", "v2");
  const operations = operationsIn(book);
  const bytes = sum(book, "bytes_total", { from: "server" });
  const entries = sum(book, "search_entries_total");
  const references = sum(book, "search_references_total");
  return {
    anonymousbinds: binds("anonymous"),
    // "By definition" an anonymous bind is also an unauthenticated one, and both are simple ones.
    unauthbinds: binds("anonymous", "unauthenticated"),
    simpleauthbinds: passwords,
    // Each step of an exchange.
    strongauthbinds: requests("bind") - passwords,
    // Simple ones only; those with an empty password are refused with 53.
    bindsecurityerrors: results("simple", "invalid_credentials") + results("unauthenticated", "unwilling"),
    inops: operations,
    compareops: requests("compare"),
    addentryops: requests("add"),
    removeentryops: requests("delete"),
    modifyentryops: requests("modify"),
    modifyrdnops: requests("moddn"),
    searchops: requests("search"),
    onelevelsearchops: sum(book, "searches_total", { scope: "one" }),
    wholesubtreesearchops: sum(book, "searches_total", { scope: "sub" }),
    // Counted nowhere in its sources, or not for what comes by the protocol.
    ...{ readops: 0, listops: 0, bytesrecv: 0 },
    referrals: references + sum(book, "referrals_total", { kind: "final" }),
    referralsreturned: references,
    securityerrors: codes((code) => SECURITY.has(code)),
    // 5, 6 and 14 too.
    errors: codes((code) => !SECURITY.has(code) && !NO_ERROR.has(code)),
    ...{ connectionseq: sum(book, "connections_total"), totalconnections: sum(book, "connections_total") },
    ...{ opsinitiated: operations, opscompleted: operations },
    ...{ bytessent: bytes, monitorbytessent: bytes },
    ...{ entriesreturned: entries, entriessent: entries },
  };
}

/** What is known of a comparison beside the books. */
export interface Circumstances {
  /** Whether connections have several requests outstanding. */
  readonly pipelined?: "pipelined" | undefined;
  /** What 389-DS counted more, of what it did for itself or what the filter could not read. */
  readonly more?: Partial<Ds389Book> | undefined;
  /** Connections whose Unbind lies in a layer; no other one ends without. */
  readonly unseenUnbinds?: number;
}

/** What 389-DS must have counted: `counted` itself wherever it differs from {@link ds389Expected} only as it may. */
export function ds389Agreed(
  book: Books,
  counted: Ds389Book,
  emptyReads: number,
  { pipelined, more = {}, unseenUnbinds = 0 }: Circumstances = {},
): Ds389Book {
  const expected = { ...ds389Expected(book) };
  for (const [name, count] of Object.entries(more)) expected[name as Counter] += count;
  const { inops, entriesreturned, entriessent, ...same } = expected;
  const abandoned = sum(book, "operations_total", { outcome: "abandoned" });
  const closes = sum(book, "connection_ends_total", { reason: "client_close" });
  // An Unbind that was not seen is an operation in place of the close, also where the server was the first to close.
  const unbinds = Math.max(unseenUnbinds - closes, 0);
  const ends = closes + unbinds;
  // A thread that looks for the next request before it is there counts an operation; behind the last one no log tells.
  const unlogged = pipelined === undefined ? ends : sum(book, "connections_total") * THREADS_PER_CONNECTION;
  // Nor does it tell of an operation that is none.
  const gaps = emptyReads - sum(book, "requests_total", { op: "unknown" });
  const operations = within(counted.inops, inops + unbinds + gaps, unlogged);
  return {
    ...same,
    // An entry counts also when its search has been abandoned before it could be sent.
    entriesreturned: within(counted.entriesreturned, entriesreturned, abandoned),
    entriessent: within(counted.entriessent, entriessent, abandoned),
    ...{ inops: operations, opsinitiated: operations, opscompleted: operations },
  };
}

/** `nsslapd-maxthreadsperconn` as it is. */
const THREADS_PER_CONNECTION = 5;

/** What `counted` should be: itself where it is `least` or up to so much more. */
function within(counted: number, least: number, more: number): number {
  return counted >= least && counted <= least + more ? counted : least;
}

/** Result codes under `securityerrors`, and those that are no `errors` (success, partial results, referral). */
const SECURITY = new Set(["7", "8", "13", "48", "49", "50"]);
const NO_ERROR = new Set(["0", "9", "10"]);

/** 389-DS also takes the end of a connection for an operation, unless Unbind came before. */
function operationsIn(book: Books): number {
  const ends = (reason: string): number => sum(book, "connection_ends_total", { reason });
  return sum(book, "requests_total") + ends("client_close") + ends("empty");
}

const UNBIND = 0x42;
const SEARCH_ENTRY = 0x64;
const SEARCH_DONE = 0x65;
const PRESENT = 0x87;

const COMPARED: ReadonlySet<string> = new Set([...MIB, ...MONITOR]);

function isCompared(name: string): name is Counter {
  return COMPARED.has(name);
}

function attributesOf({ tag, parts }: Answer): [name: string, value: string][] {
  if (tag !== SEARCH_ENTRY || parts[1] === undefined) return [];
  return elementsIn(parts[1].value).flatMap(({ value }) => {
    const [name, values] = elementsIn(value);
    const [first] = values === undefined ? [] : elementsIn(values.value);
    if (name === undefined || first === undefined) return [];
    return [[name.value.toString("latin1").toLowerCase(), first.value.toString("latin1")]];
  });
}
