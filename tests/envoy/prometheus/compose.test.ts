// docker-compose.yaml without containers: the set of processes that it describes runs, and is observed, as in them.

import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { describeWith } from "../support/requirements.ts";
import { startNatively, type NativeSet } from "./native.ts";
import { rulesIn, type Series } from "./prometheus.ts";

const TIMEOUT_MS = 90_000;

/** What is there once Prometheus has seen two scrapes of the demo's traffic, and evaluated its rules. */
const EXPECTED = [
  'up{job="envoy"} == 1',
  'up{job="servers"} == 1',
  "smtp_filter_info == 1",
  "ldap_filter_info == 1",
  'sum(smtp_transactions_total{outcome="committed"}) > 0',
  'sum(ldap_operations_total{outcome="answered"}) > 0',
  "instance_stat_prefix:smtp_commit_duration_seconds:p95_5m > 0",
  "instance_stat_prefix:ldap_request_duration_seconds:p95_5m > 0",
  'instance_stat_prefix_class:ldap_responses:ratio_rate15m{class="success"} > 0',
];

describeWith(["envoy", "server:prometheus"], "the set of docker-compose.yaml", () => {
  let set: NativeSet | undefined;

  beforeAll(async () => {
    set = await startNatively();
  }, TIMEOUT_MS);
  afterAll(() => set?.stop(), TIMEOUT_MS);

  test("starts in the order of its dependencies", () => {
    expect(set?.parts.map(({ name }) => name)).toEqual(["envoy", "servers", "prometheus"]);
  });

  test.each(EXPECTED)("Prometheus finds %s", { timeout: TIMEOUT_MS }, async (expression) => {
    await vi.waitFor(async () => expect(await ask(expression), expression).not.toHaveLength(0), {
      timeout: TIMEOUT_MS,
      interval: 200,
    });
  });

  test("Prometheus has loaded every rule, and evaluates all", { timeout: TIMEOUT_MS }, async () => {
    const shipped = ["recording.yaml", "alerts.yaml"].flatMap((file) =>
      rulesIn(file).map(({ name }) => name),
    );
    await vi.waitFor(
      async () => expect(await set?.rules()).toEqual(new Map(shipped.map((name) => [name, "ok"]))),
      {
        timeout: TIMEOUT_MS,
        interval: 200,
      },
    );
  });

  test(
    "ends in the reverse order, with the filters' numbers equal to the servers' own",
    { timeout: TIMEOUT_MS },
    async () => {
      for (const part of set?.parts.toReversed() ?? []) expect(await part.stop(), part.output()).toBe(0);
      const servers = set?.parts.find(({ name }) => name === "servers");
      expect(servers?.output()).toMatch(/✓ \d{3} rows, all equal\n$/);
    },
  );

  async function ask(expression: string): Promise<Series[]> {
    if (set === undefined) return expect.fail("nothing was started");
    return set.query(expression);
  }
});
