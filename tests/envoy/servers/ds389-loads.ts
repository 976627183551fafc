/** What ldclt does to 389-DS in tests, and what is counted of it. */

import type { Books } from "../support/books.ts";
import { MANAGER, SUFFIX } from "./ds389.ts";

/** A load. */
export interface Load {
  /** Also the `stat_prefix`. */
  readonly name: string;
  readonly title: string;
  /** ldclts that run at once. Default 1. */
  readonly processes?: number;
  /** Threads of each; ldclt makes a connection for each. */
  readonly threads: number;
  /** Whether a connection has several requests outstanding. Default: it waits for each answer. */
  readonly requests?: "pipelined";
  /** Of ldclt, beside host, port and threads. */
  readonly options: readonly string[];
  /** Everything that `compact` shows but what `varying` matches. */
  readonly book: Books;
  /** What is not the same each time. */
  readonly varying?: RegExp;
}

/** Entries to search for: `uid=u000` … below {@link SUFFIX}. */
const USERS = 100;

/** Entries to rename: `cn=r0000`, `cn=r0002` …; ldclt gives each the name that comes next. */
const NAMES = 50;

/** As LDIF. */
export const SEED = [
  ...Array.from({ length: USERS }, (_, i) => person("uid", `u${digits(i, 3)}`)),
  ...Array.from({ length: NAMES }, (_, i) => person("cn", `r${digits(2 * i, 4)}`)),
].join("");

const AS_MANAGER = ["-D", MANAGER.name, "-w", MANAGER.password, "-b", SUFFIX];
const USER = ["-f", "uid=uXXX", "-r", "0", "-R", String(USERS - 1)];
const NUMBERED = ["-f", "cn=nXXXX", "-r", "0", "-R", "999"];
const COUNTING = "incr,noloop,commoncounter";

export const LOADS: readonly Load[] = [
  {
    name: "pipelined",
    title: "20,000 searches on 8 connections, up to 20 at once on each",
    requests: "pipelined",
    threads: 8,
    options: [...AS_MANAGER, "-e", "esearch,random", ...USER, "-a", "20", "-T", "2500"],
    book: { ...lasting(8, 20_000), ...searches(20_000, "sub"), "responses success search": 20_000 },
  },
  {
    name: "one_level",
    title: "1,000 searches of one level, one after the other on 4 connections",
    threads: 4,
    options: [...AS_MANAGER, "-e", "esearch,random", ...USER, "-s", "one", "-T", "250"],
    book: { ...lasting(4, 1_000), ...searches(1_000, "one"), "responses success search": 1_000 },
  },
  {
    name: "binds",
    title: "800 connections that do nothing but bind",
    threads: 8,
    options: [...AS_MANAGER, "-e", "bindeach,bindonly", "-T", "100"],
    book: {
      ...bound(800),
      "connection_ends client_close": 8,
      "connection_ends unbind": 792,
      "operations answered": 800,
      "requests unbind": 792,
      "result_codes 0": 800,
    },
  },
  {
    name: "anonymous",
    title: "400 of them that are nobody's",
    threads: 4,
    options: ["-D", "", "-w", "", "-b", SUFFIX, "-e", "bindeach,bindonly", "-T", "100"],
    book: {
      "bind_results success": 400,
      "binds anonymous": 400,
      "connection_ends client_close": 4,
      "connection_ends unbind": 396,
      "operations answered": 400,
      "requests bind": 400,
      "requests unbind": 396,
      "responses success bind": 400,
      "result_codes 0": 400,
    },
  },
  {
    name: "churn",
    title: "200 connections, each for a bind and a search, left without a word",
    // With several threads it also closes sockets of others.
    ...{ processes: 4, threads: 1 },
    options: [...AS_MANAGER, "-e", "bindeach,close,esearch,random", ...USER, "-T", "50"],
    book: {
      ...lasting(200, 200),
      ...searches(200, "sub"),
      "responses success search": 200,
    },
  },
  {
    name: "adds",
    title: "1,000 entries added on 4 connections",
    threads: 4,
    options: [...AS_MANAGER, "-e", `add,person,${COUNTING}`, ...NUMBERED, "-T", "250"],
    book: { ...lasting(4, 1_000), "requests add": 1_000, "responses success add": 1_000 },
  },
  {
    name: "replaced",
    title: "an attribute of 800 entries replaced",
    threads: 4,
    options: [...AS_MANAGER, ...["-e", "attreplace=description:dXXXX,random", ...NUMBERED, "-T", "200"]],
    book: { ...lasting(4, 800), "requests modify": 800, "responses success modify": 800 },
  },
  {
    name: "renamed",
    title: "50 entries renamed",
    threads: 1,
    options: [
      ...AS_MANAGER,
      ...["-e", "rename,incr,noloop", "-f", "cn=rXXXX", "-r", "0", "-R", String(2 * NAMES - 1)],
      ...["-T", String(NAMES)],
    ],
    book: { ...lasting(1, NAMES), "requests moddn": NAMES, "responses success moddn": NAMES },
  },
  {
    name: "deletes",
    title: "1,000 entries deleted",
    threads: 4,
    options: [...AS_MANAGER, "-e", `delete,${COUNTING}`, ...NUMBERED, "-T", "250"],
    book: { ...lasting(4, 1_000), "requests delete": 1_000, "responses success delete": 1_000 },
  },
  {
    name: "abandoned",
    title: "800 searches, every other one abandoned at once",
    requests: "pipelined",
    threads: 4,
    options: [...AS_MANAGER, "-e", "abandon,esearch,random", ...USER, "-a", "10", "-T", "200"],
    book: {
      ...bound(4),
      "connection_ends client_close": 4,
      "requests abandon": 400,
      ...searches(800, "sub"),
    },
    // Answers may be on their way when an Abandon is, and 389-DS may have read so far or not.
    varying: /^(?:operations |responses success search|responses_unmatched|result_codes 0|search_entries)/,
  },
];

/** What `connections` count that bind successfully. */
function bound(connections: number): Books {
  return {
    "bind_results success": connections,
    "binds simple": connections,
    "cleartext_binds simple": connections,
    "requests bind": connections,
    "responses success bind": connections,
  };
}

/** What `connections` count that bind, do so many operations, all successfully, and end without Unbind. */
function lasting(connections: number, operations: number): Books {
  return {
    ...bound(connections),
    "connection_ends client_close": connections,
    "operations answered": connections + operations,
    "result_codes 0": connections + operations,
  };
}

/** What searches by equality count that find one entry each. */
function searches(count: number, scope: string): Books {
  return {
    "requests search": count,
    search_entries: count,
    "search_filters eq": count,
    "search_traits all_attributes": count,
    [`searches ${scope}`]: count,
  };
}

function person(attribute: string, name: string): string {
  const rest = attribute === "uid" ? `cn: ${name}\n` : "";
  return `\ndn: ${attribute}=${name},${SUFFIX}\nobjectClass: inetOrgPerson\n${attribute}: ${name}\n${rest}sn: ${name}\n`;
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, "0");
}
