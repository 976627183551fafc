// Zeek's own captures of LDAP, read by the filter and by Zeek. They are no part of this project: where they are not
// there, everything here is skipped. Where the two readings differ, the difference is written down with its reason.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { HostModule } from "../../host/index.ts";
import { parseSample } from "../../host/metrics/parse.ts";
import type { MetricValues } from "../../host/testing/metrics.ts";
import { builtModule } from "../support/modules.ts";
import { replayFile } from "../support/replayed.ts";
import { add, btestOf, compared, type Book, type Comparison, type Differences } from "./zeek.ts";
import { ldapBookOf } from "./zeek-ldap-baseline.ts";

const BTEST = btestOf("ldap");

interface Case {
  readonly capture: string;
  /** Below Baseline, behind `scripts.base.protocols.ldap.`. */
  readonly baseline: string;
  /** Which of several captures of one test. */
  readonly part?: { readonly prefix?: string; readonly part?: string };
  /** By the number and reason of the decision. */
  readonly differences?: Readonly<Record<string, Differences>>;
  /** What Zeek tells nothing of and that is worth holding: names of {@link ourBook}. */
  readonly also?: Readonly<Record<string, number>>;
}

/** Sent at once, never answered, and the connection is left open: Zeek gives up what it waits for at ten. */
const TEN_AT_ONCE = (operation: string): Case["differences"] => ({
  "ZEEK-L1": { [`weird LDAP_max_pending_${operation}_exceeded`]: [1, 0] },
});

const CASES: readonly Case[] = [
  { capture: "simpleauth.pcap", baseline: "basic" },
  { capture: "simpleauth.pcap", baseline: "attributes" },
  { capture: "simpleauth-diff-port.pcap", baseline: "diff_port" },
  { capture: "simpleauth.pcap", baseline: "log_policy" },
  { capture: "ldap-add.pcap", baseline: "add" },
  { capture: "ldap-who-am-i.pcap", baseline: "who-am-i" },
  { capture: "ldap-starttls.pcap", baseline: "starttls", also: { "starttls accepted": 1 } },
  {
    capture: "aduser1.pcap",
    baseline: "aduser1",
    part: { prefix: "krb." },
    also: { references: 3, "trait unindexed_suspect": 1 },
  },
  {
    capture: "aduser1-ntlm.pcap",
    baseline: "aduser1",
    part: { prefix: "ntlm." },
    also: { "exchange of sicily": 1, references: 3 },
  },
  { capture: "ldap_invalid_credentials.pcap", baseline: "invalid_credentials", also: { "reason 52e": 12 } },
  { capture: "ctu-sme-11-win7ad-1-ldap-tcp-50041.pcap", baseline: "spnego-ntlmssp" },
  { capture: "ctu-60387-63723-ldap.pcap", baseline: "sasl-gss-spnego-ntlm" },
  { capture: "sasl-ntlm.pcap", baseline: "sasl-ntlm", also: { "exchange of sasl": 1 } },
  { capture: "sasl-scram-sha-512.pcap", baseline: "sasl-scram-sha-512" },
  { capture: "sasl-srp-who-am-i.pcap", baseline: "sasl-srp-who-am-i", also: { "opaque sasl_unknown": 1 } },
  { capture: "krb5-sign-seal-01.pcap", baseline: "sasl-encrypted", also: { "opaque sasl_sealed": 1 } },
  { capture: "gap-data-missing.pcapng", baseline: "gap", also: { "opaque sasl_sealed": 1 } },
  {
    capture: "missing_ldap_logs.pcapng",
    baseline: "sasl-signed-clear",
    also: { "buffers signed client": 17, "buffers signed server": 15 },
  },
  { capture: "missing_krbtgt_ldap_request.pcapng", baseline: "sasl-signed-clear-2" },
  { capture: "modify-request.pcapng", baseline: "modify-request" },
  { capture: "issue-32.pcapng", baseline: "search_filter_extended" },
  { capture: "ldap_escaping_test.pcapng", baseline: "filter_escaping", part: { part: ".1" } },
  { capture: "ldap_search_umlaut.pcap", baseline: "filter_escaping", part: { part: ".2" } },
  { capture: "ldap_star_single.pcapng", baseline: "ldap_substring_search" },
  {
    capture: "pending-adds-10.pcap",
    baseline: "pending-messages-exceeded",
    differences: TEN_AT_ONCE("messages"),
  },
  {
    capture: "pending-searches-10.pcap",
    baseline: "pending-searches-exceeded",
    differences: TEN_AT_ONCE("searches"),
  },
  {
    capture: "ldap-max-recursion.pcap",
    baseline: "ldap_max_recursion",
    also: { "shape invalid": 100 },
  },
  {
    capture: "asn1-max-recursion.pcap",
    baseline: "asn1_max_recursion",
    // SEQUENCEs in SEQUENCEs where a filter should be: to Zeek depth, to the filter no filter at the first of them.
    differences: { "ZEEK-L2": { "weird exceeded max recursion depth": [1, 0] } },
    also: { "shape invalid": 1, "anomaly bad_tag": 1 },
  },
];

