// Zeek's captures of real traffic, read by the filters and by tshark. They are no part of this project: where they are
// not there, everything here is skipped. The reasons are those of the transcripts, and two of captures.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { MetricValues } from "../../host/testing/metrics.ts";
import { btestOf, type Book } from "../corpus/zeek.ts";
import { builtModule } from "../support/modules.ts";
import { replayFile } from "../support/replayed.ts";
import { tableOf } from "./agreement.ts";
import { differing, type Rows } from "./books.ts";
import { LDAP_FIELDS, ourLdapBook, resultCodesOf, tsharkLdapBook } from "./tshark-ldap.ts";
import { SMTP_FIELDS, SMTP_KINDS, codesOf, ourSmtpBook, tsharkSmtpBook } from "./tshark-smtp.ts";
import { describeWithTshark, readByTshark, type PacketFields } from "./tshark.ts";

interface Subject {
  readonly protocol: "smtp" | "ldap";
  readonly kinds: readonly string[];
  readonly fields: readonly string[];
  readonly tshark: (packets: readonly PacketFields[], metrics: MetricValues) => Book;
  readonly ours: (metrics: MetricValues) => Book;
  /** By reason: [tshark's number, the filter's], by capture. */
  readonly explained: Readonly<Record<string, Rows>>;
}

/** Without the answers of the server nothing can be decided; nor where octets are missing from the capture. */
const INCOMPLETE: Rows = {
  "smtp-attachment-msg.pcap": {
    end: [1, 0],
    "command ehlo": [1, 0],
    "command mail": [1, 0],
    "command rcpt": [1, 0],
    "command data": [1, 0],
  },
  "smtp-one-side-only.pcap": {
    end: [2, 0],
    "command ehlo": [1, 0],
    "command mail": [2, 0],
    "command rcpt": [2, 0],
    "command data": [2, 0],
    "command quit": [1, 0],
  },
  "smtp/smtp-bdat-gap.pcap": { "reply 250": [6, 4], "reply 354": [1, 0], "reply 221": [1, 0] },
};

const SUBJECTS: readonly Subject[] = [
  {
    protocol: "smtp",
    kinds: SMTP_KINDS,
    fields: SMTP_FIELDS,
    tshark: (packets, metrics) => tsharkSmtpBook(packets, codesOf(metrics)),
    ours: ourSmtpBook,
    explained: {
      "A capture of one side, or with a gap": INCOMPLETE,
      "DATA was refused": { "smtp-mail-transactions-invalid.pcap": { end: [5, 2], "command other": [0, 6] } },
      "A reply in several packets": { "smtp/rfc3030-bdat-nonascii.pcap": { "reply 250": [7, 6] } },
      BDAT: {
        "smtp/smtp-bdat-cmd-chunk-size-overflow.pcap": { "command bdat": [0, 1], "command quit": [0, 1] },
        "smtp/smtp-bdat-cmd-chunk-size-overflow2.pcap": { "command bdat": [0, 1], "command quit": [0, 1] },
        "smtp/smtp-bdat-cmd-invalid.pcapng": { "command quit": [1, 3] },
        "smtp/smtp-bdat-cmd-negative-chunk-size.pcap": { "command bdat": [0, 1], "command quit": [0, 1] },
        "smtp/smtp-bdat-pipeline-8bitmime.pcap": {
          "command bdat": [0, 2],
          "command mail": [0, 2],
          "command rcpt": [0, 2],
        },
      },
    },
  },
  {
    protocol: "ldap",
    kinds: ["request", "response", "result"],
    fields: LDAP_FIELDS,
    tshark: (packets, metrics) => {
      const book = tsharkLdapBook(packets, resultCodesOf(metrics));
      // Message IDs stand in time lines, one connection each.
      return new Map([...book].filter(([name]) => !name.startsWith("#")));
    },
    ours: ourLdapBook,
    explained: {
      "A port that tshark does not know for LDAP": {
        "ldap/simpleauth-diff-port.pcap": {
          "request bind": [0, 2],
          "request search": [0, 1],
          "response bind": [0, 2],
          "response entry": [0, 1],
          "response search": [0, 1],
          "result 0": [0, 3],
        },
      },
    },
  },
];

const IS_THERE = existsSync(btestOf("smtp"));

test.each(SUBJECTS)("docs/agreement.md gives the reasons: $protocol", ({ protocol, explained }) => {
  const rows = tableOf(`tshark-zeek-${protocol}`);
  expect(rows.slice(1, -1)).toEqual(
    Object.entries(explained).map(([says, captures]) => [says, String(Object.keys(captures).length)]),
  );
});

describeWithTshark("tshark, the filters, and", () => {
  describe.skipIf(!IS_THERE)(`Zeek's captures (${IS_THERE ? "there" : "not there: HEIRLOOM_CORPUS"})`, () => {
    test.each(SUBJECTS)("$protocol", { timeout: 300_000 }, async ({ protocol, kinds, fields, ...of }) => {
      const folder = join(btestOf(protocol), "Traces");
      const all = readdirSync(folder, { recursive: true, encoding: "utf8" });
      const captures = all.filter((name) => /\.pcap(ng)?(\.gz)?$/.test(name)).sort();
      const found: Rows[] = [];
      for (const capture of captures) {
        const file = join(folder, capture);
        // There is HTTP in it, too.
        const ports = capture === "smtp.pcap" ? [25] : undefined;
        const module = await builtModule(protocol);
        const { metrics } = await replayFile(module, file, { rootId: `heirloom.${protocol}`, ports });
        const packets = readByTshark(file, fields).flat();
        const differences = differing(of.tshark(packets, metrics), of.ours(metrics), kinds);
        if (Object.keys(differences).length > 0) found.push({ [capture]: differences });
      }
      expect(Object.assign({}, ...found)).toEqual(Object.assign({}, ...Object.values(of.explained)));
      const rows = tableOf(`tshark-zeek-${protocol}`);
      const numbers = [rows[0]?.[1], rows.at(-1)?.[1]];
      expect(numbers).toEqual([captures.length - found.length, captures.length].map(String));
    });
  });
});
