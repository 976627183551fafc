// SIGTERM while clients are at work: what is begun ends in the last numbers that Envoy gives away, and the filter says no more
// than the server did, and no less than the clients saw.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { BookedServer } from "../support/booked-servers.ts";
import { key, sum, type Books } from "./support/books.ts";
import { HELD, type HeldProtocol } from "./support/held.ts";
import { describeWith } from "./support/requirements.ts";
import { ldap, smtp, startRig, type Rig } from "./support/rig.ts";
import { StatsdSink } from "./support/statsd.ts";

const CLIENTS = 40;
/** Taken by the server before Envoy has to end. */
const ENOUGH = 400;

/** Much work on a busy machine. */
const PATIENCE = { timeout: 60_000, interval: 50 };

/** Counters and gauges alone: a sample of a histogram would be a datagram each, and the sink is to lose none. */
const PLAIN = String.raw`wasmcustom\.(smtp|ldap)\.edge\.\w+_(total|active).*`;

/** Of a metric its name, then by turns a label and its value: `transactions_total.outcome.committed`. */
const STATSD = /\.edge\.(\w+)((?:\.\w+\.\w+)*):(\d+)\|([cg])/g;

describeWith(["envoy"], "SIGTERM under load", () => {
  describe.each(HELD)("$protocol", (held) => {
    let sink: StatsdSink;
    let server: BookedServer;
    let rig: Rig;

    beforeEach(async () => {
      sink = await StatsdSink.start();
      server = await held.server();
      const filter = (held.protocol === "smtp" ? smtp : ldap)({ stat_prefix: "edge" });
      rig = await startRig({
        listeners: [{ name: "edge", upstream: server.port, filters: [filter] }],
        workers: 2,
        more: {
          stats_sinks: [sink.configuration],
          stats_config: { stats_matcher: { inclusion_list: { patterns: [pattern()] } } },
        },
      });
    });
    afterEach(async () => {
      await rig.envoy.stop();
      await server.stop();
      sink.stop();
    });

    test("what began has ended, and nothing is told twice or left out", async () => {
      let isOver = false;
      const work = Array.from({ length: CLIENTS }, () => busy(held, rig.port("edge"), () => isOver));
      await vi.waitFor(() => expect(server.count()).toBeGreaterThan(ENOUGH), PATIENCE);
      process.kill(rig.envoy.pid, "SIGTERM");
      expect(await rig.envoy.exited).toBe("exit code 0");
      isOver = true;
      const seen = (await Promise.all(work)).reduce((all, one) => all + one, 0);
      const book = await vi.waitFor(() => {
        const found = toldBy(sink.text);
        expect(found).toHaveProperty(held.active, 0);
        expect(held.violations(found)).toEqual([]);
        return found;
      }, PATIENCE);
      expect(sum(book, held.total)).toBe(sum(book, held.ends));
      const taken = sum(book, ...held.taken);
      expect(taken).toBeGreaterThanOrEqual(seen);
      expect(taken).toBeLessThanOrEqual(server.count());
      // What the server took beyond that is without an answer here.
      expect(server.count() - taken).toBeLessThanOrEqual(sum(book, ...held.unanswered));
      expect(sum(book, held.ends, { reason: "proxy_close" })).toBeGreaterThan(0);
    });
  });
});

/** Works until there is no Envoy any more; how much of it the server took, as the client saw it. */
async function busy(held: HeldProtocol, port: number, isOver: () => boolean): Promise<number> {
  let taken = 0;
  while (!isOver()) {
    try {
      const session = await held.connect(port);
      for (let i = 0; i < 3; i++) if (await session.deliver()) taken++;
      await session.leave();
    } catch {
      // Refused: Envoy is gone, or going.
      await new Promise((later) => setTimeout(later, 10));
    }
  }
  return taken;
}

/** Counters added up, gauges as they were told last. */
function toldBy(text: string): Books {
  const found: Record<string, number> = {};
  for (const [, metric = "", labels = "", value = "", type] of text.matchAll(STATSD)) {
    const words = labels.split(".").slice(1);
    const pairs = words.flatMap((word, i) => (i % 2 === 0 ? [[word, words[i + 1] ?? ""] as const] : []));
    const entry = key(metric, Object.fromEntries(pairs));
    found[entry] = type === "c" ? (found[entry] ?? 0) + Number(value) : Number(value);
  }
  return found;
}

function pattern(): object {
  return { safe_regex: { regex: PLAIN } };
}
