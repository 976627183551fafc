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
import { add, btestOf, compared, type Book, type Comparison } from "./zeek.ts";
import { ldapBookOf } from "./zeek-ldap-baseline.ts";
import { CASES } from "./zeek-ldap-cases.ts";

const BTEST = btestOf("ldap");

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
