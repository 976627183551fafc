// The same metrics, once in Envoy and once in the embedded host: the same /stats and /stats/prometheus.

import { describe, expect, test } from "vitest";
import { MARK, behindEmbedded, behindEnvoy, envoy, type Behind } from "../support/behind.ts";
import { Peer, Upstream } from "../support/sockets.ts";
import { watBinary } from "../support/wat.ts";

type Type = 0 | 1 | 2;

/** Type, name, what is recorded. Samples lie inside of buckets: on a bound Envoy's histograms may count one higher. */
const METRICS: readonly [type: Type, name: string, ...values: number[]][] = [
  [0, "smtp.edge.replies_total.verb.mail.class.2xx", 3],
  [0, "smtp.edge.replies_total.verb.rcpt.class.5xx", 1],
  [0, "smtp.edge.replies_total.verb.verb.class.class"],
  [0, "smtp.other.replies_total.verb.mail.class.2xx", 2],
  [0, "smtp.edge.sessions_total"],
  [1, "smtp.edge.sessions_active", 7],
  [1, "smtp.edge.odd-name/total", 1],
  [0, "smtp.edge.bytes_total.from.client", 5],
  [0, "9lives", 1],
  [0, "ours.upstream_rq_250", 4],
  [0, "ours.upstream_rq_2xx", 5],
  [2, "smtp.edge.command_duration_us.verb.mail", 155, 155, 705, 3005],
  [2, "smtp.edge.message_bytes", 2005],
  [2, "smtp.edge.pipeline_depth", 3],
  [2, "ours.default_buckets", 75, 705],
];

const PLACE = 512;
const STEP = 64;

const MODULE = `
  ${METRICS.map(([, name], i) => `(data (i32.const ${PLACE + i * STEP}) "${name}")`).join(" ")}
  (data (i32.const 16) "${MARK}delete")
  (func (export "proxy_on_new_connection") (param i32) (result i32)
    ${METRICS.map(
      ([type, name, ...values], i) => `
        (drop (call $define (i32.const ${type}) (i32.const ${PLACE + i * STEP}) (i32.const ${name.length}) (i32.const 8)))
        ${values.map((value) => `(drop (call $record (i32.load (i32.const 8)) (i64.const ${value})))`).join(" ")}`,
    ).join(" ")}
    (i32.const 0))
  (func (export "proxy_on_delete") (param i32)
    (drop (call $log (i32.const 2) (i32.const 16) (i32.const ${MARK.length + "delete".length}))))`;

/** Lines of ours in both pages; where histograms are, the last sample has to have been merged. */
async function shownBy(behind: Behind): Promise<{ text: string[]; prometheus: string[] }> {
  const upstream = await Upstream.start();
  const pages = { text: [""], prometheus: [""] };
  try {
    await behind(watBinary(MODULE), upstream.port, async (port, admin) => {
      const read = async (path: string): Promise<string[]> =>
        (await (await fetch(admin + path)).text()).split("\n");
      const client = await Peer.connect(port);
      const merged = (line: string): boolean =>
        line.startsWith("ours_default_buckets_count") && line.endsWith(" 2");
      while (!pages.prometheus.some(merged)) pages.prometheus = await read("/stats/prometheus");
      pages.text = await read("/stats?filter=^wasmcustom");
      client.socket.resetAndDestroy();
    });
  } finally {
    upstream.stop();
  }
  const ours = /^(?:# TYPE )?(?:smtp|ours|_?9lives|lives)/;
  return { text: pages.text, prometheus: pages.prometheus.filter((line) => ours.test(line)) };
}

/** Envoy's sums are approximate. */
const isSum = (line: string): boolean => /_sum\{/.test(line);

describe.skipIf(envoy === undefined)("what the embedded host shows is what Envoy shows", () => {
  test("in /stats/prometheus, but for the sums, and in /stats, but for the quantiles", async () => {
    const there = await shownBy(behindEnvoy);
    const here = await shownBy(behindEmbedded);
    expect(here.prometheus.filter((line) => !isSum(line))).toEqual(
      there.prometheus.filter((line) => !isSum(line)),
    );
    const names = (lines: readonly string[]): string[] =>
      lines.map((line) => line.replace(/(: P0\().*/, "$1"));
    expect(names(here.text)).toEqual(names(there.text));
    for (const [index, line] of there.prometheus.filter(isSum).entries()) {
      const [name, sum] = line.split(" ");
      const [ourName, ourSum] = here.prometheus.filter(isSum)[index]?.split(" ") ?? [];
      expect(ourName).toBe(name);
      expect(Math.abs(Number(ourSum) / Number(sum) - 1)).toBeLessThan(0.05);
    }
  });
});
