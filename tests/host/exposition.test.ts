import { describe, expect, test } from "vitest";
import {
  DEFAULT_BUCKETS,
  StatStore,
  Histogram,
  parsePrometheus,
  toPrometheus,
  toText,
} from "../../host/index.ts";
import { statsConfig } from "../../host/envoy/stats-config.ts";
import type { Scalar } from "../../host/metrics/store.ts";
import { tagExtractor } from "../../host/metrics/tags.ts";

const { stats_tags: TAGS, histogram_bucket_settings: BUCKETS } = statsConfig();

function count(stats: StatStore, name: string, value: bigint): void {
  (stats.define("counter", name) as Scalar).add(value);
}

function sample(stats: StatStore, name: string, ...values: bigint[]): void {
  for (const value of values) (stats.define("histogram", name) as Histogram).record(value);
}

describe("/stats/prometheus", () => {
  test("takes wasmcustom. and the tags out of a name", () => {
    const stats = new StatStore();
    count(stats, "smtp.edge.replies_total.verb.mail.class.2xx", 3n);
    count(stats, "smtp.edge.replies_total.verb.rcpt.class.5xx", 1n);
    stats.define("gauge", "smtp.edge.sessions_active");
    expect(toPrometheus(stats, TAGS)).toBe(
      `# TYPE smtp_replies_total counter
smtp_replies_total{stat_prefix="edge",verb="mail",class="2xx"} 3
smtp_replies_total{stat_prefix="edge",verb="rcpt",class="5xx"} 1

# TYPE smtp_sessions_active gauge
smtp_sessions_active{stat_prefix="edge"} 0

`,
    );
  });

  test("without tags the names still read", () => {
    const stats = new StatStore();
    count(stats, "smtp.edge.replies_total.verb.mail", 3n);
    expect(toPrometheus(stats, [])).toContain("smtp_edge_replies_total_verb_mail{} 3\n");
  });

  test("a value that reads like a label is taken for none", () => {
    const extract = tagExtractor(TAGS);
    expect(extract("wasmcustom.smtp.edge.x_total.kind.verb.class.2xx")).toEqual({
      name: "wasmcustom.smtp.x_total",
      tags: [
        ["stat_prefix", "edge"],
        ["class", "2xx"],
        ["kind", "verb"],
      ],
    });
  });

  test("other characters become underscores; a name that begins with a digit is dropped", () => {
    const stats = new StatStore();
    count(stats, "a-b.c/d", 1n);
    count(stats, "9lives", 1n);
    expect(toPrometheus(stats, [])).toBe("# TYPE a_b_c_d counter\na_b_c_d{} 1\n\n");
  });

  test("Envoy's own tags bite by accident, as there", () => {
    const stats = new StatStore();
    count(stats, "x.upstream_rq_250", 1n);
    count(stats, "x.upstream_rq_2xx", 1n);
    expect(toPrometheus(stats, [])).toContain('x_upstream_rq{envoy_response_code="250"} 1\n');
    expect(toPrometheus(stats, [])).toContain('x_upstream_rq_xx{envoy_response_code_class="2"} 1\n');
  });

  test("a tag's value is escaped, and read back", () => {
    const stats = new StatStore();
    count(stats, "x.total", 1n);
    const text = toPrometheus(stats, [{ tag_name: "who", fixed_value: 'a"b\\c\nd' }]);
    expect(text).toContain('x_total{who="a\\"b\\\\c\\nd"} 1');
    expect(parsePrometheus(text)).toEqual([{ name: "x_total", labels: { who: 'a"b\\c\nd' }, value: 1 }]);
  });

  test("64 bits are printed in full", () => {
    const stats = new StatStore();
    (stats.define("gauge", "g") as Scalar).add(-1n);
    expect(toPrometheus(stats, [])).toContain("g{} 18446744073709551615\n");
  });
});

