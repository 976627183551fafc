/** The LDAP filter's books: what holds for all of them, and its record in the access log. */

import { sum, type Books } from "./books.ts";

/** Requests that no server answers. */
const UNANSWERABLE = ["unbind", "abandon"];

/** What holds for every book, always (the metrics' own invariants); the violations in words. */
export function ldapViolations(book: Books): string[] {
  const found: string[] = [];
  const equal = (what: string, left: number, right: number): void => {
    if (left !== right) found.push(`${what}: ${left} ≠ ${right}`);
  };
  const has = (metric: string): boolean => sum(book, metric) > 0;
  const ends = sum(book, "connection_ends_total") + sum(book, "connections_active");
  equal("connections started, and ended or active", sum(book, "connections_total"), ends);
  const unanswerable = UNANSWERABLE.reduce((all, op) => all + sum(book, "requests_total", { op }), 0);
  const outcomes = sum(book, "operations_total") + sum(book, "operations_active");
  equal("operations asked, and ended or active", sum(book, "requests_total") - unanswerable, outcomes);
  const answered =
    sum(book, "operations_total", { outcome: "answered" }) +
    sum(book, "operations_total", { outcome: "canceled" });
  equal("final responses, and operations with one", sum(book, "responses_total"), answered);
  if (has("result_codes_total")) equal("codes", sum(book, "result_codes_total"), answered);
  if (has("operation_result_codes_total"))
    equal("codes by operation", sum(book, "operation_result_codes_total"), answered);
  if (has("searches_total"))
    for (const metric of ["searches_total", "search_filters_total"])
      equal(metric, sum(book, metric), sum(book, "requests_total", { op: "search" }));
  if (has("extended_total"))
    equal("extended", sum(book, "extended_total"), sum(book, "requests_total", { op: "extended" }));
  if (has("bind_method_results_total"))
    equal("bind results by method", sum(book, "bind_method_results_total"), sum(book, "bind_results_total"));
  if (sum(book, "bind_results_total") > sum(book, "binds_total")) found.push("more bind results than binds");
  if (sum(book, "opaque_bytes_total") > sum(book, "bytes_total")) found.push("more opaque bytes than bytes");
  equal("filter errors", sum(book, "filter_errors_total"), 0);
  return found;
}

/** The record as the filter writes it. */
export interface LdapRecord {
  readonly duration_us: number;
  readonly end?: string;
  readonly opaque?: string;
  readonly entries: number;
  readonly bytes: { readonly client: number; readonly server: number };
  readonly tls?: string;
  readonly starttls?: string;
  readonly binds?: number;
  readonly bind?: {
    readonly method: string;
    readonly mechanism?: string;
    readonly result?: string;
    readonly name?: string;
  };
  readonly slowest?: { readonly op: string; readonly us: number };
  readonly anomalies?: readonly string[];
  /** By operation: by class of result, or by outcome without one. */
  readonly operations: Readonly<Record<string, Readonly<Record<string, number>>>>;
}