describe.skipIf(!existsSync(BTEST))(
  `Zeek's captures (${existsSync(BTEST) ? "there" : "not there: HEIRLOOM_CORPUS"})`,
  () => {
    let module: HostModule;

    beforeAll(async () => {
      module = await builtModule("ldap");
    });

    test("are all looked at", () => {
      const captures = readdirSync(join(BTEST, "Traces", "ldap"));
      expect(new Set(CASES.map(({ capture }) => capture))).toEqual(new Set(captures));
      const baselines = readdirSync(join(BTEST, "Baseline")).map((name) => name.split(".").at(-1));
      expect(new Set(CASES.map(({ baseline }) => baseline))).toEqual(new Set(baselines));
    });

    test.each(CASES.map((one) => [`${one.capture}: ${one.baseline}`, one] as const))(
      "%s",
      async (_, { capture, baseline, part, differences = {}, also = {} }) => {
        const { metrics } = await replayFile(module, join(BTEST, "Traces", "ldap", capture), {
          rootId: "heirloom.ldap",
          configuration: '{"verbosity": "high"}',
        });
        const zeek = ldapBookOf(join(BTEST, "Baseline", `scripts.base.protocols.ldap.${baseline}`), part);
        expect(zeek.size).toBeGreaterThan(0);
        const ours = ourBook(metrics);
        expect(compared(zeek, ours, COMPARISON)).toEqual(Object.assign({}, ...Object.values(differences)));
        for (const [key, value] of Object.entries(also))
          expect([key, ours.get(key) ?? 0]).toEqual([key, value]);
      },
    );
  },
);

/** Zeek has no number for what was not there. */
const COMPARISON: Comparison = {
  complete: new Set(["bind", "search", "modify", "add", "extended", "scope", "shape", "name"]),
  ourName: (key) => (key === "weird exceeded max filter recursion depth" ? "anomaly filter_too_deep" : key),
};

/** The filter's metrics under the names of {@link Book}, and more of them. */
function ourBook(metrics: MetricValues): Book {
  const book: Book = new Map();
  for (const [key, value] of metrics) {
    const { name, labels } = parseSample(`${key} ${value}`, 0);
    const named = NAMES[name]?.((label) => labels[label] ?? "");
    if (named !== undefined && value > 0) add(book, named, value);
    // What was asked without an answer to be seen.
    const { op = "" } = labels;
    if (name === "requests_total" && op !== "unbind" && op !== "abandon")
      add(book, `${op} no response`, value);
    if (name === "responses_total") add(book, `${op} no response`, -value);
  }
  for (const [key, value] of book) if (value === 0) book.delete(key);
  return book;
}

/** What a metric is called in the book. */
const NAMES: Readonly<Record<string, (of: (label: string) => string) => string>> = {
  connections_total: () => "connections",
  bytes_total: (of) => `bytes ${of("from")}`,
  opaque_connections_total: (of) => `opaque ${of("cause")}`,
  requests_total: (of) => `${of("op")} requests`,
  operation_result_codes_total: (of) => `${of("op")} code ${of("code")}`,
  search_entries_total: () => "entries",
  search_references_total: () => "references",
  searches_total: (of) => `scope ${of("scope")}`,
  search_filters_total: (of) => `shape ${of("shape")}`,
  search_traits_total: (of) => `trait ${of("trait")}`,
  binds_total: (of) => `exchange of ${of("method")}`,
  bind_ad_reasons_total: (of) => `reason ${of("reason")}`,
  starttls_total: (of) => `starttls ${of("event")}`,
  sasl_buffers_total: (of) => `buffers ${of("protection")} ${of("from")}`,
  extended_total: (of) => `name ${of("name")}`,
  anomalies_total: (of) => `anomaly ${of("kind")}`,
};
