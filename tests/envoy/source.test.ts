// smtp-source → Envoy with smtp.wasm → smtp-sink: the books say exactly what smtp-source was told to send.

import { afterAll, beforeAll, expect, test } from "vitest";
import { runSource, startSink, type RunningSink, type SourceOptions } from "../../bench/postfix.ts";
import { anyPort } from "../../host/envoy/ports.ts";
import type { Sample } from "../../host/metrics/parse.ts";
import { settled, sum, violations } from "./support/books.ts";
import { describeWith, postfixTools } from "./support/requirements.ts";
import { smtp, startRig, type Rig } from "./support/rig.ts";
import { told, type Level, type Passed } from "./support/told.ts";

interface Row {
  readonly name: string;
  readonly level: Level;
  readonly source: Omit<SourceOptions, "port">;
  /** Bounds of two neighbouring buckets of message_bytes between which all messages lie. */
  readonly size?: readonly [above: number, atMost: number];
}

const SESSIONS: Omit<SourceOptions, "port"> = { messages: 10_000, parallel: 50, bytes: 1_000 };
const SIZES = { small: [0, 1024], medium: [1024, 4096], large: [65_536, 262_144] } as const;

const ROWS: readonly Row[] = [
  { name: "ten_thousand_low", level: "low", source: SESSIONS },
  { name: "ten_thousand_standard", level: "standard", source: SESSIONS, size: SIZES.medium },
  { name: "ten_thousand_high", level: "high", source: SESSIONS, size: SIZES.medium },
  {
    name: "kept_connections",
    level: "standard",
    source: { messages: 10_000, parallel: 20, bytes: 100, connections: "kept" },
    size: SIZES.small,
  },
  {
    name: "many_recipients",
    level: "high",
    source: { messages: 500, parallel: 10, recipients: 20, connections: "kept" },
    size: SIZES.small,
  },
  {
    name: "large_messages",
    level: "standard",
    source: { messages: 500, parallel: 10, bytes: 100_000 },
    size: SIZES.large,
  },
];

for (const workers of [1, 2]) {
  describeWith(["envoy", "postfix"], `smtp-source through ${workers} worker(s)`, () => {
    let sink: RunningSink;
    let rig: Rig;

    beforeAll(async () => {
      sink = await startSink(postfixTools(), await anyPort());
      const listeners = ROWS.map(({ name, level }) => ({
        name,
        upstream: sink.port,
        filters: [smtp({ stat_prefix: name, verbosity: level })],
      }));
      rig = await startRig({ listeners, workers });
    });
    afterAll(async () => {
      await rig.envoy.stop();
      await sink.stop();
    });

    test.each(ROWS)(
      "$name: every counter is what smtp-source was told",
      async ({ name, level, source, size }) => {
        const { code, errors } = await runSource(postfixTools(), { ...source, port: rig.port(name) });
        expect(errors).toBe("");
        expect(code).toBe(0);
        const sessions = source.connections === "kept" ? (source.parallel ?? 1) : source.messages;
        const book = await settled(rig.envoy, sessions, { prefix: name });
        const samples = await rig.envoy.scrape();
        expect(book).toEqual(told(source, level, passed(samples, name)));
        expect(violations(book)).toEqual([]);
        if (size !== undefined && level !== "low") {
          expect(bucket(samples, name, size[0])).toBe(0);
          expect(bucket(samples, name, size[1])).toBe(source.messages);
        }
        expect(sum(book, "bytes_total", { from: "client" })).toBeGreaterThan(
          source.messages * (source.bytes ?? 0),
        );
      },
    );

    test("the filter knows its memory, its version and its verbosity", async () => {
      const samples = await rig.envoy.scrape();
      for (const { name, level } of ROWS) {
        const info = samples.filter(
          (one) => one.name === "smtp_filter_info" && one.labels["stat_prefix"] === name,
        );
        expect(info.map(({ value, labels }) => [value, labels["verbosity"]])).toEqual([[1, level]]);
      }
      const memory = samples.filter((one) => one.name === "smtp_filter_memory_bytes");
      expect(memory.reduce((total, { value }) => total + value, 0)).toBeGreaterThanOrEqual(workers * 65_536);
    });
  });
}

/** What Envoy's tcp_proxy read from and wrote to the clients of a listener. */
function passed(samples: readonly Sample[], listener: string): Passed {
  const of = (name: string): number =>
    samples.find((one) => one.name === name && one.labels["envoy_tcp_prefix"] === listener)?.value ?? NaN;
  return {
    fromClient: of("envoy_tcp_downstream_cx_rx_bytes_total"),
    fromServer: of("envoy_tcp_downstream_cx_tx_bytes_total"),
  };
}

function bucket(samples: readonly Sample[], prefix: string, bound: number): number {
  if (bound === 0) return 0;
  const found = samples.find(
    ({ name, labels }) =>
      name === "smtp_message_bytes_bucket" &&
      labels["stat_prefix"] === prefix &&
      Number(labels["le"]) === bound,
  );
  return found?.value ?? NaN;
}
