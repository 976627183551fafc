import { describe, expect, test } from "vitest";
import { LABELS, MAX_REGEX_BYTES, statsConfig } from "../../host/envoy/stats-config.ts";

/** Applies the tags as Envoy does: each on the full name, then all the matches are cut out. */
function labelled(name: string, config = statsConfig()): [string, Record<string, string>] {
  const labels: Record<string, string> = {};
  const gone = new Set<number>();
  for (const { tag_name, regex } of config.stats_tags) {
    const match = new RegExp(regex, "d").exec(name);
    const [start, end] = match?.indices?.[1] ?? [];
    if (start === undefined || end === undefined) continue;
    labels[tag_name] = match?.[2] ?? "";
    for (let at = start; at < end; at++) gone.add(at);
  }
  return [[...name].filter((_, at) => !gone.has(at)).join(""), labels];
}

function bucketsOf(name: string): number | undefined {
  const { histogram_bucket_settings } = statsConfig();
  return histogram_bucket_settings.find(({ match }) => new RegExp(match.safe_regex.regex).test(name))
    ?.buckets[0];
}

describe("stats_tags", () => {
  test.each<[string, string, Record<string, string>]>([
    [
      "wasmcustom.smtp.edge.replies_total.verb.mail.class.2xx",
      "wasmcustom.smtp.replies_total",
      { stat_prefix: "edge", verb: "mail", class: "2xx" },
    ],
    ["wasmcustom.smtp.edge.sessions_total", "wasmcustom.smtp.sessions_total", { stat_prefix: "edge" }],
    [
      "wasmcustom.ldap.default.operation_result_codes_total.op.search.code.32",
      "wasmcustom.ldap.operation_result_codes_total",
      { stat_prefix: "default", op: "search", code: "32" },
    ],
    // A prefix that is also a label, and a value that reads like one, stay what they are.
    [
      "wasmcustom.smtp.verb.x_total.from.class",
      "wasmcustom.smtp.x_total",
      { stat_prefix: "verb", from: "class" },
    ],
    [
      "wasmcustom.smtp.p.x_total.other.verb.mail.class",
      "wasmcustom.smtp.x_total.other.verb.mail.class",
      { stat_prefix: "p" },
    ],
    // Not ours.
    ["wasmcustom.ftp.edge.x_total.verb.quit", "wasmcustom.ftp.edge.x_total.verb.quit", {}],
    ["cluster.smtp.edge.x_total.verb.quit", "cluster.smtp.edge.x_total.verb.quit", {}],
  ])("%s", (name, left, labels) => {
    expect(labelled(name)).toEqual([left, labels]);
  });

  test("an author's own protocol and label", () => {
    const config = statsConfig({ protocols: ["ftp"], labels: ["mailbox"] });
    expect(labelled("wasmcustom.ftp.p.x_total.mailbox.inbox", config)).toEqual([
      "wasmcustom.ftp.x_total",
      { stat_prefix: "p", mailbox: "inbox" },
    ]);
  });

  test("regexes stay within what Envoy accepts, and what would not is refused", () => {
    for (const { regex } of statsConfig().stats_tags) expect(Buffer.byteLength(regex)).toBeLessThan(200);
    const many = Array.from({ length: 200 }, (_, i) => `protocol_${i}`);
    expect(() => statsConfig({ protocols: many })).toThrow(`longer than ${MAX_REGEX_BYTES} bytes`);
    expect(() => statsConfig({ labels: ["a.b"] })).toThrow('"a.b" is not a metric token');
  });

  test("no label is there twice", () => {
    expect(new Set(LABELS).size).toBe(LABELS.length);
  });
});

describe("histogram_bucket_settings go by the unit", () => {
  test.each([
    ["wasmcustom.smtp.edge.command_duration_us.verb.mail", 100],
    ["wasmcustom.smtp.edge.session_duration_us", 100],
    ["wasmcustom.smtp.edge.message_bytes", 1024],
    ["wasmcustom.ldap.edge.message_bytes.from.client", 1024],
    ["wasmcustom.ldap.edge.response_bytes_per_search", 1024],
    ["wasmcustom.smtp.edge.pipeline_depth", 1],
    ["wasmcustom.ftp.edge.command_duration_us", undefined],
  ])("%s from %s", (name, first) => {
    expect(bucketsOf(name)).toBe(first);
  });
});
