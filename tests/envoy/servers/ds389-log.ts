/** 389-DS's access log: what it says of each operation, and which numbers of operations it leaves out. */

import { sum, type Books } from "../support/books.ts";

/** What is in a piece of it, without what concerns the server's own entries (`cn=config`, `cn=monitor`). */
export interface Ds389Log {
  /** By the operations' names in the filter's metrics. */
  readonly requests: Readonly<Record<string, number>>;
  /** Results by operation and code, `search 0`. */
  readonly results: Readonly<Record<string, number>>;
  readonly entries: number;
  /** Results of searches by the letters that it gave them: U, partially unindexed; A, unindexed; P, paged … */
  readonly notes: Readonly<Record<string, number>>;
  /**
   * Reads that found nothing, counted as operations: their numbers are missing among those of a connection. What came
   * behind its last request cannot be seen.
   */
  readonly emptyReads: number;
}

/** By the word that begins what is logged of a request. */
const REQUESTS: Readonly<Record<string, string>> = {
  BIND: "bind",
  UNBIND: "unbind",
  SRCH: "search",
  MOD: "modify",
  ADD: "add",
  DEL: "delete",
  MODRDN: "moddn",
  CMP: "compare",
  ABANDON: "abandon",
  EXT: "extended",
};

/** By the tag of the response. */
const OPERATIONS: Readonly<Record<string, string>> = {
  97: "bind",
  101: "search",
  103: "modify",
  105: "add",
  107: "delete",
  109: "moddn",
  111: "compare",
  120: "extended",
};

/** Reads a piece; connections that began before it are left out. */
export function readLog(text: string): Ds389Log {
  const connections = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const connection = / conn=(\d+) /.exec(line)?.[1];
    if (connection === undefined) continue;
    const lines = connections.get(connection) ?? [];
    connections.set(connection, lines);
    lines.push(line);
  }
  const clients = [...connections.values()].filter(
    ([first = "", ...lines]) => first.includes(" connection from ") && !lines.some((line) => OWN.test(line)),
  );
  const requests: Record<string, number> = {};
  const results: Record<string, number> = {};
  const notes: Record<string, number> = {};
  let entries = 0;
  for (const line of clients.flat()) {
    const request = REQUESTS[/ op=\d+ ([A-Z]+)\b/.exec(line)?.[1] ?? ""];
    if (request !== undefined) requests[request] = (requests[request] ?? 0) + 1;
    const [, code = "", tag = "", count] = RESULT.exec(line) ?? [];
    if (tag === "") continue;
    const name = `${OPERATIONS[tag] ?? tag} ${code}`;
    results[name] = (results[name] ?? 0) + 1;
    entries += Number(count);
    for (const note of NOTES.exec(line)?.[1]?.split(",") ?? []) notes[note] = (notes[note] ?? 0) + 1;
  }
  const emptyReads = clients.reduce((all, lines) => all + missingNumbers(lines), 0);
  return { requests, results, entries, notes, emptyReads };
}

const OWN = /(?:base|dn)="cn=(?:config|monitor)"/;
const RESULT = / RESULT err=(-?\d+) tag=(\d+) nentries=(\d+) /;
const NOTES = / notes=([A-Z,]+)/;

/** Where the filter, at `verbosity` high, has counted other requests and results than the log says; in words. */
export function logDisagreements(book: Books, { requests, results }: Ds389Log): string[] {
  const asked: Record<string, number> = {};
  const counted: Record<string, number> = {};
  for (const [entry, value] of Object.entries(book)) {
    const [, code = "", op = ""] = RESULTS.exec(entry) ?? [];
    if (op !== "") counted[`${op} ${code}`] = value;
    const [, request = ""] = ASKED.exec(entry) ?? [];
    // It does not tell of operations that it does not know.
    if (request !== "" && request !== "unknown") asked[request] = value;
  }
  // Those that came for an abandoned search, and are logged all the same.
  const late = sum(book, "responses_unmatched_total", { kind: "late" });
  return [
    ...differences(asked, requests, () => 0),
    ...differences(counted, results, (name) => (name.startsWith("search ") ? late : 0)),
  ];
}

function differences(
  seen: Readonly<Record<string, number>>,
  logged: Readonly<Record<string, number>>,
  more: (name: string) => number,
): string[] {
  return [...new Set([...Object.keys(seen), ...Object.keys(logged)])].flatMap((name) => {
    const [mine, its] = [seen[name] ?? 0, logged[name] ?? 0];
    return its >= mine && its <= mine + more(name) ? [] : [`${name}: ${mine} seen, ${its} logged`];
  });
}

const RESULTS = /^operation_result_codes_total\{code="(\w+)",op="(\w+)"\}$/;
const ASKED = /^requests_total\{op="(\w+)"\}$/;

function missingNumbers(lines: readonly string[]): number {
  const numbers = lines.flatMap((line) => / op=(\d+) /.exec(line)?.[1] ?? []).map(Number);
  return Math.max(-1, ...numbers) + 1 - new Set(numbers).size;
}
