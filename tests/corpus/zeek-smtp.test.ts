// Zeek's own captures of SMTP, read by the filter and by Zeek. They are no part of this project: where they are not
// there, everything here is skipped. Where the two readings differ, the difference is written down with its reason.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { HostModule } from "../../host/index.ts";
import { parseSample } from "../../host/metrics/parse.ts";
import type { MetricValues } from "../../host/testing/metrics.ts";
import { builtModule } from "../support/modules.ts";
import { replayFile } from "../support/replayed.ts";
import { btestOf, compared, type Book, type Comparison } from "./zeek.ts";
import { bookOf } from "./zeek-smtp-baseline.ts";
import { CASES, UNREAD } from "./zeek-smtp-cases.ts";

const BTEST = btestOf("smtp");

describe.skipIf(!existsSync(BTEST))(
  `Zeek's captures (${existsSync(BTEST) ? "there" : "not there: HEIRLOOM_CORPUS"})`,
  () => {
    let module: HostModule;

    beforeAll(async () => {
      module = await builtModule("smtp");
    });

    test("are all looked at", () => {
      const there = readdirSync(join(BTEST, "Traces"), { recursive: true, encoding: "utf8" });
      const captures = there.filter((file) => /\.pcap(ng)?(\.gz)?$/.test(file));
      expect(new Set([...CASES.map(({ capture }) => capture), ...UNREAD])).toEqual(new Set(captures));
    });

    test.each(UNREAD)("%s is read without harm", async (capture) => {
      const { counts } = await replayFile(module, join(BTEST, "Traces", capture), {
        rootId: "heirloom.smtp",
      });
      expect(counts.connections).toBe(1);
    });

    test.each(CASES.map((one) => [`${one.capture}: ${one.baselines.join(", ")}`, one] as const))(
      "%s",
      async (_, { capture, baselines, ports, differences = {} }) => {
        const { metrics } = await replayFile(module, join(BTEST, "Traces", capture), {
          rootId: "heirloom.smtp",
          configuration: '{"verbosity": "high"}',
          ports,
        });
        const zeek: Book = new Map(baselines.flatMap((name) => [...bookOf(join(BTEST, "Baseline", name))]));
        expect(zeek.size).toBeGreaterThan(0);
        const ours = ourBook(metrics);
        expect(compared(zeek, ours, COMPARISON)).toEqual(Object.assign({}, ...Object.values(differences)));
      },
    );
  },
);

/** Zeek's names of what it finds weird, and the anomaly that is the same. */
const WEIRD: Readonly<Record<string, string>> = {
  smtp_invalid_bdat_command: "bdat_invalid_size",
  smtp_huge_bdat_chunk: "bdat_invalid_size",
  smtp_mail_transaction_invalid: "rcpt_before_mail",
};

const COMPARISON: Comparison = {
  complete: new Set(["request", "reply", "mail"]),
  ourName: (key) => (key.startsWith("weird ") ? `anomaly ${WEIRD[key.slice(6)] ?? key.slice(6)}` : key),
};

/** The filter's metrics under the names of {@link Book}. */
function ourBook(metrics: MetricValues): Book {
  const book: Book = new Map();
  const add = (key: string, value: number): void => {
    if (value > 0) book.set(key, (book.get(key) ?? 0) + value);
  };
  for (const [key, value] of metrics) {
    const { name, labels } = parseSample(`${key} ${value}`, 0);
    const { verb = "", code = "", outcome = "", kind = "", reason = "" } = labels;
    if (name === "commands_total") add(`request ${verb}`, value);
    if (name === "recipients_total") add("recipients", value);
    if (name === "command_reply_codes_total") add(`reply ${verb} ${code}`, value);
    if (name === "transactions_total") add(`mail ${FATES[outcome] ?? outcome}`, value);
    if (name === "anomalies_total") add(`anomaly ${kind}`, value);
    if (name === "session_ends_total" && reason === "tls") add("session tls", value);
    if (name === "greetings_total" && labels["class"] === "2xx") add("session smtp", value);
    if (name === "message_bytes_count") add("messages", value);
    if (name === "message_bytes_sum") add("message bytes", value);
  }
  return book;
}

const FATES: Readonly<Record<string, string>> = {
  committed: "delivered",
  partial: "delivered",
  rejected: "refused",
  unknown: "unknown",
  aborted: "unknown",
};
