// The transcripts of SMTP as a capture, read by the filter and by tshark. What differs is written down with its reason.

import { beforeAll, expect, test } from "vitest";
import { parsePrometheus } from "../../host/metrics/parse.ts";
import { heirloom } from "../support/heirloom.ts";
import { builtModule } from "../support/modules.ts";
import { replayPackets } from "../support/replayed.ts";
import { add, type Book } from "../corpus/zeek.ts";
import { tableOf } from "./agreement.ts";
import {
  agreementRows,
  differencesOf,
  differing,
  explainedBy,
  misjudged,
  sentBy,
  type Reading,
} from "./books.ts";
import { clientLines, recorded, type Recorded } from "./conversations.ts";
import { SMTP_REASONS } from "./tshark-smtp-reasons.ts";
import { SMTP_FIELDS, SMTP_KINDS, codesOf, ourSmtpBook, tsharkSmtpBook } from "./tshark-smtp.ts";
import { describeWithTshark, readByTshark, withCapture } from "./tshark.ts";

const REPLAY = { rootId: "heirloom.smtp" };
const PORT = 25;

/** The transcripts as they are written, and with each line of the client's in a packet of its own. */
const WRITTEN = recorded("smtp", { serverPort: PORT });
const CUT = recorded("smtp", { serverPort: PORT, cut: clientLines });

function packetsOf(all: readonly Recorded[]): Recorded["packets"] {
  return all.flatMap(({ packets }) => packets);
}

describeWithTshark("tshark and the SMTP filter", () => {
  const metrics: Reading["metrics"][] = [];
  let cut: Reading[];
  let written: Reading[];

  beforeAll(async () => {
    const module = await builtModule("smtp");
    for (const { packets } of CUT) metrics.push(replayPackets(module, packets, REPLAY).metrics);
    cut = await readings(CUT);
    written = await readings(WRITTEN);
  });

  async function readings(all: readonly Recorded[]): Promise<Reading[]> {
    const streams = await withCapture(packetsOf(all), (file) => readByTshark(file, SMTP_FIELDS));
    return all.map((one, i) => {
      const ours = metrics[i] ?? new Map<string, number>();
      const tshark = tsharkSmtpBook(streams[i] ?? [], codesOf(ours));
      const differences = differing(tshark, ourSmtpBook(ours), SMTP_KINDS);
      return { recorded: one, metrics: ours, differences };
    });
  }

  test("agree on commands, replies and ends of messages, or it is written down why they do not", () => {
    expect(differencesOf(cut)).toEqual(explainedBy(SMTP_REASONS));
  });

  test("differ for reasons that hold", () => {
    expect(misjudged(cut, SMTP_REASONS)).toEqual([]);
  });

  test("differ on more connections as they were written: where a client sent several lines in one packet", () => {
    const more = onlyAsWritten();
    expect(more.length).toBeGreaterThan(0);
    const single = more.filter((one) => sentBy("client", one).every((text) => /^[^\n]*\n?$/.test(text)));
    expect(single.map(({ name }) => name)).toEqual([]);
  });

  test("heirloom replay counts in the whole capture what it counts in the connections", async () => {
    const file = await withCapture(packetsOf(WRITTEN), (path) =>
      heirloom("replay", path, "--filter", "smtp", "--format", "prometheus"),
    );
    expect([file.code, file.err]).toEqual([0, ""]);
    const whole: Book = new Map();
    for (const { name, labels, value } of parsePrometheus(file.out)) {
      if (value > 0 && COUNTED.has(name)) add(whole, `${labels["verb"] ?? labels["code"]}`, value);
    }
    const connections: Book = new Map();
    for (const values of metrics) {
      for (const [key, value] of values) {
        const label = /^(?:commands_total\{verb|reply_codes_total\{code)="(\w+)"\}$/.exec(key)?.[1];
        if (label !== undefined && value > 0) add(connections, label, value);
      }
    }
    expect(whole.size).toBeGreaterThan(60);
    expect(whole).toEqual(connections);
  });

  test("agree as often as docs/agreement.md says", () => {
    const rows = agreementRows(cut, SMTP_REASONS);
    const asWritten = ["… as they were written: several lines in one packet", String(onlyAsWritten().length)];
    expect(tableOf("tshark-smtp")).toEqual([...rows, asWritten]);
  });

  /** Connections that tshark reads as the filter does, if only its packets are lines. */
  function onlyAsWritten(): Recorded[] {
    const agreeing = new Set(Object.keys(differencesOf(cut)));
    return written
      .filter(({ recorded: { name } }) => !agreeing.has(name))
      .filter(({ differences }) => Object.keys(differences).length > 0)
      .map(({ recorded: one }) => one);
  }
});

const COUNTED = new Set(["smtp_commands_total", "smtp_reply_codes_total"]);
