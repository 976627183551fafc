// What Prometheus says after a load whose numbers are known.

import { expect, test, vi } from "vitest";
import { runSource, startSink } from "../../../bench/postfix.ts";
import { anyPort } from "../../../host/envoy/ports.ts";
import { describeWith, postfixTools } from "../support/requirements.ts";
import { smtp, startRig } from "../support/rig.ts";
import { startPrometheus } from "./prometheus.ts";

const MESSAGES = 60;
const RECIPIENTS = 3;

const EXPECTED: Readonly<Record<string, number>> = {
  'sum by (stat_prefix) (smtp_transactions_total{stat_prefix="mx",outcome="committed"})': MESSAGES,
  'sum(smtp_replies_total{verb="rcpt",class="2xx"})': MESSAGES * RECIPIENTS,
  "sum(smtp_sessions_total) - sum(smtp_session_ends_total)": 0,
  // Not their sum: Envoy's histograms keep whole numbers only roughly.
  "sum(smtp_transaction_recipients_count)": MESSAGES,
  // Commands and messages alike: all were accepted.
  'max(instance_stat_prefix_class:smtp_mail_replies:ratio_rate15m{class="4xx"})': 0,
  "sum(histogram_quantile(1, sum by (le) (smtp_message_bytes_bucket))) <= bool 4096": 1,
  'sum(smtp_filter_info{stat_prefix="mx",verbosity="standard"})': 1,
  "count(ALERTS) or vector(0)": 0,
};

const TIMEOUT_MS = 90_000;

describeWith(["envoy", "postfix", "server:prometheus"], "a load of known numbers", () => {
  test("has them in Prometheus", { timeout: TIMEOUT_MS }, async () => {
    const sink = await startSink(postfixTools(), await anyPort());
    const filters = [smtp({ stat_prefix: "mx" })];
    const rig = await startRig({ listeners: [{ name: "mx", upstream: sink.port, filters }] });
    const prometheus = await startPrometheus({ envoy: new URL(rig.envoy.admin).host });
    const expectSoon = (expression: string, value: number): Promise<void> =>
      vi.waitFor(
        async () =>
          expect(
            (await prometheus.query(expression)).map((one) => one.value),
            expression,
          ).toEqual([value]),
        { timeout: TIMEOUT_MS / 3, interval: 200 },
      );
    try {
      // Rates begin with what was there before.
      await expectSoon("sum(smtp_sessions_total)", 0);
      const load = { port: rig.port("mx"), bytes: 2_000, messages: MESSAGES, recipients: RECIPIENTS };
      const { code, errors } = await runSource(postfixTools(), { ...load, parallel: 4 });
      expect(code, errors).toBe(0);
      for (const [expression, value] of Object.entries(EXPECTED)) await expectSoon(expression, value);
    } finally {
      await prometheus.stop();
      await rig.envoy.stop();
      await sink.stop();
    }
  });
});
