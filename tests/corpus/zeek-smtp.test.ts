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
import { btestOf, compared, type Book, type Comparison, type Differences } from "./zeek.ts";
import { bookOf } from "./zeek-smtp-baseline.ts";

const BTEST = btestOf("smtp");

interface Case {
  /** Below Traces. */
  readonly capture: string;
  /** Below Baseline. */
  readonly baselines: readonly string[];
  readonly ports?: readonly number[];
  /** By the number and reason of the decision. */
  readonly differences?: Readonly<Record<string, Differences>>;
}

const SMTP = "scripts.base.protocols.smtp";

/**
 * Zeek begins a record at every MAIL, and at a RCPT without one; the server began a transaction only where it accepted a
 * MAIL: its 503 to a second MAIL left the first one open, and that was delivered in the end.
 */
const NO_TRANSACTION = { "ZEEK-1": { "mail refused": [2, 0] } } as const;

/** No reading of Zeek's comes with these: they only have to be read without harm. */
const UNREAD = ["smtp-multi-addr.pcap"];

const CASES: readonly Case[] = [
  { capture: "smtp.pcap", baselines: [`${SMTP}.basic`], ports: [25] },
  { capture: "smtp.pcap", baselines: [`${SMTP}.attachment`], ports: [25] },
  { capture: "smtp.pcap", baselines: ["scripts.policy.misc.dump-events"], ports: [25] },
  { capture: "smtp.pcap", baselines: [`${SMTP}.rfc822-msg-file-analysis-multi-session`], ports: [25] },
  { capture: "smtp/rfc3030-bdat-example1.pcap", baselines: [`${SMTP}.bdat`] },
  { capture: "smtp/rfc3030-bdat-0-last.pcap", baselines: [`${SMTP}.bdat-0-last`] },
  { capture: "smtp/rfc3030-bdat-multipart.pcap", baselines: [`${SMTP}.bdat-multipart`] },
  { capture: "smtp/rfc3030-bdat-multipart-chunked.pcap", baselines: [`${SMTP}.bdat-multipart-chunked`] },
  { capture: "smtp/rfc3030-bdat-nonascii.pcap", baselines: [`${SMTP}.rfc822-msg-file-analysis-binary`] },
  {
    capture: "smtp/smtp-bdat-pipeline-8bitmime.pcap",
    baselines: [`${SMTP}.bdat-pipeline-8bitmime`, `${SMTP}.rfc822-msg-file-analysis-multi-mail`],
  },
  { capture: "smtp/smtp-bdat-cmd-chunk-size-overflow.pcap", baselines: [`${SMTP}.bdat-chunk-size-overflow`] },
  {
    capture: "smtp/smtp-bdat-cmd-chunk-size-overflow2.pcap",
    baselines: [`${SMTP}.bdat-chunk-size-overflow2`],
  },
  { capture: "smtp/smtp-bdat-cmd-negative-chunk-size.pcap", baselines: [`${SMTP}.bdat-negative-chunk-size`] },
  { capture: "smtp/smtp-bdat-cmd-invalid.pcapng", baselines: [`${SMTP}.bdat-cmd-invalid`] },
  { capture: "tls/smtp-starttls.pcap", baselines: [`${SMTP}.starttls`] },
  {
    capture: "smtp-mail-transactions-invalid.pcap",
    baselines: [`${SMTP}.mail-transactions-invalid`],
    differences: NO_TRANSACTION,
  },
  {
    capture: "smtp-mail-transactions-invalid.pcap",
    baselines: [`${SMTP}.mail-transactions-invalid-disable-analyzer`],
    differences: {
      ...NO_TRANSACTION,
      // Zeek was told to stop reading after two invalid transactions; the session went on and delivered a mail.
      "ZEEK-2": { "mail delivered": [1, 2], "weird smtp_excessive_invalid_mail_transactions": [1, 0] },
    },
  },
  {
    capture: "smtp/smtp-bdat-gap.pcap",
    baselines: [`${SMTP}.bdat-gap`],
    differences: {
      // 1,000 octets are missing, of which 100 belong to the chunk; what the other 900 were nobody knows. Zeek goes on
      // with the next line it sees; the filter says that it cannot know any more (opaque, cause desync).
      "ZEEK-3": {
        "request other": [1, 0],
        "request data": [1, 0],
        "request eod": [1, 0],
        "request quit": [1, 0],
        "mail delivered": [1, 0],
        "mail unknown": [0, 1],
        "weird smtp_bdat_remaining_at_end_data": [1, 0],
        "weird smtp_bdat_undelivered_at_done": [1, 0],
      },
    },
  },
  {
    capture: "smtp/smtp-bdat-gap.pcap",
    baselines: [`${SMTP}.rfc822-msg-file-analysis-gap`],
    differences: { "ZEEK-3": { messages: [2, 0], "message bytes": [1186, 0] } },
  },
  {
    capture: "smtp-one-side-only.pcap",
    baselines: [`${SMTP}.one-side`],
    // Only the client was captured. Whatever is asked without an answer to be seen decides nothing: Zeek logs mails
    // that it cannot say anything of, the filter a session that cannot be followed.
    differences: { "ZEEK-4": { "mail unknown": [2, 0] } },
  },
  {
    capture: "smtp-attachment-msg.pcap",
    baselines: [`${SMTP}.attachment-msg`, `${SMTP}.rfc822-msg-file-analysis`],
    differences: { "ZEEK-4": { "mail unknown": [1, 0], messages: [1, 0], "message bytes": [586, 0] } },
  },
  {
    capture: "smtp/smtp-many-addresses.pcap.gz",
    baselines: [`${SMTP}.address-limits`],
    differences: {
      // Zeek's lists of addresses end at 500; a counter needs no such limit. The rest is about headers.
      "ZEEK-5": {
        recipients: [500, 600],
        "weird smtp_too_many_rcptto_addresses": [1, 0],
        "weird smtp_too_many_to_addresses": [1, 0],
        "weird smtp_too_many_cc_addresses": [1, 0],
        "weird smtp_max_path_length_exceeded": [1, 0],
      },
    },
  },
  {
    capture: "http/connect-with-smtp.pcap",
    baselines: ["scripts.base.protocols.http.http-connect"],
    // SMTP inside an HTTP proxy's CONNECT: Zeek unwraps it. To a listener for SMTP that client speaks HTTP (rule 3).
    differences: { "ZEEK-6": { "mail delivered": [1, 0] } },
  },
  { capture: "smtp/mime-header-size-limit.pcap.gz", baselines: [`${SMTP}.mime-header-size-limit`] },
];

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
