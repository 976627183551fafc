// The transcripts of LDAP as a capture, read by the filter and by tshark. What differs is written down with its reason.

import { beforeAll, expect, test } from "vitest";
import { heirloom } from "../support/heirloom.ts";
import { builtModule } from "../support/modules.ts";
import { replayPackets } from "../support/replayed.ts";
import { tableOf } from "./agreement.ts";
import { agreementRows, differencesOf, differing, explainedBy, misjudged, type Reading } from "./books.ts";
import { recorded } from "./conversations.ts";
import { LDAP_REASONS } from "./tshark-ldap-reasons.ts";
import {
  LDAP_FIELDS,
  LDAP_KINDS,
  LDAP_PORTS,
  addTimeline,
  ourLdapBook,
  resultCodesOf,
  tsharkLdapBook,
  type TimelineRow,
} from "./tshark-ldap.ts";
import { describeWithTshark, readByTshark, withCapture } from "./tshark.ts";

const REPLAY = { rootId: "heirloom.ldap" };

async function readings(): Promise<Reading[]> {
  const module = await builtModule("ldap");
  const all = recorded("ldap", { serverPort: Number(LDAP_PORTS[0]) });
  const packets = all.flatMap((one) => one.packets);
  return withCapture(packets, async (file) => {
    const streams = readByTshark(file, LDAP_FIELDS);
    const read: Reading[] = [];
    for (const [i, one] of all.entries()) {
      const { metrics } = replayPackets(module, one.packets, REPLAY);
      const ours = ourLdapBook(metrics);
      addTimeline(ours, await timeline(file, i + 1));
      const tshark = tsharkLdapBook(streams[i] ?? [], resultCodesOf(metrics));
      read.push({ recorded: one, metrics, differences: differing(tshark, ours, LDAP_KINDS) });
    }
    return read;
  });
}

async function timeline(file: string, connection: number): Promise<readonly TimelineRow[]> {
  const words = ["--filter", "ldap", "--timeline", String(connection), "--format", "json"];
  const { code, out, err } = await heirloom("replay", file, ...words);
  expect([code, err]).toEqual([0, ""]);
  return (JSON.parse(out) as { readonly timeline: readonly TimelineRow[] }).timeline;
}

describeWithTshark("tshark and the LDAP filter", () => {
  let all: Reading[];
  beforeAll(async () => {
    all = await readings();
  });

  test("agree on requests, responses, results and message IDs, or it is written down why they do not", () => {
    expect(differencesOf(all)).toEqual(explainedBy(LDAP_REASONS));
  });

  test("differ for reasons that hold", () => {
    expect(misjudged(all, LDAP_REASONS)).toEqual([]);
  });

  test("agree as often as docs/agreement.md says", () => {
    expect(tableOf("tshark-ldap")).toEqual(agreementRows(all, LDAP_REASONS));
  });
});