describe("histograms", () => {
  test("have cumulative buckets by the first setting that matches the full name", () => {
    const stats = new StatStore({
      histogramBuckets: [{ match: { prefix: "wasmcustom.x." }, buckets: [10, 1] }],
    });
    sample(stats, "x.size", 1n, 2n, 10n, 11n);
    expect(toPrometheus(stats, [])).toBe(`# TYPE x_size histogram
x_size_bucket{le="1"} 1
x_size_bucket{le="10"} 3
x_size_bucket{le="+Inf"} 4
x_size_sum{} 24
x_size_count{} 4

`);
  });

  test("have Envoy's default bounds without a setting", () => {
    const stats = new StatStore({ histogramBuckets: BUCKETS });
    sample(stats, "other.size", 1n);
    const bounds = parsePrometheus(toPrometheus(stats, TAGS)).filter(({ name }) => name.endsWith("_bucket"));
    expect(bounds.map(({ labels }) => Number(labels["le"]))).toEqual([...DEFAULT_BUCKETS, NaN]);
  });

  test("have the units' bounds with the shipped settings", () => {
    const stats = new StatStore({ histogramBuckets: BUCKETS });
    for (const name of ["command_duration_us.verb.mail", "message_bytes", "pipeline_depth"]) {
      sample(stats, `smtp.edge.${name}`, 100n);
    }
    expect(stats.histogram("smtp.edge.command_duration_us.verb.mail")?.bounds.at(-1)).toBe(6e8);
    expect(stats.histogram("smtp.edge.message_bytes")?.bounds[0]).toBe(1024);
    expect(stats.histogram("smtp.edge.pipeline_depth")?.bounds.at(-1)).toBe(1024);
  });

  test("keep samples only when asked to", () => {
    const kept = new StatStore({ keepSamples: true });
    sample(kept, "x", 5n, 7n);
    expect(kept.histogram("x")?.samples).toEqual([5, 7]);
    const not = new StatStore();
    sample(not, "x", 5n);
    expect(not.histogram("x")?.samples).toBeUndefined();
  });
});

describe("/stats", () => {
  test("shows full names, histograms last with quantiles", () => {
    const stats = new StatStore();
    sample(stats, "a.h", 100n, 100n, 100n, 200n);
    stats.define("histogram", "b.h");
    count(stats, "z.c", 2n);
    const lines = toText(stats).split("\n");
    expect(lines[0]).toBe("wasmcustom.z.c: 2");
    expect(lines[1]).toMatch(/^wasmcustom\.a\.h: P0\(100,100\) P25\(10\d\.?\d*,.* P100\(210,210\)$/);
    expect(lines[2]).toBe("wasmcustom.b.h: No recorded values");
  });

  test("usedonly and filter choose", () => {
    const stats = new StatStore();
    count(stats, "a.c", 1n);
    count(stats, "b.c", 1n);
    stats.define("counter", "a.unused");
    expect(toText(stats, { usedOnly: true, filter: /\.a\./ })).toBe("wasmcustom.a.c: 1\n");
  });
});

describe("parsePrometheus", () => {
  test("reads names, labels, numbers and timestamps; skips comments", () => {
    const text = `# HELP x y\n# TYPE x counter\nx 1\nx{} 2\nx{a="b",c="d,}e"} 3.5 1700000000000\n\ny{le="+Inf"} +Inf\nz NaN\n`;
    expect(parsePrometheus(text)).toEqual([
      { name: "x", labels: {}, value: 1 },
      { name: "x", labels: {}, value: 2 },
      { name: "x", labels: { a: "b", c: "d,}e" }, value: 3.5 },
      { name: "y", labels: { le: "+Inf" }, value: Infinity },
      { name: "z", labels: {}, value: NaN },
    ]);
  });

  test("names the line it cannot read", () => {
    expect(() => parsePrometheus("x 1\nx{a=b} 2")).toThrow("line 2");
    expect(() => parsePrometheus("x one")).toThrow("line 1: not a number: one");
  });
});
