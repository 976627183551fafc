import { describe, expect, test } from "vitest";
import { StatStore } from "../../host/index.ts";
import type { Scalar } from "../../host/metrics/store.ts";
import { byteByByte, cutAtEveryPosition } from "../../host/testing/cuts.ts";
import { canonicalKey, metricsOf } from "../../host/testing/metrics.ts";
import { mismatches } from "../../host/testing/checks.ts";
import { Stage, asWritten } from "../../host/testing/stage.ts";
import { parseTranscript, type Transcript } from "../../host/testing/transcript.ts";
import { watModule } from "../support/wat.ts";

const FENCE = "```";

function transcript(bytes: string, metrics = "", info = ""): Transcript {
  return parseTranscript(
    `# T\n${FENCE}t\n${bytes}\n${FENCE}\n${FENCE}metrics ${info}\n${metrics}\n${FENCE}\n`,
    "t",
  );
}

/** Counts callbacks (which depends on segmentation) and bytes (which does not); one gauge for the connection. */
const COUNTING = `
  (data (i32.const 16) "t.p.bytes_total.from.client") (data (i32.const 64) "t.p.calls_total") (data (i32.const 96) "t.p.open")
  (func (export "proxy_on_configure") (param i32 i32) (result i32)
    (drop (call $define (i32.const 0) (i32.const 16) (i32.const 27) (i32.const 8)))
    (drop (call $define (i32.const 0) (i32.const 64) (i32.const 15) (i32.const 8)))
    (drop (call $define (i32.const 1) (i32.const 96) (i32.const 8) (i32.const 8)))
    (i32.const 1))
  (func (export "proxy_on_downstream_data") (param i32) (param $size i32) (param $end i32) (result i32)
    (if (local.get $size) (then
      (drop (call $increment (i32.const 4) (i64.extend_i32_u (local.get $size))))
      (drop (call $increment (i32.const 8) (i64.const 1)))))
    (i32.const 0))`;

async function stageOf(definitions: string): Promise<Stage> {
  return new Stage(await watModule(definitions));
}

describe("a replay", () => {
  test("finds what differs, named by line", async () => {
    const stage = await stageOf(COUNTING);
    const right = transcript(
      "C! abc\nS! x\nC! de",
      'bytes_total{from="client"} 5\ncalls_total 2',
      "exhaustive",
    );
    expect(mismatches(right, stage.play(right, asWritten))).toEqual([]);
    const wrong = transcript(
      "C! abc",
      'bytes_total{from="client"} 4\nnothing_total 0\nnothing_total 1',
      "exhaustive",
    );
    expect(mismatches(wrong, stage.play(wrong, asWritten))).toEqual([
      'line 6: bytes_total{from="client"}: expected 4, found 3',
      "line 8: nothing_total: expected 1, not defined",
      "calls_total 1 is not expected",
    ]);
  });

  test("sees a filter that depends on segmentation", async () => {
    const stage = await stageOf(COUNTING);
    const one = transcript("C! abc", "calls_total 1");
    expect(mismatches(one, stage.play(one, asWritten))).toEqual([]);
    expect(mismatches(one, stage.play(one, byteByByte(one).cut))).toEqual([
      "line 6: calls_total: expected 1, found 3",
    ]);
    const cut = [...cutAtEveryPosition(one)].map((variant) => mismatches(one, stage.play(one, variant.cut)));
    expect(cut).toEqual(Array(2).fill(["line 6: calls_total: expected 1, found 2"]));
  });

  test("throws when bytes are changed or held, when the filter traps or misuses the host", async () => {
    const onData = (body: string, result = 0): string =>
      `(func (export "proxy_on_downstream_data") (param i32 i32) (param $end i32) (result i32) ${body} (i32.const ${result}))`;
    const play = async (definitions: string): Promise<unknown> => {
      const stage = await stageOf(definitions);
      return stage.play(transcript("C! abc"), asWritten);
    };
    const edit =
      "(drop (call $set_buffer (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 16) (i32.const 1)))";
    await expect(play(onData(edit))).rejects.toThrow("line 3: bytes were changed or held");
    await expect(play(onData("", 1))).rejects.toThrow("line 3: bytes were changed or held");
    await expect(play(onData("(unreachable)"))).rejects.toThrow(
      "the module trapped: Function: proxy_on_downstream_data",
    );
    await expect(play(onData("(drop (call $increment (i32.const 4) (i64.const 1)))"))).rejects.toThrow(
      "unknown_metric",
    );
    await expect(play(onData(""))).resolves.toBeDefined();
  });

  test("closes what the transcript leaves open: the client, then the server", async () => {
    const closing = `
      (func (export "proxy_on_downstream_data") (param i32 i32) (param $end i32) (result i32)
        (call $note (i32.add (i32.const 48) (local.get $end))) (i32.const 0))
      (func (export "proxy_on_upstream_data") (param i32 i32) (param $end i32) (result i32)
        (call $note (i32.add (i32.const 50) (local.get $end))) (i32.const 0))
      (func (export "proxy_on_downstream_connection_close") (param i32) (param $peer i32)
        (call $note (i32.add (i32.const 76) (local.get $peer))) (call $flush))`;
    // 0 data, 1 FIN of the client; 2, 3 of the server; M closed locally, N by the peer.
    const told = async (bytes: string): Promise<string | undefined> => {
      const stage = await stageOf(closing);
      stage.play(transcript(bytes), asWritten);
      return stage.logged.at(-1);
    };
    expect(await told("C! a")).toBe("013M");
    expect(await told("C! a\nS.")).toBe("031N");
    expect(await told("C.\nS! b\nS.")).toBe("123M");
    expect(await told("C! a\nC*")).toBe("0N");
    expect(await told("C! a\nS*")).toBe("0M");
  });
});

describe("metricsOf", () => {
  test("adds prefixes up, leaves protocol and prefix out, knows histograms", () => {
    const stats = new StatStore();
    for (const prefix of ["a", "b"]) {
      (stats.define("counter", `smtp.${prefix}.replies_total.verb.data.class.5xx`) as Scalar).add(2n);
    }
    const histogram = stats.define("histogram", "smtp.a.size_bytes.from.client");
    if (histogram.kind === "histogram") histogram.record(7n);
    expect(Object.fromEntries(metricsOf({ stats }))).toEqual({
      'replies_total{verb="data",class="5xx"}': 4,
      'size_bytes_count{from="client"}': 1,
      'size_bytes_sum{from="client"}': 7,
    });
    expect(canonicalKey("x", { b: "1", a: "2" })).toBe(canonicalKey("x", { a: "2", b: "1" }));
  });
});
